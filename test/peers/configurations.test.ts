/**
 * What MapProxy's check of options accepts is accepted, and what it refuses is refused: a configuration with every
 * option, each replaced by values of other kinds, one at a time.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Plain } from "../../src/config/plain.ts";
import { parseYaml } from "../../src/config/yaml.ts";
import { ConfigError } from "../../src/core/errors.ts";
import { loadText } from "../config.ts";
import { needsPython, run, scratch } from "./programs.ts";

const python = await needsPython("mapproxy");

const VALUES: readonly Plain[] = [
  ...[null, 1, -1, 1.5, "x", "5", true],
  ...[[], {}, ["x"], [1], [[1]], { x: 1 }],
];

/** Where MapProxy's check lets something pass that Rhumb refuses, and why. */
const STRICTER: readonly [path: RegExp, why: string][] = [
  [/^(services|layers)$/, "MapProxy fails later: nothing to serve"],
  [
    /^(caches|sources|grids)$|\.(grids|sources|tile_sources)(\.|$)/,
    "MapProxy fails later: names nothing",
  ],
  [
    /\.(tile_size|meta_size|res_factor|upscale_tiles|downscale_tiles)$/,
    "MapProxy fails later: not usable",
  ],
  [/\.(resampling_method|spacing|origin)$|featureinfo_types/, "a word that means nothing"],
  [/^services\.wms\.(bbox_srs\.|md\.contact$)/, "an entry that says nothing"],
  [/\.dimensions\.time\.values$/, "MapProxy fails later: not a time"],
  [/\.req\.(url|map|layers|transparent)$/, "a list, a mapping or nothing where text belongs"],
];

/** Where Rhumb accepts what MapProxy refuses, and why. */
const LOOSER: readonly [path: RegExp, value: (value: Plain) => boolean, why: string][] = [
  [/^services\./, (value) => value === null, "an empty option of a service counts as not given"],
  [/bbox_srs\.1\.bbox$/, (value) => typeof value === "string", "text, as everywhere else"],
  [/response\.\d$|\.dpi$|tile_size\.\d$/, (value) => value === 1.5, "is rounded or refused later"],
  [/access_control_allow_origin$/, Array.isArray, "an empty one counts as not given"],
];

/** Python takes `true` for a whole number; nobody means that. */
const isTrueAsNumber = (value: Plain) => value === true;

/** Copies of a tree with one value replaced, for each of its places. */
function* replaced(root: Plain): Generator<{ path: string; value: Plain; text: string }> {
  for (const path of places(root)) {
    for (const value of VALUES) {
      const copy = JSON.parse(JSON.stringify(root));
      let holder = copy;
      for (const key of path.slice(0, -1)) holder = holder[key];
      holder[path.at(-1)!] = value; // no place is empty
      yield { path: path.join("."), value, text: JSON.stringify(copy) };
    }
  }
}

function* places(value: Plain, at: readonly string[] = []): Generator<readonly string[]> {
  if (at.length > 0) yield at;
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) yield* places(item, [...at, key]);
}

async function isAccepted(text: string): Promise<boolean> {
  try {
    await loadText(text);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

describe("configurations", python, () => {
  it("are accepted and refused as MapProxy's check of options does", async () => {
    const text = readFileSync(join(import.meta.dirname, "everything.yaml"), "utf8");
    const root = parseYaml({ path: "everything.yaml", text }, new WeakMap());
    const cases = [...replaced(root)];
    const folder = await scratch();
    try {
      const file = join(folder.path, "cases.json");
      await writeFile(file, `[${[JSON.stringify(root), ...cases.map((c) => c.text)].join(",")}]`);
      const program = join(import.meta.dirname, "configurations.py");
      const [whole, ...theirs] = JSON.parse(await run("/usr/bin/python3", [program, file]));
      assert.ok(whole && (await isAccepted(text)), "the configuration itself");
      const counts = { accepted: 0, refused: 0 };
      for (const [i, { path, value, text: changed }] of cases.entries()) {
        const ours = await isAccepted(changed);
        if (ours === theirs[i]) counts[ours ? "accepted" : "refused"]++;
        else if (theirs[i]) {
          const isKnown = isTrueAsNumber(value) || STRICTER.some(([place]) => place.test(path));
          assert.ok(isKnown, `${path} = ${JSON.stringify(value)} is refused, MapProxy takes it`);
        } else {
          const isKnown = LOOSER.some(([place, fits]) => place.test(path) && fits(value));
          assert.ok(isKnown, `${path} = ${JSON.stringify(value)} is taken, MapProxy refuses it`);
        }
      }
      assert.ok(counts.accepted > 650 && counts.refused > 3000, JSON.stringify(counts));
    } finally {
      await folder.dispose();
    }
  });
});
