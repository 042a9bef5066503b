import assert from "node:assert/strict";
import { accessSync, mkdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { localPlatform } from "../../src/runtime/local.ts";
import { exportTool } from "../../src/tools/export/export.ts";
import { pngTile } from "../contract/tile-cache.ts";
import { scratch } from "../scratch.ts";
import { runTool } from "../tools.ts";
import { run } from "./programs.ts";

/** A Python of its own: Debian's GDAL is older than its support for PMTiles (3.8). */
const PYTHON = fileURLToPath(new URL("../../.ci/tools/gdal/bin/python", import.meta.url));

const LEVELS = 7;

const CONFIG = `
services: {tms: }
layers: [{name: a, title: A, sources: [c]}]
grids: {xyz: {base: GLOBAL_WEBMERCATOR, origin: nw}}
caches: {c: {grids: [xyz], sources: [], cache: {type: file, directory: ./tiles, directory_layout: tms}}}
`;

/** GDAL shows an archive as a directory; all that it finds there. */
const LIST = "import json, pyogrio, sys; print(json.dumps(pyogrio.vsi_listtree(sys.argv[1])))";

describe("PMTiles that we have written, in GDAL", { skip: reasonToSkip() }, () => {
  it("hold the tiles that were exported, and no others", async () => {
    const directory = scratch();
    writeFileSync(`${directory}/m.yaml`, CONFIG);
    const expected: string[] = [];
    for (let level = 0; level < LEVELS; level++) {
      for (let x = 0; x < 2 ** level; x++) {
        mkdirSync(`${directory}/tiles/${level}/${x}`, { recursive: true });
        for (let y = 0; y < 2 ** level; y++) {
          if (level > 2 && (x * 7 + y * 3) % 5 === 0) continue; // holes
          expected.push(`${level}/${x}/${y}.png`);
          writeFileSync(`${directory}/tiles/${expected.at(-1)}`, pngTile(level, x, y).bytes);
        }
      }
    }
    const options = ["--source", "c", "--grid", "xyz", "--levels", `0..${LEVELS - 1}`];
    const { code, out } = await runTool(
      exportTool,
      ["-f", "m.yaml", ...options, "--type", "pmtiles", "--dest", "a.pmtiles"],
      { platform: localPlatform(), workingDirectory: directory },
    );
    assert.equal(code, 0, out);
    const archive = `/vsipmtiles/${directory}/a.pmtiles/`;
    const listed: string[] = JSON.parse(await run(PYTHON, ["-c", LIST, archive]));
    const found = listed.map((path) => path.slice(archive.length));
    assert.deepEqual(found.filter((name) => name.endsWith(".png")).sort(), expected.sort());
    assert.ok(found.includes("metadata.json"));
  });
});

function reasonToSkip(): string | false {
  try {
    accessSync(PYTHON);
    return false;
  } catch {
    return "no GDAL that reads PMTiles: pip install pyogrio, in .ci/tools/gdal";
  }
}
