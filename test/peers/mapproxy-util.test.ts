import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { localPlatform } from "../../src/runtime/local.ts";
import { util } from "../../src/tools/util.ts";
import { runTool } from "../tools.ts";
import { needs, run, scratch } from "./programs.ts";

const CONFIG = `
services: {tms: }
layers: [{name: a, title: A, sources: [c]}]
caches: {c: {grids: [sqrt2, local], sources: []}}
grids:
  sqrt2: {base: GLOBAL_GEODETIC, res_factor: sqrt2}
  local: {srs: 'EPSG:25832', bbox: [5, 45, 15, 55], bbox_srs: 'EPSG:4326', origin: nw, num_levels: 12}
`;

/** Command lines whose output is read by scripts: equal to the last character. */
const LINES = [
  ["scales", "-l", "4", "--as-res-config", "100000"],
  ["scales", "--dpi", "96", "100000", "50000", "25000", "10000"],
  ["scales", "--repeat", "-l", "7", "1000", "500", "250"],
  ["scales", "--unit", "d", "--res-to-scale", "-l", "3", "10", "5"],
  ["grids", "m.yaml", "-l"],
  ["grids", "m.yaml", "-l", "--all"],
  ["grids", "m.yaml", "-g", "LOCAL"],
  ["grids", "m.yaml", "-g", "global_webmercator"],
];

describe("mapproxy-util", await needs("mapproxy-util"), () => {
  for (const argv of LINES) {
    it(`prints what we print: ${argv.join(" ")}`, async () => {
      const directory = await scratch();
      await writeFile(`${directory.path}/m.yaml`, CONFIG);
      const theirs = await run("mapproxy-util", atPath(argv, directory.path));
      const ours = await runTool(util, argv, {
        platform: localPlatform(),
        workingDirectory: directory.path,
      });
      await directory.dispose();
      // its log is on the output, too
      const lines = theirs.split("\n").filter((line) => !/^\[.* - WARNING - /.test(line));
      assert.deepEqual(ours.out.trimEnd().split("\n"), lines.join("\n").trimEnd().split("\n"));
    });
  }
});

function atPath(argv: readonly string[], directory: string): string[] {
  return argv.map((word) => (word === "m.yaml" ? `${directory}/m.yaml` : word));
}
