import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { encodePng } from "../../src/image/png-encode.ts";
import { newView, withChannels } from "../../src/image/view.ts";
import { localPlatform } from "../../src/runtime/local.ts";
import { seed } from "../../src/tools/seed.ts";
import { assertSame } from "../pictures.ts";
import { scratch } from "../scratch.ts";
import { runTool } from "../tools.ts";
import { needs } from "./programs.ts";

const PEER = "mapproxy-seed";

const PROXY = (name: string) => `
globals: {cache: {base_dir: ./${name}, meta_size: [2, 2], meta_buffer: 0}}
caches:
  north: {sources: [s], grids: [nw, deg], cache: {type: file, directory_layout: tc}}
  south: {sources: [s], grids: [sw]}
grids:
  nw: {base: GLOBAL_WEBMERCATOR, num_levels: 8}
  sw: {base: GLOBAL_MERCATOR, num_levels: 8}
  deg: {srs: 'EPSG:4326', bbox: [-20, 30, 40, 70], res: [0.2, 0.09, 0.03], origin: nw}
sources:
  s: {type: debug}
`;

const SEED = `
seeds:
  polygon: {caches: [north], grids: [nw, deg], coverages: [land], levels: [0, 2, 5, 6]}
  box: {caches: [south], coverages: [box, land], levels: {from: 1, to: 6}}
coverages:
  box: {bbox: [5, 45, 15, 55], srs: 'EPSG:4326'}
  land: {datasource: land.wkt, srs: 'EPSG:4326'}
`;

const LAND = "POLYGON((-5 42, 3 43, 8 44, 7 49, 2 51, -5 48, -1 46, -5 42))";

describe("rhumb seed and mapproxy-seed", await needs(PEER), () => {
  const platform = localPlatform();

  /** Seeds with both programs, each with the configuration of its name. */
  const seedBoth = async (directory: string): Promise<void> => {
    writeFileSync(`${directory}/seed.yaml`, SEED);
    writeFileSync(`${directory}/land.wkt`, LAND);
    const argv = ["-f", "ours.yaml", "-s", "seed.yaml"];
    const ours = await runTool(seed, argv, { platform, workingDirectory: directory });
    assert.equal(ours.code, 0, ours.out + ours.err);
    const theirs = await platform.spawn?.([PEER, "-f", "theirs.yaml", "-s", "seed.yaml"], {
      cwd: directory,
    });
    assert.equal(theirs?.code, 0, new TextDecoder().decode(theirs?.stderr));
  };

  const tilesIn = (directory: string): string[] =>
    (readdirSync(directory, { recursive: true }) as string[])
      .filter((path) => path.endsWith(".png"))
      .sort();

  it("make the same tiles of the same files", async () => {
    const directory = scratch();
    writeFileSync(`${directory}/ours.yaml`, PROXY("ours"));
    writeFileSync(`${directory}/theirs.yaml`, PROXY("theirs"));
    const tiles = (name: string) => tilesIn(`${directory}/${name}`);
    await seedBoth(directory);
    assert.ok(tiles("theirs").length > 50, `${tiles("theirs").length} tiles`);
    assert.deepEqual(tiles("ours"), tiles("theirs"));
  });

  it("fill them with the same pixels", async () => {
    const upstream = await landscape();
    const { port } = upstream.address() as AddressInfo;
    const directory = scratch();
    const source = `{type: wms, req: {url: "http://127.0.0.1:${port}/", layers: a}}`;
    for (const name of ["ours", "theirs"]) {
      const proxy = PROXY(name)
        .replace("meta_buffer: 0}", "meta_buffer: 7}, image: {paletted: false}")
        .replace("{type: debug}", source);
      writeFileSync(`${directory}/${name}.yaml`, proxy);
    }
    await seedBoth(directory);
    upstream.close();
    const paths = tilesIn(`${directory}/theirs`);
    assert.ok(paths.length > 50, `${paths.length} tiles`);
    const colors = new Set<number>();
    for (const path of paths) {
      const [own, other] = await Promise.all(
        ["ours", "theirs"].map(async (name) =>
          withChannels(await decode(readFileSync(`${directory}/${name}/${path}`)), 3),
        ),
      );
      assertSame(own!, other!);
      colors.add(own!.data[0]!);
    }
    assert.ok(colors.size > 20, "tiles differ from each other");
  });
});

/** A WMS whose colors depend on the place alone: each pixel tells where it is. */
async function landscape(): Promise<Server> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://x");
    const query = new Map([...searchParams].map(([key, value]) => [key.toLowerCase(), value]));
    const [west = 0, south = 0, east = 0, north = 0] = query.get("bbox")!.split(",").map(Number);
    const [width, height] = [Number(query.get("width")), Number(query.get("height"))];
    const view = newView([width, height], 3);
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += 3) {
        const across = west + ((x + 0.5) / width) * (east - west);
        const up = north - ((y + 0.5) / height) * (north - south);
        view.data[at] = 128 + 127 * Math.sin(across / 7e5 + up / 3e5);
        view.data[at + 1] = 128 + 127 * Math.sin(across / 9e3);
        view.data[at + 2] = 128 + 127 * Math.sin(up / 11e3);
      }
    }
    response.writeHead(200, { "content-type": "image/png" }).end(encodePng(view));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}
