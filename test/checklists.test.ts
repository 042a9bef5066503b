import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const ROOT = join(import.meta.dirname, "..");

/** Lines of the checklists that end pages of the specification. */
const CHECKLISTS = { config: 47, grids: 58, seeding: 46, tools: 30 };

/** Names of all tests: what stands between the quotes behind `it(`. */
const names = ["src", "test"].flatMap((directory) =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, directory, file), "utf8");
      return [...text.matchAll(/\bit\(\s*["`]([^"`]*)/g)].map(([, name = ""]) => name);
    }),
);

describe("checklists of the specification", () => {
  for (const [page, lines] of Object.entries(CHECKLISTS)) {
    it(`${page}: each line has a test of its number`, () => {
      const heads = names.flatMap(
        (name) => new RegExp(`\\b${page} (\\d+(?:, \\d+)*):`).exec(name)?.[1]?.split(", ") ?? [],
      );
      const tested = new Set(heads.map(Number));
      const missing = Array.from({ length: lines }, (_, i) => i + 1).filter((n) => !tested.has(n));
      assert.deepEqual(missing, []);
    });
  }
});
