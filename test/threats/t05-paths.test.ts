/** T5: values of a request never leave their place in a store. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { mapQuery, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";
import { anyValue, EVIL, pathOf } from "./values.ts";

describe("T5: dimension values in paths", () => {
  it("stay one below the other, in names of bounded length, or are refused", () => {
    fc.assert(
      fc.property(anyValue, (text) => {
        const path = pathOf({ time: text }) ?? "";
        assert.ok(!path.startsWith("/"));
        for (const part of path.split("/")) {
          assert.doesNotMatch(part, /[\0\r\n]/, JSON.stringify(path));
          assert.ok(part !== ".." && part !== "." && part.length <= 255);
        }
      }),
    );
  });
});

describe("T5: values that a layer does not declare", () => {
  it("do not reach the store of a cache", async () => {
    const upstream = await hostileUpstream();
    const app = await proxy(`
services: {wms: {}, wmts: {}}
layers:
  - name: cached
    title: Cached
    sources: [c]
    dimensions: {time: {values: ["2020", "2021"], default: "2020"}}
caches:
  c: {sources: [s], grids: [GLOBAL_WEBMERCATOR], meta_size: [1, 1], meta_buffer: 0}
sources:
  s: {type: wms, req: {url: "${upstream.url}/good", layers: x}, forward_req_params: [time]}
globals: {cache: {base_dir: cache_data}}
`);
    await (await app.get(mapQuery("cached", { TIME: "2021" }))).arrayBuffer();
    const stored = app.stored().length;
    for (const value of EVIL) {
      const response = await app.get(mapQuery("cached", { TIME: value }));
      assert.doesNotMatch(await response.text(), /internal error/i);
      await app.get(`/wmts/cached/GLOBAL_WEBMERCATOR/${encodeURIComponent(value)}/0/0/0.png`);
    }
    assert.ok(app.stored().length <= stored + 1, "no more than the default besides");
    await app.close();
    await upstream.close();
  });
});
