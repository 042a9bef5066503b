import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seeded } from "../../../test/pictures.ts";
import {
  fakeInfo,
  fakeLegend,
  group,
  infoQuery,
  leaf,
  mapQuery,
  type WmsTest,
  wmsOf,
} from "../../../test/wms-service.ts";
import { VERSIONS } from "./version.ts";

/** What a parameter may be replaced by. */
const VALUES = [
  ...[
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "1e999",
    "NaN",
    "nan",
    "inf",
    "-Infinity",
    "0x1F",
    "1.5",
    "99999999999999999999",
  ],
  ...[
    "a,b,a",
    ",",
    ",,,,",
    "none",
    "A",
    "../../etc/passwd",
    "%00",
    "\u0000",
    "<script>x</script>",
    "&lt;",
    "]]>",
  ],
  ...[
    "'\"><",
    "EPSG:4326",
    "epsg:4326",
    "EPSG:",
    "EPSG:999999",
    "CRS:84",
    "urn:ogc:def:crs:EPSG::4326",
    "AUTO:42001",
  ],
  ...[
    "10,10,0,0",
    "0,0,0,0",
    "-1e30,-1e30,1e30,1e30",
    "0,0,inf,1",
    "179,-91,500,91",
    "1e-320,0,2e-320,1",
  ],
  ...[
    "image/png",
    "image/PNG",
    "IMAGE/PNG; mode=8bit",
    "text/html",
    "inimage",
    "BLANK",
    "true",
    "TRUE",
    "0xZZZZZZ",
    "#fff",
  ],
  ...["1.1.1", "1.3.0", "9.9.9", "1.1", "x".repeat(3000), "\ud800", "é€𝒳", "٣"],
];
const NAMES = [
  ...[
    "VERSION",
    "WMTVER",
    "REQUEST",
    "LAYERS",
    "STYLES",
    "SRS",
    "CRS",
    "BBOX",
    "WIDTH",
    "HEIGHT",
    "FORMAT",
  ],
  ...[
    "TRANSPARENT",
    "BGCOLOR",
    "EXCEPTIONS",
    "TIME",
    "ELEVATION",
    "DIM_X",
    "TILED",
    "QUERY_LAYERS",
    "X",
    "Y",
  ],
  ...[
    "I",
    "J",
    "INFO_FORMAT",
    "FEATURE_COUNT",
    "LAYER",
    "SCALE",
    "SLD_VERSION",
    "DPI",
    "FORMAT_OPTIONS",
    "SLD_BODY",
  ],
];
const ROUNDS = 3000;

async function check(wms: WmsTest, query: string): Promise<void> {
  const response = await wms.get(query);
  const body = await response.text();
  const type = response.headers.get("content-type") ?? "";
  assert.ok([200, 404, 500].includes(response.status), `status ${response.status}`);
  assert.ok(!body.includes("<script"), "nothing is echoed as markup");
  if (response.status !== 200) {
    assert.match(body, /<ServiceException[ >]|<WMTException /, "a report of the protocol");
    assert.match(type, /^(?:text\/xml|application\/vnd\.ogc\.se_xml)/);
    assert.ok(body.length < 2000, "no more than anybody wants to read");
  }
}

describe("random requests (T4, T7)", () => {
  it("weakness 9: whatever parameters say, the answer is a picture, a document or an exception of the version", async () => {
    const random = seeded(42);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const a = leaf("a", {
      infos: [fakeInfo("text", "x")],
      legends: [fakeLegend("l", [2, 2], [1, 2, 3])],
    });
    const plain = { max_output_pixels: 10_000 };
    const servers = [
      await wmsOf(group("g", [a, leaf("b")]), plain),
      await wmsOf(group(undefined, [a, leaf("b")]), { ...plain, strict: true, strict_ogc: true }),
    ];
    for (let round = 0; round < ROUNDS; round++) {
      const version = pick(VERSIONS);
      const changes: Record<string, string | undefined> = {};
      for (let i = random() * 4; i > 0; i--) {
        changes[pick(NAMES)] = random() < 0.15 ? undefined : pick(VALUES).toWellFormed();
      }
      const legend = { REQUEST: "GetLegendGraphic", LAYER: "a", ...changes };
      const query = pick([
        mapQuery(version, changes),
        infoQuery(version, changes),
        mapQuery(version, legend),
        mapQuery(version, { ...changes, REQUEST: "GetCapabilities" }),
      ]);
      const doubled =
        random() < 0.2
          ? `${query}&${pick(NAMES)}=${encodeURIComponent(pick(VALUES).toWellFormed())}`
          : query;
      try {
        await check(pick(servers), doubled);
      } catch (error) {
        throw new Error(`${doubled.slice(0, 600)}: ${error}`, { cause: error });
      }
    }
  });

  it("T4: ten thousand names of layers, known and unknown, are answered", async () => {
    const wms = await wmsOf(group("g", [leaf("a"), leaf("b")]));
    const LAYERS = Array.from({ length: 10_000 }, (_, i) => `l${i}`).join(",");
    await check(wms, mapQuery("1.3.0", { LAYERS }));
    await check(wms, infoQuery("1.3.0", { QUERY_LAYERS: LAYERS }));
    await check(wms, mapQuery("1.3.0", { LAYERS: "a,b,".repeat(5000).slice(0, -1) }));
    await check(wms, mapQuery("1.3.0", { STYLES: ",".repeat(10_000) }));
  });
});
