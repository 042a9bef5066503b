/** T13: a server that answers "map not available" as a picture, with status 200. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

const TILE = "/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png";

describe("T13: tiles that say 'map not available'", () => {
  let upstream: HostileUpstream;
  let known = "";
  before(async () => {
    upstream = await hostileUpstream();
    const picture = await (await fetch(`${upstream.url}/good`)).arrayBuffer();
    known = createHash("sha256").update(new Uint8Array(picture)).digest("hex");
  });
  after(() => upstream.close());

  const config = (more: string) =>
    oneSource(`${upstream.url}/good`).replace("globals:", `globals:\n  http: {${more}}`);

  it("that are listed are errors, in every service, and never stored", async () => {
    const app = await proxy(config(`placeholders: [${known.toUpperCase()}]`));
    for (const path of [TILE, mapQuery("cached"), mapQuery("direct")]) {
      const response = await app.get(path);
      assert.ok(!response.headers.get("content-type")?.startsWith("image/"), path);
    }
    assert.deepEqual(app.stored(), []);
    await app.close();
  });

  it("that are not listed are maps", async () => {
    const app = await proxy(config(`placeholders: [${"ab".repeat(32)}]`));
    assert.equal((await app.get(TILE)).status, 200);
    assert.equal(app.stored().length, 1);
    await app.close();
  });

  it("count as 404 for on_error, which may leave the place empty", async () => {
    const app = await proxy(
      config(`placeholders: [${known}]`).replace(
        /(layers: \w+\}?)/,
        "$1\n    on_error: {404: {response: transparent, cache: false}}",
      ),
    );
    const response = await app.get(TILE);
    assert.equal(response.status, 200);
    const view = await decode(new Uint8Array(await response.arrayBuffer()));
    assert.equal(view.data[view.offset + view.channels - 1], view.channels === 4 ? 0 : 255);
    assert.deepEqual(app.stored(), []);
    await app.close();
  });
});
