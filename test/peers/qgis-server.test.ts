import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import type { RasterView } from "../../src/image/picture.ts";
import { type Server, startServer } from "../e2e/server.ts";
import { assertInPlace } from "./compare.ts";
import { find, needs, scratch } from "./programs.ts";

const PROGRAM = "qgis_mapserv.fcgi";

/** QGIS asks for tiles and blocks of its own, takes the nearest pixels and puts them at whole ones. */
const NEAREST = { tolerance: 5, slack: 1 };

/** Those of the pictures that GDAL made (test/fixtures/warp); boxes in the order of the axes. */
const VIEWS = {
  mercator: { crs: "EPSG:3857", size: [320, 240], bbox: "-1500000,3500000,4500000,8000000" },
  geographic: { crs: "EPSG:4326", size: [320, 160], bbox: "30,-20,70,60" },
} as const;
type ViewName = keyof typeof VIEWS;

/** What the layers of the project are made of: data sources of QGIS's WMS provider. */
function sourcesAt(url: string): Readonly<Record<string, string>> {
  const wms = `url=${encodeURIComponent(`${url}/proxy/service`)}&layers=world&styles=&contextualWMSLegend=0`;
  const wmts = encodeURIComponent(`${url}/proxy/wmts/1.0.0/WMTSCapabilities.xml`);
  const xyz = `${url}/proxy/tiles/world/GLOBAL_WEBMERCATOR/{z}/{x}/{y}.jpeg?origin=nw`;
  return {
    wms: `${wms}&crs=EPSG:3857&format=image/png`,
    wms_degrees: `${wms}&crs=EPSG:4326&format=image/jpeg`,
    wmts: `url=${wmts}&layers=world&styles=default&format=image/jpeg&crs=EPSG:3857&tileMatrixSet=GLOBAL_WEBMERCATOR`,
    xyz: `type=xyz&url=${encodeURIComponent(xyz)}&zmin=0&zmax=19`,
  };
}

/** A project of QGIS with a raster layer for each data source. */
function project(sources: Readonly<Record<string, string>>): string {
  const system = (code: string) => `<spatialrefsys><authid>${code}</authid></spatialrefsys>`;
  const layers = Object.entries(sources).map(([id, source]) => ({
    tree: `<layer-tree-layer id="${id}" name="${id}" providerKey="wms" checked="Qt::Checked" source=""/>`,
    layer: `<maplayer type="raster"><id>${id}</id><layername>${id}</layername>
<datasource>${source.replaceAll("&", "&amp;")}</datasource>
<srs>${system(/crs=(EPSG:\d+)/.exec(source)?.[1] ?? "EPSG:3857")}</srs><provider>wms</provider></maplayer>`,
  }));
  return `<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22.0" projectname="cascade"><title>cascade</title>
<projectCrs>${system("EPSG:3857")}</projectCrs>
<layer-tree-group>${layers.map(({ tree }) => tree).join("\n")}</layer-tree-group>
<projectlayers>${layers.map(({ layer }) => layer).join("\n")}</projectlayers>
<properties><WMSCrsList type="QStringList"><value>EPSG:3857</value><value>EPSG:4326</value></WMSCrsList></properties>
</qgis>`;
}

describe("QGIS Server that has us as its upstream", await needs(PROGRAM), () => {
  let server: Server;
  let folder: Awaited<ReturnType<typeof scratch>>;
  before(async () => {
    server = await startServer();
    folder = await scratch();
    await writeFile(join(folder.path, "cascade.qgs"), project(sourcesAt(server.url)));
  });
  after(async () => {
    await server?.stop();
    await folder?.dispose();
  });

  /** Body of the answer to one request, by the program as a web server would start it. */
  async function ask(query: string): Promise<Buffer> {
    const program = (await find(PROGRAM)) ?? PROGRAM;
    const env = {
      ...process.env,
      QUERY_STRING: query,
      REQUEST_METHOD: "GET",
      SERVER_NAME: "localhost",
      QGIS_PROJECT_FILE: join(folder.path, "cascade.qgs"),
      QT_QPA_PLATFORM: "offscreen",
      XDG_RUNTIME_DIR: folder.path,
      HOME: folder.path,
    };
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const settings = { encoding: "buffer", maxBuffer: 64 * 1024 * 1024, env } as const;
      execFile(program, [], settings, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
    const head = /\r?\n\r?\n/.exec(answer.toString("latin1"));
    return answer.subarray((head?.index ?? 0) + (head?.[0].length ?? 0));
  }

  async function map(layer: string, name: ViewName): Promise<RasterView> {
    const { crs, size, bbox } = VIEWS[name];
    const what = `SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=${layer}&STYLES=&FORMAT=image/png`;
    const where = `CRS=${crs}&BBOX=${bbox}&WIDTH=${size[0]}&HEIGHT=${size[1]}`;
    return await decode(await ask(`${what}&${where}`));
  }

  for (const [layer, name] of [
    ["wms", "mercator"],
    ["wms_degrees", "geographic"],
    ["wmts", "mercator"],
    ["xyz", "mercator"],
  ] as const) {
    it(`shows the picture of ${layer} at its place`, async () => {
      const expected = await decode(
        new Uint8Array(await readFile(`test/fixtures/warp/${name}.png`)),
      );
      assertInPlace(await map(layer, name), expected, NEAREST);
    });
  }
});
