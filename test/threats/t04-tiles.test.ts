/** T4: requests for tiles that there are not, by the thousand: the service's own error, and nothing of them stays. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadOne } from "../../src/app/one.ts";
import { silentLog, testPlatform } from "../platform.ts";
import { held, SLACK } from "./memory.ts";

const CONFIG = `
services: {wmts: {}, tms: {}, kml: {}, ogcapi: {}}
layers: [{name: world, title: World, sources: [cache]}]
caches: {cache: {sources: [up], grids: [GLOBAL_WEBMERCATOR]}}
sources: {up: {type: wms, req: {url: "http://up/wms", layers: x}}}
`;

/** Column, row and level, as paths spell them, that no tile has; `n` makes every one another. */
const places = (n: number): readonly [level: string, column: string, row: string][] => [
  ["1", `${n + 2}`, "0"],
  ["1", "0", `${n + 2}`],
  ["1", `-${n + 1}`, "0"],
  ["1", "0", `-${n + 1}`],
  [`${n + 20}`, "0", "0"],
  [`-${n + 1}`, "0", "0"],
  ["1", "9".repeat(30), "0"],
  ["1", "0", "9".repeat(1000)],
  ["1", `${n}.5`, "0"],
  ["1", `1e${n}`, "0"],
  ["1", "%2e%2e", `%2F${n}`],
  ["%00", "0", "0"],
];

/** Paths of all tile services that lead to no tile. */
function paths(n: number): string[] {
  const wmts = "/wmts/world/GLOBAL_WEBMERCATOR";
  const ogc = "/ogcapi/collections/world/map/tiles/WebMercatorQuad";
  const kvp = "/service?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=world&STYLE=&FORMAT=png";
  const found = places(n).flatMap(([level, column, row]) => [
    `${wmts}/${level}/${column}/${row}.png`,
    `${kvp}&TILEMATRIXSET=GLOBAL_WEBMERCATOR&TILEMATRIX=${level}&TILECOL=${column}&TILEROW=${row}`,
    `/tms/1.0.0/world/EPSG900913/${level}/${column}/${row}.png`,
    `/tiles/world/EPSG900913/${level}/${column}/${row}.png`,
    `/kml/world/EPSG900913/${level}/${column}/${row}.png`,
    `/kml/world/EPSG900913/${level}/${column}/${row}.kml`,
    `${ogc}/${level}/${row}/${column}.png`,
  ]);
  return [
    ...found,
    ...["wmts", "tms/1.0.0", "tiles", "kml"].flatMap((door) => [
      `/${door}/layer${n}/GLOBAL_WEBMERCATOR/0/0/0.png`,
      `/${door}/world/set${n}/0/0/0.png`,
      `/${door}/world/GLOBAL_WEBMERCATOR/0/0/0.x${n}`,
      `/${door}/..%2f..%2fetc%2fpasswd${n}/0/0/0.png`,
    ]),
    `/ogcapi/collections/c${n}`,
    `/ogcapi/collections/c${n}/map`,
    `/ogcapi/collections/world/map/tiles/set${n}/0/0/0`,
    `/ogcapi/tileMatrixSets/set${n}`,
    `/ogcapi/collections/world/map?bbox=${n},1,0,0`,
  ];
}

describe("T4: tiles that there are not, by the thousand", () => {
  it("are each an error of the client, ask no server, and leave nothing in memory", async () => {
    let asked = 0;
    const platform = testPlatform({
      fetch: (async () => {
        asked++;
        return new Response("", { status: 500 });
      }) as unknown as typeof globalThis.fetch,
    });
    await platform.files.write("/t04.yaml", new TextEncoder().encode(CONFIG));
    const app = await loadOne("/t04.yaml", { platform, log: silentLog });
    // heavy enough to be seen if any request were kept
    const noise = "x".repeat(30_000);
    const ask = async (from: number, rounds: number): Promise<number> => {
      let count = 0;
      for (let n = from; n < from + rounds; n++) {
        for (const path of paths(n)) {
          const headers = { "x-noise": `${n}${noise}` };
          const request = new Request(`http://maps.example${path}`, { headers });
          const response = await app.fetch(request);
          const text = await response.text();
          assert.ok([400, 404].includes(response.status), `${response.status} ${path} ${text}`);
          assert.doesNotMatch(text, /internal error/i, path);
          assert.ok(text.length < 5000, path);
          count++;
        }
      }
      return count;
    };
    await ask(1, 3);
    const start = held();
    const count = await ask(100, 40);
    assert.ok(count > 4000, `${count} requests`);
    assert.equal(asked, 0);
    assert.ok(held() - start < SLACK, `${count} requests leave ${held() - start} bytes`);
  });
});
