import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { localPlatform } from "../../src/runtime/local.ts";
import { seed } from "../../src/tools/seed.ts";
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

  it("make the same tiles of the same files", async () => {
    const directory = scratch();
    writeFileSync(`${directory}/ours.yaml`, PROXY("ours"));
    writeFileSync(`${directory}/theirs.yaml`, PROXY("theirs"));
    writeFileSync(`${directory}/seed.yaml`, SEED);
    writeFileSync(`${directory}/land.wkt`, LAND);
    const tiles = (name: string) =>
      (readdirSync(`${directory}/${name}`, { recursive: true }) as string[])
        .filter((path) => path.endsWith(".png"))
        .sort();
    const argv = ["-f", "ours.yaml", "-s", "seed.yaml"];
    const ours = await runTool(seed, argv, { platform, workingDirectory: directory });
    assert.equal(ours.code, 0, ours.out + ours.err);
    const theirs = await platform.spawn?.([PEER, "-f", "theirs.yaml", "-s", "seed.yaml"], {
      cwd: directory,
    });
    assert.equal(theirs?.code, 0, new TextDecoder().decode(theirs?.stderr));
    assert.ok(tiles("theirs").length > 50, `${tiles("theirs").length} tiles`);
    assert.deepEqual(tiles("ours"), tiles("theirs"));
  });
});
