/** T21: more maps than can be drawn: the rest is sent away at once, and what is stored stays fast. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

const TILE = "/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png";
const AREA = "bbox=-100,-50,100,50&width=200&height=100&f=png";

/** A proxy that draws two maps at a time and lets three wait, from a source that answers after `delay` ms. */
async function started(delay: number) {
  const upstream = await hostileUpstream(delay);
  const yaml = oneSource(`${upstream.url}/good`)
    .replace("  kml: {}", "  kml: {}\n  ogcapi: {}")
    .replace("layers:", "server: {max_maps: 2, map_queue: 3, map_wait: 20}\nlayers:");
  const app = await proxy(yaml);
  await app.get(TILE);
  return { upstream, app };
}

describe("T21: more maps than can be drawn", () => {
  for (const [what, path, type] of [
    ["WMS 1.1.1", mapQuery("direct"), "application/vnd.ogc.se_xml"],
    [
      "WMS with errors as pictures",
      mapQuery("direct", { EXCEPTIONS: "inimage" }),
      "vnd.ogc.se_xml",
    ],
    ["WMS 1.3.0", mapQuery("direct", { VERSION: "1.3.0", CRS: "EPSG:3857" }), "text/xml"],
    ["OGC API", `/ogcapi/collections/direct/map?${AREA}`, "application/json"],
  ] as const) {
    it(`${what}: 503 with Retry-After in the words of the protocol`, {
      timeout: 30_000,
    }, async () => {
      const { upstream, app } = await started(300);
      const answers = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const response = await app.get(path);
          return { response, text: await response.text() };
        }),
      );
      const refused = answers.filter(({ response }) => response.status === 503);
      assert.equal(refused.length, 7, answers.map(({ response }) => response.status).join(" "));
      for (const { response, text } of refused) {
        assert.equal(response.headers.get("retry-after"), "5");
        assert.ok(response.headers.get("content-type")?.includes(type), text);
        assert.match(text, /Too many maps are asked for at the same time/);
        assert.match(response.headers.get("cache-control") ?? "no-store", /no-/);
      }
      for (const { response } of answers.filter((each) => !refused.includes(each))) {
        assert.equal(response.status, 200);
      }
      assert.equal((await app.get(path)).status, 200, "afterwards there is room again");
      await app.close();
      await upstream.close();
    });
  }

  it("stored tiles are served all the while, as WMTS and as tiled WMS", {
    timeout: 30_000,
  }, async () => {
    const { upstream, app } = await started(1000);
    let drawn = 0;
    const maps = Array.from({ length: 5 }, async () => {
      await app.get(mapQuery("direct"));
      drawn++;
    });
    for (let i = 0; i < 20; i++) {
      assert.equal((await app.get(TILE)).status, 200);
      assert.equal((await app.get(mapQuery("cached", { TILED: "true" }))).status, 200);
    }
    assert.equal(drawn, 0, "no tile waited for a map");
    await Promise.all(maps);
    await app.close();
    await upstream.close();
  });

  it("who goes away gives up the place in the line", { timeout: 30_000 }, async () => {
    const { upstream, app } = await started(300);
    const leaving = new AbortController();
    const stay = [app.get(mapQuery("direct")), app.get(mapQuery("direct"))];
    const gone = Array.from({ length: 3 }, () =>
      app.get(mapQuery("direct"), { signal: leaving.signal }).catch(() => undefined),
    );
    await new Promise((done) => setTimeout(done, 50));
    leaving.abort();
    await Promise.all(gone);
    const next = Array.from({ length: 3 }, () => app.get(mapQuery("direct")));
    for (const response of await Promise.all([...stay, ...next]))
      assert.equal(response.status, 200);
    await app.close();
    await upstream.close();
  });
});
