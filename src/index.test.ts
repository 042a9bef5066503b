import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Hono } from "hono";
import { silentLog } from "../test/platform.ts";
import { type CreateAppOptions, createApp, type Question } from "./index.ts";

const TEXT = `
services: {wms: {}, tms: {use_grid_names: true}}
layers: [{name: one, title: One, sources: [cache]}]
caches: {cache: {sources: [debug], grids: [GLOBAL_WEBMERCATOR], disable_storage: true}}
sources: {debug: {type: debug}}
`;

const MAP =
  "/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=one&STYLES=&SRS=EPSG:3857&BBOX=0,0,9,9&WIDTH=8&HEIGHT=8&FORMAT=image/png";

async function host(options: Partial<CreateAppOptions> = {}, path = "/maps") {
  const maps = await createApp({
    config: { name: "r.yaml", text: TEXT },
    log: silentLog,
    ...options,
  });
  const app = new Hono();
  app.get("/other", (c) => c.text("of the host"));
  app.route(path, maps);
  return app;
}

describe("createApp()", () => {
  for (const [path, at] of [
    ["/maps", "/maps"],
    ["/:tenant/maps", "/acme/maps"],
    ["/", ""],
  ] as const) {
    it(`mounts at ${path} in any Hono app, and its links say so`, async () => {
      const app = await host({}, path);
      const url = `http://example.org${at}/service?SERVICE=WMS&REQUEST=GetCapabilities`;
      const text = await (await app.request(url)).text();
      assert.match(text, new RegExp(`"http://example.org${at}/service\\?"`));
      assert.equal((await app.request(`http://example.org${at}${MAP}`)).status, 200);
      assert.match(
        await (await app.request(`http://example.org${at}/`)).text(),
        /Welcome to Rhumb/,
      );
    });
  }

  it("leaves what is not its own to the host", async () => {
    const app = await host();
    assert.equal(await (await app.request("/other")).text(), "of the host");
    assert.equal((await app.request("/service")).status, 404);
    assert.equal((await app.request("/maps/nothing")).status, 404);
  });

  it("answers by its fetch alone", async () => {
    const app = await createApp({ config: { name: "r.yaml", text: TEXT }, log: silentLog });
    assert.equal((await app.fetch(new Request(`http://h${MAP}`))).status, 200);
    await app.close();
  });

  it("does not believe X-Forwarded-Host of a client it does not know", async () => {
    const app = await host();
    const response = await app.request(
      "http://h/maps/service?SERVICE=WMS&REQUEST=GetCapabilities",
      {
        headers: { "x-forwarded-host": "evil.example" },
      },
    );
    assert.doesNotMatch(await response.text(), /evil/);
  });

  it("asks a function who may see what", async () => {
    const questions: Question[] = [];
    const app = await host({
      authorize: (question) => {
        questions.push(question);
        const isAllowed = question.environ.HTTP_AUTHORIZATION === "Bearer good";
        return { authorized: isAllowed ? "full" : "unauthenticated" };
      },
    });
    const ask = (token: string) =>
      app.request(`/maps${MAP}`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await ask("bad")).status, 401);
    assert.equal((await ask("good")).status, 200);
    assert.deepEqual(
      [questions[0]?.service, questions[0]?.layers, questions[0]?.query_extent],
      ["wms.map", ["one"], ["EPSG:3857", [0, 0, 9, 9]]],
    );
    assert.deepEqual(
      [questions[0]?.environ.SCRIPT_NAME, questions[0]?.environ.PATH_INFO],
      ["/maps", "/service"],
    );
  });

  it("denies when that function throws", async () => {
    const app = await host({
      authorize: () => {
        throw new Error("no database");
      },
    });
    const response = await app.request(`/maps${MAP}`);
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /database/);
  });

  it("lets a function change pictures", async () => {
    const seen: unknown[] = [];
    const app = await host({
      decorate: async ({ data, width, height }, { service }) => {
        seen.push([service, width, height, data[1]]);
        return undefined;
      },
    });
    assert.equal((await app.request(`/maps${MAP}`)).status, 200);
    assert.deepEqual(seen, [["wms.map", 8, 8, "P".charCodeAt(0)]]);
  });

  it("says all faults of a broken configuration", async () => {
    const text = `${TEXT}\nserver: {colour: red, port: -1}`;
    await assert.rejects(host({ config: { name: "r.yaml", text } }), /colour[\s\S]*port/);
  });
});
