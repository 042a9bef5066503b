import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { type Server, startServer } from "../e2e/server.ts";
import { assertInPlace } from "./compare.ts";
import { needsPython, run, scratch } from "./programs.ts";

/** See test/e2e: JPEG tiles of the nearest level stand between. */
const EXACT = { tolerance: 4 };
/** QGIS asks for blocks of its own, takes the nearest pixels and puts them at whole ones. */
const NEAREST = { tolerance: 5, slack: 1 };

const VIEWS = {
  mercator: { srs: "EPSG:3857", size: ["320", "240"], bbox: "-1500000,3500000,4500000,8000000" },
  geographic: { srs: "EPSG:4326", size: ["320", "160"], bbox: "-20,30,60,70" },
} as const;
type ViewName = keyof typeof VIEWS;

const picture = async (path: string) => decode(new Uint8Array(await readFile(path)));

/** A server, and a folder for what its clients write. */
function surroundings() {
  const around = {} as { server: Server; folder: Awaited<ReturnType<typeof scratch>> };
  before(async () => {
    around.server = await startServer();
    around.folder = await scratch();
  });
  after(async () => {
    await around.server?.stop();
    await around.folder?.dispose();
  });
  return around;
}

describe("QGIS as a client", await needsPython("qgis.core"), () => {
  const around = surroundings();

  async function draw(name: ViewName, options: string): Promise<string> {
    const { srs } = VIEWS[name];
    const url = encodeURIComponent(`${around.server.url}/proxy/service`);
    const uri = `url=${url}&layers=world&styles=&crs=${srs}&format=image/png&${options}`;
    return await drawUri(name, uri);
  }

  async function drawUri(name: ViewName, uri: string): Promise<string> {
    const { srs, size, bbox } = VIEWS[name];
    const out = join(around.folder.path, "qgis.png");
    const printed = await run(
      "/usr/bin/python3",
      ["test/peers/qgis_map.py", uri, srs, ...size, bbox, out],
      { QT_QPA_PLATFORM: "offscreen", XDG_RUNTIME_DIR: around.folder.path },
    );
    assertInPlace(await picture(out), await picture(`test/fixtures/warp/${name}.png`), NEAREST);
    return printed;
  }

  it("finds the layer in the capabilities and draws it in EPSG:3857", async () => {
    assert.match(await draw("mercator", "contextualWMSLegend=0"), /wms EPSG:3857/);
  });

  it("draws it in EPSG:4326, whose axes 1.3.0 turns", async () => {
    assert.match(await draw("geographic", "contextualWMSLegend=0"), /wms EPSG:4326/);
  });

  for (const [name, path] of [
    ["WMTS by path", "wmts/1.0.0/WMTSCapabilities.xml"],
    ["WMTS by KVP", "service?SERVICE=WMTS&REQUEST=GetCapabilities"],
  ] as const) {
    it(`finds the layer in the capabilities of ${name} and draws it`, async () => {
      const url = encodeURIComponent(`${around.server.url}/proxy/${path}`);
      const options = "layers=world&styles=default&format=image/jpeg&crs=EPSG:3857";
      await drawUri("mercator", `${options}&tileMatrixSet=GLOBAL_WEBMERCATOR&url=${url}`);
    });
  }

  it("draws tiles by URL template (XYZ)", async () => {
    const template = "proxy/tiles/world/GLOBAL_WEBMERCATOR/{z}/{x}/{y}.jpeg?origin=nw";
    const url = encodeURIComponent(`${around.server.url}/${template}`);
    await drawUri("mercator", `type=xyz&url=${url}&zmin=0&zmax=19`);
  });

  it("draws it at the resolution of its screen, told in three spellings", async () => {
    await draw("mercator", "dpiMode=7");
  });
});

describe("OWSLib as a client of WMS", await needsPython("owslib"), () => {
  const around = surroundings();

  for (const version of ["1.1.1", "1.3.0"]) {
    for (const [name, { srs, size, bbox }] of Object.entries(VIEWS)) {
      it(`reads ${version} and gets a map in ${srs}`, async () => {
        const out = join(around.folder.path, "owslib.png");
        const url = `${around.server.url}/proxy/service`;
        const printed = await run("/usr/bin/python3", [
          ...["test/peers/owslib_map.py", url, version, srs, ...size, bbox, out],
        ]);
        const told = JSON.parse(printed);
        assert.equal(told.title, "Rhumb");
        assert.equal(told.version, version);
        assert.equal(told.layer, "The world");
        assert.ok(told.systems.includes("EPSG:25832"));
        assert.deepEqual(told.formats, ["image/png", "image/jpeg"]);
        const expected = await picture(`test/fixtures/warp/${name}.png`);
        assertInPlace(await picture(out), expected, EXACT);
      });
    }
  }
});
