import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { loadText } from "../../test/config.ts";
import { testPlatform } from "../../test/platform.ts";
import { runTool } from "../../test/tools.ts";
import type { PlainMap } from "../config/plain.ts";
import { parseToml } from "../config/toml.ts";
import { writeToml } from "../config/write-toml.ts";
import { config } from "./config.ts";

const YAML = `
base: other.toml
services:      # those that are on
  demo:
  wms: {srs: ['EPSG:3857'], md: {title: "Name: $TITLE"}}
  tms:
    use_grid_names: yes
layers:
- {name: b, title: B, sources: [c]}
- name: a
  title: A
  layers: [{name: d, title: "D\\nd", sources: ['s:l']}]
caches:
  c: {grids: [GLOBAL_WEBMERCATOR], sources: [s], meta_buffer: 0, image: {}}
sources:
  s:
    type: wms
    req: {url: 'http://x/?map=a', layers: l, transparent: true}
    http:
    on_error: {404: {response: [255, 0, 0], cache: False}}
globals: {tiles: {expires_hours: 1.5}, cache: {max_tile_limit: 1.0e+5}}
`;

async function run(files: Readonly<Record<string, string>>, ...argv: string[]) {
  const platform = testPlatform();
  for (const [name, text] of Object.entries(files)) {
    await platform.files.write(`/home/user/${name}`, new TextEncoder().encode(text));
  }
  return { platform, ...(await runTool(config, argv, { platform })) };
}

const meaning = async (text: string, path: string) =>
  JSON.stringify({ ...(await loadText(text.replace(/^base.*$/m, ""), path)).config, file: "" });

describe("config()", () => {
  it("converts YAML to TOML and back: the same configuration, keys in the same order", async () => {
    const toml = await run({ "a.yaml": YAML }, "convert", "a.yaml");
    assert.deepEqual([toml.code, toml.err], [0, "warning: Comments were left out"]);
    assert.match(toml.out, /^base = "other\.toml"$/m);
    assert.match(toml.out, /^title = "Name: \$TITLE"$/m);
    assert.match(toml.out, /^\[services\.demo\]$/m);
    assert.equal(await meaning(toml.out, "a.toml"), await meaning(YAML, "a.yaml"));
    const yaml = await run({ "a.toml": toml.out }, "convert", "a.toml");
    assert.equal(await meaning(yaml.out, "a.yaml"), await meaning(YAML, "a.yaml"));
    const again = await run({ "a.yaml": yaml.out }, "convert", "a.yaml");
    assert.equal(again.out, toml.out);
  });

  it("writes a file, but over another one only with --force", async () => {
    const files = { "a.yaml": YAML, "b.toml": "x = 1" };
    const argv = ["convert", "a.yaml", "-o", "b.toml"];
    assert.equal((await run(files, ...argv)).code, 2);
    const { code, platform } = await run(files, ...argv, "--force");
    const bytes = (await platform.files.read("/home/user/b.toml"))?.bytes;
    assert.deepEqual([code, new TextDecoder().decode(bytes).slice(0, 4)], [0, "base"]);
  });

  it("says what TOML cannot hold", async () => {
    const { code, err } = await run({ "a.yaml": "layers: [a, ]\nparts: [~]" }, "convert", "a.yaml");
    assert.deepEqual([code, /parts\[0\].*no empty values/.test(err)], [2, true]);
    const dropped = await run({ "a.yaml": "globals: {cache: {base_dir: }}" }, "convert", "a.yaml");
    assert.equal(dropped.err, "warning: globals.cache.base_dir is empty: left out");
  });

  it("refuses files it cannot read, and wrong usage", async () => {
    const bad = await run({ "a.yaml": "a: [\nb" }, "convert", "a.yaml");
    assert.deepEqual([bad.code, /line \d/.test(bad.err)], [2, true]);
    assert.equal((await run({}, "convert", "no.yaml")).code, 2);
    assert.equal((await run({}, "turn", "no.yaml")).code, 2);
  });

  it("any value without empty ones comes back from TOML as it was", () => {
    const key = fc
      .string({ unit: "grapheme", maxLength: 6 })
      .filter((k) => !/^(__proto__|constructor|prototype)$/.test(k));
    const leaf = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.boolean(),
      fc.integer(),
      fc.double({ noNaN: true }).map((n) => (n === 0 ? 0 : n)),
    );
    const { map } = fc.letrec<{ map: object; value: unknown }>((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie("value"), { maxLength: 3 }), tie("map")),
      map: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(map, (value) => {
        const { text } = writeToml(value as PlainMap, () => false);
        const read = parseToml({ path: "a.toml", text }, new WeakMap());
        // tables come behind plain values: the order of those two kinds is not kept
        assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 300 },
    );
  });
});
