import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { type Server, startServer } from "../e2e/server.ts";
import { needs, scratch } from "./programs.ts";

const programs = await needs("mapserv");

/** A black square of 10 pixels at 72 dots an inch, in the middle of a white map. */
const MAP_FILE = `MAP
  NAME "dot"
  EXTENT -10 -10 10 10
  SIZE 100 100
  IMAGECOLOR 255 255 255
  PROJECTION "init=epsg:4326" END
  OUTPUTFORMAT NAME "png24" DRIVER "AGG/PNG" MIMETYPE "image/png" IMAGEMODE RGB END
  WEB METADATA "wms_title" "Dot" "wms_srs" "EPSG:4326" "wms_enable_request" "*" END END
  SYMBOL NAME "square" TYPE VECTOR FILLED TRUE POINTS 0 0 0 1 1 1 1 0 0 0 END END
  LAYER
    NAME "dot"
    TYPE POINT
    STATUS ON
    FEATURE POINTS 0 0 END END
    CLASS STYLE COLOR 0 0 0 SYMBOL "square" SIZE 10 END END
    METADATA "wms_title" "Dot" END
  END
END
`;

const CONFIGURATION = `
services: {wms: {srs: ['EPSG:4326']}}
layers:
  - {name: told, title: Told, sources: [told]}
  - {name: untold, title: Untold, sources: [untold]}
  - {name: cached, title: Cached, sources: [cache]}
caches: {cache: {grids: [GLOBAL_GEODETIC], sources: [told], disable_storage: true}}
sources:
  told: &program
    type: mapserver
    forward_req_params: [map_resolution]
    req: {map: dot.map, layers: dot}
    mapserver: {binary: ./mapserv.sh}
  untold: {<<: *program, forward_req_params: []}
globals: {cache: {base_dir: ./cache}, image: {paletted: false}}
`;

describe("MapServer as a local program", programs, () => {
  let server: Server;
  let folder: Awaited<ReturnType<typeof scratch>>;
  before(async () => {
    folder = await scratch();
    const put = (name: string, text: string) => writeFile(join(folder.path, name), text);
    await put("dot.map", MAP_FILE);
    await put("mapserver.conf", 'CONFIG\n  ENV\n    "MS_MAP_PATTERN" "."\n  END\nEND\n');
    await put("mapserv.sh", "#!/bin/sh\nMAPSERVER_CONFIG_FILE=mapserver.conf exec mapserv\n");
    await chmod(join(folder.path, "mapserv.sh"), 0o755);
    await put("mapproxy.yaml", CONFIGURATION);
    server = await startServer(["--config", join(folder.path, "mapproxy.yaml")]);
  });
  after(async () => {
    await server?.stop();
    await folder?.dispose();
  });

  /** Dark pixels of a map of 100 x 100. */
  async function dark(layer: string, told = ""): Promise<number> {
    const query = `SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=${layer}&STYLES=&SRS=EPSG:4326`;
    const place = "BBOX=-10,-10,10,10&WIDTH=100&HEIGHT=100&FORMAT=image/png";
    const response = await fetch(`${server.url}/service?${query}&${place}${told}`);
    assert.equal(response.headers.get("content-type"), "image/png");
    const { data, channels } = await decode(new Uint8Array(await response.arrayBuffer()));
    let count = 0;
    for (let at = 0; at < data.length; at += channels) if (data[at]! < 128) count++;
    return count;
  }

  it("draws symbols as large as the client's resolution wants, told in any spelling", async () => {
    const plain = await dark("told");
    assert.ok(plain >= 81 && plain <= 121, `${plain} pixels`);
    for (const told of ["DPI=144", "MAP_RESOLUTION=144", "FORMAT_OPTIONS=dpi:144"]) {
      const large = await dark("told", `&${told}`);
      assert.ok(large >= 361 && large <= 441, `${told}: ${large} pixels`);
    }
  });

  it("is not told where the configuration says nothing of it", async () => {
    assert.equal(await dark("untold", "&DPI=144"), await dark("untold"));
  });

  it("is not told for tiles, which are for all clients", async () => {
    const first = await dark("cached", "&DPI=144");
    assert.ok(first > 0);
    assert.equal(await dark("cached"), first);
  });
});
