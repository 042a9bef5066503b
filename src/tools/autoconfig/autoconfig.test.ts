import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testPlatform } from "../../../test/platform.ts";
import { scratch } from "../../../test/scratch.ts";
import { runTool } from "../../../test/tools.ts";
import { isMap, type PlainMap } from "../../config/plain.ts";
import { parseYaml } from "../../config/yaml.ts";
import { localPlatform } from "../../runtime/local.ts";
import { autoconfig } from "./autoconfig.ts";

const SRS = "epsg:3857 CRS:84 EPSG:4326 EPSG:25832 EPSG:999999";
const CAPABILITIES = `<WMT_MS_Capabilities version="1.1.1" xmlns:xlink="http://www.w3.org/1999/xlink">
<Service><Title>The service</Title></Service>
<Capability><Request><GetMap><DCPType><HTTP><Get>
  <OnlineResource xlink:href="http://x/y?"/></Get></HTTP></DCPType></GetMap></Request>
<Layer><Title>All</Title><SRS>${SRS}</SRS><ScaleHint min="0" max="1000"/>
<LatLonBoundingBox minx="1" miny="2" maxx="3" maxy="4"/>
<Layer queryable="1" opaque="1"><Name>osm</Name><Title>Map</Title><Abstract>Abs</Abstract>
  <Style><Name>default</Name><LegendURL><OnlineResource xlink:href="http://l/"/></LegendURL></Style>
</Layer>
<Layer><Name>osm_roads</Name><Title>Roads</Title></Layer>
</Layer></Capability></WMT_MS_Capabilities>`;

const BASE = `grids:
  GLOBAL_OWN: {base: GLOBAL_GEODETIC}
  old: {base: GLOBAL_WEBMERCATOR}
  webmercator: {base: GLOBAL_WEBMERCATOR}
  geodetic: {base: GLOBAL_GEODETIC}
`;

const OVERWRITE = `
caches: {__all__: {cache: {type: sqlite}}}
sources:
  osm____: {req: {param: 42}}
  ____roads_wms: {supported_srs: ['EPSG:3857']}
globals: {http: {client_timeout: 5}}
`;

const NEW = CAPABILITIES.replaceAll("WMT_MS_Cap", "WMS_Cap")
  .replace('"1.1.1"', '"1.3.0" xmlns="http://www.opengis.net/wms"')
  .replace(`<SRS>${SRS}</SRS>`, "<CRS>EPSG:3857</CRS>")
  .replace(/<LatLon.*/, "");

async function run(...argv: string[]) {
  const platform = testPlatform({
    fetch: (async () => new Response(CAPABILITIES)) as unknown as typeof fetch,
  });
  const files = {
    "c.xml": CAPABILITIES,
    "new.xml": NEW,
    "base.yaml": BASE,
    "bad.xml": "<a>",
    "over.yaml": OVERWRITE,
    "there.yaml": "old",
    "broken.yaml": "caches: {a__extend__: 1}",
  };
  for (const [name, text] of Object.entries(files)) {
    await platform.files.write(`/home/user/${name}`, new TextEncoder().encode(text));
  }
  return { ...(await runTool(autoconfig, argv, { platform })), platform };
}

function read(text: string): PlainMap {
  const value = parseYaml({ path: "a.yaml", text }, new WeakMap());
  assert.ok(isMap(value));
  return JSON.parse(JSON.stringify(value));
}

describe("autoconfig()", () => {
  it("tools 22: needs exactly one input (code 2), refuses to overwrite (2), bad document (3)", async () => {
    for (const argv of [[], ["--capabilities", "c.xml", "--geopackage", "a.gpkg"]]) {
      const { code, err } = await run(...argv);
      assert.equal(code, 2);
      assert.match(err, /^ERROR: --capabilities required or --geopackage required\n\nUsage: /);
    }
    const there = await run("--capabilities", "c.xml", "--output", "there.yaml");
    assert.equal(there.code, 2);
    assert.equal(there.err, "ERROR: there.yaml already exists, use --force to overwrite");
    const bad = await run("--capabilities", "bad.xml");
    assert.equal(bad.code, 3);
    assert.match(bad.err, /^ERROR: Cannot read the capabilities: .*\n<a>$/);
    const none = await run("--geopackage", "none.gpkg");
    assert.deepEqual([none.code, none.err], [2, "ERROR: No file none.gpkg exists."]);
    assert.equal((await run("--capabilities", "c.xml", "--output", "")).code, 2);
  });

  it("tools 23: stdout begins with `# MapProxy configuration`", async () => {
    const { code, out } = await run("--capabilities", "http://w/s?token=sesame&map=1");
    assert.equal(code, 0);
    assert.match(out, /^# MapProxy configuration automatically generated from:\n# {3}http/);
    assert.doesNotMatch(out, /sesame/);
  });

  it("tools 24: sources: transparent, coverage, sorted SRS, legendurl, featureinfo, version", async () => {
    const { out, err } = await run("--capabilities", "c.xml");
    const codes = ["CRS:84", "EPSG:25832", "EPSG:3857", "EPSG:4326"];
    const common = {
      type: "wms",
      supported_srs: codes,
      coverage: { srs: "EPSG:4326", bbox: [1, 2, 3, 4] },
      min_res: Math.sqrt(1000 ** 2 / 2),
    };
    assert.deepEqual(read(out).sources, {
      osm_wms: {
        ...common,
        req: { url: "http://x/y?", layers: "osm" },
        wms_opts: { featureinfo: true, legendurl: "http://l/" },
      },
      osm_roads_wms: {
        ...common,
        req: { url: "http://x/y?", layers: "osm_roads", transparent: true },
      },
    });
    assert.equal(err, "warning: unable to initialize srs for EPSG:999999");
    const sources = read((await run("--capabilities", "new.xml")).out).sources as PlainMap;
    assert.deepEqual((sources.osm_roads_wms as PlainMap).wms_opts, { version: "1.3.0" });
  });

  it("tools 25: creates caches only for base grids by SRS, never for `GLOBAL_*`", async () => {
    const { out } = await run("--capabilities", "c.xml", "--base", "base.yaml");
    const grids = ["webmercator", "geodetic"];
    assert.deepEqual(read(out).caches, {
      osm_cache: { sources: ["osm_wms"], grids },
      osm_roads_cache: { sources: ["osm_roads_wms"], grids },
    });
    assert.equal(read(out).base, "/home/user/base.yaml");
    assert.deepEqual(read((await run("--capabilities", "c.xml")).out).caches, {});
  });

  it("tools 26: layers mirror the tree, use the cache if there is one", async () => {
    const expected = (kind: string) => [
      {
        title: "All",
        layers: [
          { name: "osm", title: "Map", md: { abstract: "Abs" }, sources: [`osm_${kind}`] },
          { name: "osm_roads", title: "Roads", sources: [`osm_roads_${kind}`] },
        ],
      },
    ];
    const plain = await run("--capabilities", "c.xml");
    assert.deepEqual(read(plain.out).layers, expected("wms"));
    assert.deepEqual(read(plain.out).services, { wms: { md: { title: "The service" } } });
    const based = await run("--capabilities", "c.xml", "--base", "base.yaml");
    assert.deepEqual(read(based.out).layers, expected("cache"));
  });

  it("tools 27: overwrites influence later sections; what is left is merged at the end", async () => {
    const argv = ["--capabilities", "c.xml", "--base", "base.yaml", "--overwrite", "over.yaml"];
    const config = read((await run(...argv)).out);
    assert.deepEqual(config.caches, {
      osm_cache: {
        sources: ["osm_wms"],
        grids: ["webmercator", "geodetic"],
        cache: { type: "sqlite" },
      },
      osm_roads_cache: {
        sources: ["osm_roads_wms"],
        grids: ["webmercator"],
        cache: { type: "sqlite" },
      },
    });
    const { req } = (config.sources as PlainMap).osm_roads_wms as PlainMap;
    assert.equal((req as PlainMap).param, 42);
    assert.deepEqual(config.globals, { http: { client_timeout: 5 } });
    const broken = await run("--capabilities", "c.xml", "--overwrite", "broken.yaml");
    assert.deepEqual(
      [broken.code, broken.err.split("\n").at(-1)],
      [2, "ERROR: cannot extend non-list a"],
    );
  });

  it("tools 28: seed output with remove_before 1900", async () => {
    const argv = ["--capabilities", "c.xml", "--base", "base.yaml", "--output", "m.yaml"];
    const { code, platform } = await run(...argv, "--output-seed", "s.yaml");
    assert.equal(code, 0);
    assert.ok(await platform.files.read("/home/user/m.yaml"));
    const { bytes } = (await platform.files.read("/home/user/s.yaml"))!;
    const { seeds, cleanups } = read(new TextDecoder().decode(bytes));
    const names = [
      "osm_cache_geodetic",
      "osm_cache_webmercator",
      "osm_roads_cache_geodetic",
      "osm_roads_cache_webmercator",
    ];
    assert.deepEqual(Object.keys(seeds as PlainMap), names);
    assert.deepEqual((seeds as PlainMap).osm_cache_geodetic, {
      caches: ["osm_cache"],
      grids: ["geodetic"],
    });
    assert.deepEqual((cleanups as PlainMap).osm_cache_geodetic, {
      caches: ["osm_cache"],
      grids: ["geodetic"],
      remove_before: { time: "1900-01-01T00:00:00" },
    });
  });

  it("tools 29: GeoPackage form: 19 resolutions, grid/cache/layer names, services", async () => {
    const directory = scratch();
    const platform = localPlatform();
    {
      using database = platform.sqlite!(`${directory}/a.gpkg`);
      for (const sql of [
        "CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization_coordsys_id INTEGER)",
        "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT, min_x REAL, min_y REAL, max_x REAL, max_y REAL, srs_id INTEGER)",
        "CREATE TABLE gpkg_tile_matrix (table_name TEXT, zoom_level INTEGER, tile_width INTEGER, tile_height INTEGER, pixel_x_size REAL, pixel_y_size REAL)",
        "INSERT INTO gpkg_spatial_ref_sys VALUES (3857, 3857), (-1, -1)",
        "INSERT INTO gpkg_contents VALUES ('osm', 'tiles', 1, 2, 3, 4, 3857), ('roads', 'features', 1, 2, 3, 4, 3857), ('odd', 'tiles', 1, 2, 3, 4, -1), ('empty', 'tiles', 1, 2, 3, 4, 3857)",
        "INSERT INTO gpkg_tile_matrix VALUES ('osm', 3, 512, 256, 100, 100), ('osm', 2, 512, 256, 200, 200), ('odd', 0, 256, 256, 1, 1)",
      ]) {
        database.run(sql);
      }
    }
    const argv = ["--geopackage", "a.gpkg"];
    const { code, out } = await runTool(autoconfig, argv, {
      platform,
      workingDirectory: directory,
    });
    assert.equal(code, 0);
    const { services, grids, caches, layers } = read(out);
    assert.deepEqual(grids, {
      osm_3857: {
        srs: "EPSG:3857",
        tile_size: [512, 256],
        bbox: [1, 2, 3, 4],
        origin: "nw",
        res: Array.from({ length: 19 }, (_, level) => 800 / 2 ** level),
      },
    });
    assert.deepEqual(caches, {
      osm_cache: {
        sources: [],
        grids: ["osm_3857"],
        cache: { type: "geopackage", filename: `${directory}/a.gpkg`, table_name: "osm" },
      },
    });
    assert.deepEqual(layers, [{ name: "osm", title: "osm", sources: ["osm_cache"] }]);
    assert.deepEqual(services, {
      demo: null,
      tms: { use_grid_names: true, origin: "nw" },
      kml: { use_grid_names: true },
      wmts: null,
      wms: null,
    });
  });
});
