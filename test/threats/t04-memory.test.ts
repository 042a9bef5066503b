/** T4: requests that are no good, by the thousand: always the exception of their version, and nothing of them stays. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Quarry, quarry } from "../quarry.ts";
import { infoQuery, mapQuery } from "../wms-service.ts";
import { held, SLACK } from "./memory.ts";

const VERSIONS = ["1.0.0", "1.1.0", "1.1.1", "1.3.0"] as const;
type Version = (typeof VERSIONS)[number];

/** Root of the exception of each version. */
const EXCEPTION: Readonly<Record<Version, RegExp>> = {
  "1.0.0": /<WMTException version="1\.0\.0">/,
  "1.1.0": /<ServiceExceptionReport version="1\.1\.0">/,
  "1.1.1": /<ServiceExceptionReport version="1\.1\.1">/,
  "1.3.0": /<ServiceExceptionReport version="1\.3\.0" /,
};

const MEGABYTE = "x".repeat(1024 * 1024);

/** Parameters of which each makes a map impossible; `n` makes every request another. */
function mistakes(version: Version, n: number): Record<string, string>[] {
  const system = version === "1.3.0" ? "CRS" : "SRS";
  const boxes = [
    ...["10,10,0,0", "0,0,0,0", "0,0,0,1", "5,0,1,10", `${n},1,${n},2`],
    ...["0,0,inf,1", "-inf,-inf,inf,inf", "nan,0,1,1", "0,0,1e400,1", `-1e999,0,${n},1`],
    ...["", ",,,", "1,2,3", "1,2,3,4,5", "a,b,c,d", ",".repeat(10_000), "1".repeat(10_000)],
  ].map((BBOX) => ({ BBOX }));
  const sizes = ["0", "-1", "NaN", "1e9", "1e999", "", "0x10", `${n}e9`];
  return [
    ...boxes,
    ...sizes.flatMap((side) => [{ WIDTH: side }, { HEIGHT: side }]),
    ...[`nothing-${n}`, "", ",", `${n}`.repeat(1000)].map((LAYERS) => ({ LAYERS })),
    ...[`EPSG:${n}99999`, "EPSG:", `x${n}`.repeat(1000), ""].map((code) => ({ [system]: code })),
    ...[`image/${n}`, "", `text/${n}`.repeat(100)].map((FORMAT) => ({ FORMAT })),
    ...[`style-${n}`, `,style-${n}`].map((STYLES) => ({ STYLES })),
    { BGCOLOR: `0x${n}zz` },
  ];
}

describe("T4: bad requests by the thousand", () => {
  let server: Quarry;
  before(async () => {
    server = await quarry();
  });

  async function assertRefused(version: Version, query: string, what: string): Promise<void> {
    const response = await server.get(query);
    const text = await response.text();
    assert.match(text, EXCEPTION[version], `${version} ${what}`);
    assert.doesNotMatch(text, /internal error/i, `${version} ${what}`);
    assert.ok(text.length < 100_000, `${what}: an answer of ${text.length} characters`);
  }

  /** Each mistake in each version, `rounds` times, each time with other values. */
  async function makeMistakes(from: number, rounds: number): Promise<number> {
    let count = 0;
    for (let n = from; n < from + rounds; n++) {
      for (const version of VERSIONS) {
        for (const changes of mistakes(version, n)) {
          const query = mapQuery(version, { LAYERS: "cite:BasicPolygons", ...changes });
          // heavy enough to be seen if any request were kept
          const padded = `${query}&PAD=${n}${"x".repeat(30_000)}`;
          await assertRefused(version, padded, JSON.stringify(changes).slice(0, 60));
          count++;
        }
      }
    }
    return count;
  }

  it("are each answered by the exception of the version, and memory stays flat", async () => {
    await makeMistakes(1, 3);
    const start = held();
    const count = await makeMistakes(100, 25);
    assert.ok(count > 4000, `${count} requests`);
    const grown = held() - start;
    assert.ok(grown < SLACK, `${count} requests leave ${grown} bytes`);
    assert.equal(server.asked.length, 0, "no server was asked");
  });

  it("ten thousand layers, unknown or many times the same, leave nothing", async () => {
    const layers = (n: number) =>
      Array.from({ length: 10_000 }, (_, i) => `layer-${n}-${i}`).join(",");
    const ask = async (n: number) => {
      for (const version of VERSIONS) {
        const LAYERS = layers(n);
        await assertRefused(version, mapQuery(version, { LAYERS }), "layers");
        const first = `cite:BasicPolygons,${LAYERS}`;
        await assertRefused(version, mapQuery(version, { LAYERS: first }), "layers");
        const QUERY_LAYERS = LAYERS;
        const info = infoQuery(version, { LAYERS: "cite:BasicPolygons", QUERY_LAYERS });
        await assertRefused(version, info, "query layers");
      }
    };
    await ask(0);
    const start = held();
    for (let n = 1; n <= 60; n++) await ask(n);
    assert.ok(held() - start < SLACK, `${held() - start} bytes`);
    assert.equal(server.asked.length, 0, "no server was asked");

    const LAYERS = Array.from({ length: 10_000 }, () => "cite:BasicPolygons").join(",");
    const response = await server.get(mapQuery("1.3.0", { LAYERS }));
    assert.equal(response.headers.get("content-type"), "image/png");
    assert.equal(server.asked.length, 1, "the same layer is drawn once");
  });

  it("query strings of a megabyte, in a name, a value or thousands of parts, leave nothing", async () => {
    const ask = async (n: number) => {
      const version = VERSIONS[n % 4]!;
      const bad = mapQuery(version, { LAYERS: "cite:BasicPolygons", BBOX: `${n}` });
      for (const more of [
        `X${n}=${MEGABYTE}`,
        `${MEGABYTE}${n}=1`,
        Array.from({ length: 100_000 }, (_, i) => `a${n}_${i}=1`).join("&"),
        "&=".repeat(500_000),
      ]) {
        await assertRefused(version, `${bad}&${more}`, more.slice(0, 20));
      }
      for (const name of ["LAYERS", "STYLES", "FORMAT", "BBOX", "WIDTH"]) {
        const query = mapQuery(version, { LAYERS: "cite:BasicPolygons", [name]: MEGABYTE + n });
        await assertRefused(version, query, name);
      }
    };
    for (let n = 0; n < 4; n++) await ask(n);
    const start = held();
    for (let n = 4; n < 24; n++) await ask(n);
    const grown = held() - start;
    assert.ok(grown < SLACK, `180 MB of requests leave ${grown} bytes`);
  });
});
