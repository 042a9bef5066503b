import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serviceDeps } from "../../../test/tile-service.ts";
import {
  fakeLegend,
  group,
  leaf,
  queryOf,
  textOf,
  type WmsTest,
  wmsOf,
} from "../../../test/wms-service.ts";
import { SourceError } from "../../core/errors.ts";
import { decode } from "../../image/codec.ts";

const legendQuery = (changes: Readonly<Record<string, string | undefined>> = {}) =>
  queryOf({
    SERVICE: "WMS",
    VERSION: "1.1.1",
    REQUEST: "GetLegendGraphic",
    LAYER: "a",
    FORMAT: "image/png",
    SLD_VERSION: "1.1.0",
    ...changes,
  });

const pictureOf = async (wms: WmsTest, query: string) => {
  const response = await wms.get(query);
  assert.equal(response.status, 200);
  return decode(new Uint8Array(await response.arrayBuffer()));
};

const withLegends = (...legends: ReturnType<typeof fakeLegend>[]) => wmsOf(leaf("a", { legends }));

describe("GetLegendGraphic", () => {
  it("services-wms 54: legends are stacked, the last one on top", async () => {
    const wms = await withLegends(
      fakeLegend("one", [20, 256], [255, 0, 0]),
      fakeLegend("two", [30, 256], [0, 0, 255]),
    );
    for (const VERSION of ["1.1.1", "1.3.0"]) {
      const view = await pictureOf(wms, legendQuery({ VERSION }));
      assert.deepEqual([view.width, view.height], [30, 512]);
      assert.deepEqual([...view.data.subarray(0, 3)], [0, 0, 255]);
      assert.deepEqual(
        [...view.data.subarray(300 * view.stride, 300 * view.stride + 3)],
        [255, 0, 0],
      );
    }
  });

  it("services-wms 54: SCALE is passed on, and legends are kept apart by it", async () => {
    const legend = fakeLegend("l", [5, 5], [1, 2, 3]);
    const wms = await withLegends(legend);
    for (const SCALE of [undefined, "1000", "1000.0", "5e3", undefined]) {
      await pictureOf(wms, legendQuery({ SCALE }));
    }
    assert.deepEqual(legend.scales, [undefined, 1000, 5000]);
  });

  it("keeps a legend under the name that the reference gives it", async () => {
    const deps = serviceDeps([]);
    const wms = await wmsOf(
      leaf("a", { legends: [fakeLegend("http://x/a", [5, 5], [1, 2, 3])] }),
      {},
      deps && { platform: deps.platform },
    );
    await pictureOf(wms, legendQuery());
    const { createHash } = await import("node:crypto");
    const name = createHash("md5").update("http://x/aNone").digest("hex");
    assert.ok(await deps.platform.files?.read(`/var/cache/legends/${name}.png`));
  });

  it("leaves a failing source out, and does not keep what is left", async () => {
    let asked = 0;
    const broken = {
      id: "broken",
      get: async () => {
        asked++;
        throw new SourceError("s", "down", { url: "" });
      },
    };
    const fine = fakeLegend("fine", [7, 9], [1, 2, 3]);
    const wms = await wmsOf(leaf("a", { legends: [broken, fine] }));
    for (let i = 0; i < 2; i++) {
      const view = await pictureOf(wms, legendQuery());
      assert.deepEqual([view.width, view.height], [7, 9]);
    }
    assert.equal(asked, 2);
    const none = await pictureOf(await wmsOf(leaf("a", { legends: [broken] })), legendQuery());
    assert.deepEqual([none.width, none.height], [1, 1]);
  });

  it("services-wms 54: as JSON the first legend speaks", async () => {
    const { get } = await withLegends(
      fakeLegend("one", [1, 1], [0]),
      fakeLegend("two", [1, 1], [0]),
    );
    const response = await get(legendQuery({ FORMAT: "application/json", SCALE: "500" }));
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.deepEqual(await response.json(), { Legend: [{ layerName: "one" }] });
  });

  it("services-wms 54: another version of SLD is refused; none is fine unless strict", async () => {
    const { text } = await withLegends(fakeLegend("one", [1, 1], [0]));
    const odd = await text(legendQuery({ SLD_VERSION: "1.0.0" }));
    assert.equal(textOf(odd, "ServiceException"), "invalid sld_version 1.0.0");
    const strict = await wmsOf(leaf("a", { legends: [fakeLegend("one", [1, 1], [0])] }), {
      strict: true,
    });
    const query = legendQuery({ SLD_VERSION: undefined });
    assert.match(await strict.text(query), /\[&#x27;sld_version&#x27;\]/);
    assert.equal(
      (await (await withLegends(fakeLegend("one", [1, 1], [0]))).get(query)).status,
      200,
    );
  });

  it("services-wms 28: a layer without legend is 404, an unknown one 500", async () => {
    const { get } = await wmsOf(leaf("a"));
    const response = await get(legendQuery());
    assert.equal(response.status, 404);
    assert.equal(response.headers.get("cache-control"), "no-cache, no-store");
    assert.equal(
      textOf(await response.text(), "ServiceException"),
      "layer a has no legend graphic",
    );
    const unknown = await get(legendQuery({ LAYER: "nix" }));
    assert.equal(unknown.status, 500);
    assert.match(await unknown.text(), /code="LayerNotDefined">unknown layer: nix</);
  });

  it("T4: formats and scales that are none are exceptions", async () => {
    const { text } = await withLegends(fakeLegend("one", [1, 1], [0]));
    assert.match(await text(legendQuery({ FORMAT: "image/nix" })), /code="InvalidFormat"/);
    for (const SCALE of ["", "x", "NaN", "inf"])
      assert.match(await text(legendQuery({ SCALE })), /invalid scale/);
  });

  it("a group without sources has the legends of its leaves", async () => {
    const wms = await wmsOf(
      group("g", [
        leaf("a", { legends: [fakeLegend("one", [5, 5], [1, 2, 3])] }),
        leaf("b", { legends: [fakeLegend("two", [6, 6], [1, 2, 3])] }),
      ]),
    );
    const view = await pictureOf(wms, legendQuery({ LAYER: "g" }));
    assert.deepEqual([view.width, view.height], [6, 11]);
  });
});
