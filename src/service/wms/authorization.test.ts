import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decides,
  fakeInfo,
  fakeLegend,
  fakeMap,
  group,
  infoQuery,
  leaf,
  mapQuery,
  wmsOf,
} from "../../../test/wms-service.ts";
import type { Coverage } from "../../coverage/coverage.ts";
import { decode } from "../../image/codec.ts";
import { withChannels } from "../../image/view.ts";
import type { Decision, LayerPermission } from "../../model/auth.ts";
import { parseSrs } from "../../srs/srs.ts";

const east: Coverage = {
  srs: parseSrs("EPSG:4326"),
  bbox: [0, -90, 180, 90],
  polygons: undefined,
  clip: true,
};
const partial = (layers: Record<string, LayerPermission>, limitedTo?: Coverage): Decision => ({
  authorized: "partial",
  layers: new Map(Object.entries(layers)),
  limitedTo,
});

const tree = () =>
  group("root", [
    leaf("a", { infos: [fakeInfo("text", "a")], legends: [fakeLegend("l", [1, 1], [0])] }),
    group("g", [
      leaf("b", { maps: [fakeMap("b", [0, 0, 255])], infos: [fakeInfo("text", "b")] }),
      leaf("c", { maps: [fakeMap("c", [0, 255, 0])], infos: [fakeInfo("text", "c")] }),
    ]),
  ]);
const wmsFor = (decision: Decision) => {
  const authorizer = decides(decision);
  return wmsOf(tree(), {}, { authorizer }).then((wms) => ({ ...wms, asked: authorizer.asked }));
};

async function pixel(response: Response, x: number, y = 5) {
  const view = withChannels(await decode(new Uint8Array(await response.arrayBuffer())), 4);
  const from = view.offset + y * view.stride + x * 4;
  return [...view.data.subarray(from, from + 4)];
}

const OPERATIONS = {
  "wms.map": mapQuery("1.1.1"),
  "wms.featureinfo": infoQuery("1.1.1"),
  "wms.capabilities": "SERVICE=WMS&REQUEST=GetCapabilities",
  "wms.legendgraphic":
    "SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&LAYER=a&FORMAT=image/png",
};

describe("authorization of WMS", () => {
  for (const [service, query] of Object.entries(OPERATIONS)) {
    it(`http-app 19, T20: ${service} is asked about; none is 403, unknown clients are 401`, async () => {
      for (const [authorized, status, body] of [
        ["none", 403, "forbidden"],
        ["unauthenticated", 401, "unauthorized"],
      ] as const) {
        const { get, asked } = await wmsFor({ authorized });
        const response = await get(`${query}&EXCEPTIONS=INIMAGE`);
        assert.deepEqual([response.status, await response.text()], [status, body]);
        assert.equal(response.headers.get("content-type"), "text/plain");
        assert.equal(response.headers.get("cache-control"), "no-cache, no-store");
        assert.deepEqual(
          asked.map(({ service }) => service),
          [service],
        );
      }
      const nonsense = await wmsFor({ authorized: "yes" } as unknown as Decision);
      assert.equal((await nonsense.get(query)).status, 403);
    });

    it(`weakness 7: what ${service} answers to somebody is kept by nobody else`, async () => {
      const { get } = await wmsFor({ authorized: "full" });
      const response = await get(query);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("cache-control"), "private");
    });
  }

  it("http-app 28: an authorizer that fails shows nothing", async () => {
    const failing = { restricts: true, authorize: () => Promise.reject(new Error("down")) };
    const { get } = await wmsOf(tree(), {}, { authorizer: failing });
    for (const query of Object.values(OPERATIONS)) await assert.rejects(get(query), /down/);
  });

  it("http-app 19: the resolved names and the extent are asked about", async () => {
    const { get, asked } = await wmsFor({ authorized: "full" });
    await get(mapQuery("1.3.0", { LAYERS: "g,a", BBOX: "10,20,30,40" }));
    await get(infoQuery("1.1.1", { QUERY_LAYERS: "g" }));
    assert.deepEqual(
      asked.map(({ layers }) => layers),
      [
        ["b", "c", "a"],
        ["b", "c"],
      ],
    );
    assert.deepEqual(asked[0]?.extent?.bbox, [20, 10, 40, 30]);
    assert.equal(asked[0]?.extent?.srs.code, "EPSG:4326");
  });

  it("http-app 20: what is named must be permitted, what a group holds is left out silently", async () => {
    const { get } = await wmsFor(partial({ a: { map: true }, b: { map: true } }));
    assert.deepEqual(
      await pixel(await get(mapQuery("1.1.1", { LAYERS: "g" })), 1),
      [0, 0, 255, 255],
    );
    for (const LAYERS of ["c", "a,c", "g,c"]) {
      assert.equal((await get(mapQuery("1.1.1", { LAYERS }))).status, 403, LAYERS);
    }
    const nothing = await wmsFor(partial({}));
    assert.deepEqual(
      await pixel(await nothing.get(mapQuery("1.1.1", { LAYERS: "g" })), 1),
      [255, 255, 255, 255],
    );
    const one = { a: { map: 1 } } as unknown as Record<string, LayerPermission>;
    assert.equal((await (await wmsFor(partial(one))).get(mapQuery("1.1.1"))).status, 403);
  });

  it("a partial decision without layers permits none", async () => {
    const { get } = await wmsFor({ authorized: "partial" } as unknown as Decision);
    assert.equal((await get(mapQuery("1.1.1"))).status, 403);
  });

  it("http-app 21: limits of a layer and of the whole map cut the picture", async () => {
    for (const decision of [
      partial({ a: { map: true, limitedTo: east } }),
      partial({ a: { map: true } }, east),
    ]) {
      const { get } = await wmsFor(decision);
      const green = { BGCOLOR: "0x00ff00", WIDTH: "40", HEIGHT: "20" };
      const map = await get(mapQuery("1.1.1", green));
      assert.deepEqual(await pixel(map.clone(), 5), [0, 255, 0, 255]);
      assert.deepEqual(await pixel(map, 35), [255, 0, 0, 255]);
      const clear = await get(mapQuery("1.1.1", { ...green, TRANSPARENT: "true" }));
      assert.equal((await pixel(clear, 5))[3], 0);
    }
  });

  it("http-app 22: feature information is permitted layer by layer, and by place", async () => {
    const { text, get } = await wmsFor(
      partial({ a: { featureinfo: true, limitedTo: east }, b: { featureinfo: true } }),
    );
    const all = { LAYERS: "root", QUERY_LAYERS: "root" };
    assert.equal(await text(infoQuery("1.1.1", { ...all, X: "15" })), "a\nb");
    assert.equal(await text(infoQuery("1.1.1", { ...all, X: "5" })), "b");
    // A layer in QUERY_LAYERS alone is named as well.
    assert.equal((await get(infoQuery("1.1.1", { LAYERS: "a", QUERY_LAYERS: "c" }))).status, 403);
    assert.equal(
      (await get(infoQuery("1.1.1", { LAYERS: "c", QUERY_LAYERS: "root" }))).status,
      403,
    );
    const limited = await wmsFor(partial({ a: { featureinfo: true } }, east));
    assert.deepEqual(
      [
        await limited.text(infoQuery("1.1.1", { X: "5" })),
        await limited.text(infoQuery("1.1.1", { X: "15" })),
      ],
      ["", "a"],
    );
  });

  it("http-app 23: capabilities show what is permitted, and the root always", async () => {
    const caps = async (decision: Decision) =>
      (await wmsFor(decision)).text("SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.1.1");
    const names = (xml: string) =>
      [...xml.matchAll(/<Layer[^>]*>\s*<Name>(.*?)<\/Name>/g)].map(([, name]) => name);
    assert.deepEqual(names(await caps({ authorized: "full" })), ["root", "a", "g", "b", "c"]);
    assert.deepEqual(names(await caps(partial({ a: { map: true } }))), ["root", "a"]);
    // Children of a denied group go with it; a group without children that are shown goes too.
    assert.deepEqual(names(await caps(partial({ b: { map: true } }))), ["root"]);
    assert.deepEqual(names(await caps(partial({ g: { map: true } }))), ["root"]);
    assert.deepEqual(names(await caps(partial({ g: { map: true }, b: { map: true } }))), [
      "root",
      "g",
      "b",
    ]);
    const queryable = await caps(
      partial({
        root: {},
        a: { map: true },
        g: { map: true },
        b: { map: true, featureinfo: true },
      }),
    );
    assert.match(queryable, /<Layer>\s*<Name>a</);
    assert.match(queryable, /<Layer queryable="1">\s*<Name>b</);
  });

  it("http-app 23: extents are cut to the limits, and what lies outside disappears", async () => {
    const west: Coverage = { ...east, bbox: [-180, -90, -170, 0] };
    const caps = async (decision: Decision) =>
      (await wmsFor(decision)).text("SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.1.1");
    const own = await caps(partial({ a: { map: true, limitedTo: west } }));
    assert.match(
      own,
      /<Name>a<\/Name>[\s\S]*?<LatLonBoundingBox minx="-180" miny="-89.999999" maxx="-170" maxy="0"/,
    );
    const polygons = [
      [
        [
          [0, 0],
          [10, 0],
          [0, 10],
          [0, 0],
        ],
      ],
    ] as const;
    const shaped = await caps(
      partial({ a: { map: true } }, { ...east, bbox: [0, 0, 10, 10], polygons }),
    );
    assert.match(
      shaped,
      /<Name>a<\/Name>[\s\S]*?<LatLonBoundingBox minx="0" miny="0" maxx="10" maxy="10"/,
    );
  });

  it("capabilities of one client are not kept for another", async () => {
    let decision: Decision = partial({ a: { map: true } });
    const authorizer = { restricts: true, authorize: async () => decision };
    const { text } = await wmsOf(tree(), {}, { authorizer });
    const query = "SERVICE=WMS&REQUEST=GetCapabilities";
    assert.ok(!(await text(query)).includes("<Name>c<"));
    decision = { authorized: "full" };
    assert.ok((await text(query)).includes("<Name>c<"));
    decision = partial({ a: { map: true } });
    assert.ok(!(await text(query)).includes("<Name>c<"));
  });

  it("weakness 1: a legend needs a permission; that for maps will do unless it says otherwise", async () => {
    const status = async (permission: LayerPermission) =>
      (await (await wmsFor(partial({ a: permission }))).get(OPERATIONS["wms.legendgraphic"]))
        .status;
    assert.equal(await status({ map: true }), 200);
    assert.equal(await status({ legendgraphic: true }), 200);
    assert.equal(await status({ map: true, legendgraphic: false }), 403);
    assert.equal(await status({ featureinfo: true }), 403);
  });
});
