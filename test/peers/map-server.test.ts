import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { type Server, startServer } from "../e2e/server.ts";
import { type MapServer, startMapServer } from "./map-server.ts";
import { needs, scratch } from "./programs.ts";

const programs = await needs("mapserv", "gdal_translate");

/** A mapproxy.yaml as people have it. */
const configuration = (url: string) => `
services:
  wms:
    srs: ['EPSG:3857', 'EPSG:4326', 'EPSG:25832']
    image_formats: [image/png, image/jpeg]
  wmts:
layers:
  - name: world
    title: World
    sources: [world_cache]
caches:
  world_cache:
    grids: [GLOBAL_WEBMERCATOR]
    sources: [world_wms]
    format: image/png
sources:
  world_wms:
    type: wms
    req: {url: '${url}', layers: world}
globals:
  cache: {base_dir: ./cache, meta_size: [4, 4], meta_buffer: 20}
  image: {resampling_method: bilinear, paletted: false}
`;

describe("MapServer as upstream", programs, () => {
  let upstream: MapServer;
  let server: Server;
  let folder: Awaited<ReturnType<typeof scratch>>;
  before(async () => {
    folder = await scratch();
    upstream = await startMapServer(folder.path);
    const config = join(folder.path, "mapproxy.yaml");
    await writeFile(config, configuration(upstream.url));
    server = await startServer(["--config", config]);
  });
  after(async () => {
    await server?.stop();
    await upstream?.close();
    await folder?.dispose();
  });

  const tile = (z: number, x: number, y: number) =>
    fetch(`${server.url}/wmts/world/GLOBAL_WEBMERCATOR/${z}/${x}/${y}.png`);

  it("a cold meta tile is asked for once, however many clients want its tiles", async () => {
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, i) => tile(4, 4 + (i % 4), 4 + ((i >> 2) % 4))),
    );
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      await answer.arrayBuffer();
    }
    assert.equal(upstream.maps.length, 1, upstream.maps.join("\n"));
    assert.match(upstream.maps[0] ?? "", /width=1064&height=1064/i);
  });

  it("the files lie where the reference has them", async () => {
    const path = join(folder.path, "cache/world_cache_EPSG3857/04/000/000/005/000/000/006.png");
    assert.equal((await readFile(path)).subarray(1, 4).toString(), "PNG");
  });

  it("a map in EPSG:25832 looks like GDAL's warp", async () => {
    const query =
      "SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=world&STYLES=&CRS=EPSG:25832" +
      "&BBOX=-1000000,4000000,2000000,7000000&WIDTH=300&HEIGHT=300&FORMAT=image/png";
    const response = await fetch(`${server.url}/service?${query}`);
    const ours = await decode(new Uint8Array(await response.arrayBuffer()));
    const theirs = await decode(new Uint8Array(await readFile("test/fixtures/warp/utm32.png")));
    let sum = 0;
    for (let i = 0; i < 300 * 300; i++) {
      for (let c = 0; c < 3; c++) {
        sum += Math.abs(ours.data[i * ours.channels + c]! - theirs.data[i * theirs.channels + c]!);
      }
    }
    assert.ok(sum / (300 * 300 * 3) < 4, `mean difference ${sum / (300 * 300 * 3)}`);
  });

  it("an upstream that is down gives the protocol's exception, and nothing is stored", async () => {
    await upstream.close();
    const response = await tile(6, 1, 1);
    assert.equal(response.status, 500);
    assert.match(await response.text(), /ExceptionReport[\s\S]*No response from URL/);
    await assert.rejects(
      readFile(join(folder.path, "cache/world_cache_EPSG3857/06/000/000/001/000/000/001.png")),
    );
  });
});
