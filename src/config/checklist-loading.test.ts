/** The checklist of the configuration's specification, lines 1 to 25, by number; 3 and 4 stand in `yaml.test.ts` too. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faultsOf, filesOf, loadText } from "../../test/config.ts";
import type { Fault } from "../core/errors.ts";
import { loadConfig } from "./load.ts";
import { readConfig } from "./read.ts";

const SOUND = `
services: {wms: }
layers: [{name: a, title: A, sources: [c]}]
caches: {c: {sources: [s], grids: [GLOBAL_WEBMERCATOR]}}
sources: {s: {type: wms, req: {url: 'http://x/', layers: 'l,m'}}}
`;

/** What a set of files says when they are merged. */
async function merged(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) {
  const raw = await readConfig("main.yaml", filesOf(files, env));
  return { ...raw, value: JSON.parse(JSON.stringify(raw.value)) };
}

const words = (faults: readonly Fault[]) =>
  faults.map(({ path, message }) => `${path}: ${message}`);

async function refusal(text: string, path?: string): Promise<string> {
  return words(await faultsOf(loadText(text, path))).join("\n");
}

async function warning(text: string): Promise<string> {
  return words((await loadText(text)).warnings).join("\n");
}

describe("checklist of the configuration: loading", () => {
  it("config 1: a tab is an error that names the line", async () => {
    const faults = await faultsOf(loadText("services:\n\twms:\n"));
    assert.equal(faults[0]?.line, 2);
    assert.match(faults[0]?.message ?? "", /line 2/);
  });

  it("config 2: a document must be a mapping", async () => {
    for (const text of ["", "# nothing", "- a", "word", "1"]) {
      assert.match(await refusal(text), /configuration not a YAML dictionary/, text);
    }
  });

  it("config 3: of equal keys the last wins", async () => {
    const { config } = await loadText(
      `${SOUND}globals: {tiles: {expires_hours: 1, expires_hours: 2}}`,
    );
    assert.equal(config.maxAge, 7200);
  });

  it("config 4: 1e5 is no number in YAML, 1.0e+5 is, and in TOML 1e5 is", async () => {
    const yaml = (number: string) => `${SOUND}globals: {cache: {max_tile_limit: ${number}}}`;
    assert.match(await refusal(yaml("1e5")), /globals\.cache\.max_tile_limit: .*"1e5".*1\.0e\+5/);
    const limit = async (text: string, path?: string) =>
      (await loadText(text, path)).config.globals.cache.max_tile_limit;
    assert.equal(await limit(yaml("1.0e+5")), 100_000);
    assert.equal(await limit("[globals.cache]\nmax_tile_limit = 1e5", "a.toml"), 100_000);
  });

  it("config 5: variables are put into values at any depth, never into keys", async () => {
    // "#" stands for "$": a "$" before a brace looks like a mistake in a string of this language
    const dollars = (text: string) => text.replaceAll("#", "$");
    const text = dollars("parts: {#A: [x#A, {k: '#{A}'}], b: 'x##A #1 #B #{B} #B'}");
    const { value, warnings } = await merged({ "main.yaml": text }, { A: "1" });
    assert.deepEqual(value.parts, { $A: ["x1", { k: "1" }], b: dollars("x#1 #1 #B #{B} #B") });
    assert.deepEqual(
      warnings.map(({ message }) => message),
      [
        "Environment variable '1' is not set. Using fallback value: '$1'",
        "Environment variable 'B' is not set. Using fallback value: '$B'",
      ],
    );
  });

  it("config 6: a number from a variable is text, and refused", async () => {
    const text = `${SOUND}globals: {cache: {meta_buffer: $N}}`;
    const faults = await faultsOf(loadConfig("a.yaml", filesOf({ "a.yaml": text }, { N: "80" })));
    assert.match(words(faults).join(), /globals\.cache\.meta_buffer: Cannot use "80"/);
  });

  it("config 7: base is relative to its file, earlier over later, a base's own lowest", async () => {
    const { value } = await merged({
      "main.yaml": "base: [sub/one.yaml, two.yaml]\nparts: {a: main}",
      "sub/one.yaml": "base: deep.yaml\nparts: {a: one, b: one}",
      "sub/deep.yaml": "parts: {a: deep, b: deep, c: deep}",
      "two.yaml": "parts: {a: two, b: two, c: two, d: two}",
    });
    assert.deepEqual(value, { parts: { a: "main", b: "one", c: "deep", d: "two" } });
    assert.deepEqual(Object.keys(value.parts), ["a", "b", "c", "d"]);
  });

  it("config 7: a base that is missing or includes itself is a fault", async () => {
    const fault = async (files: Record<string, string>) =>
      words(await faultsOf(loadConfig("main.yaml", filesOf(files)))).join();
    assert.match(await fault({ "main.yaml": "base: no.yaml" }), /Cannot find file "no\.yaml"/);
    const circle = { "main.yaml": "base: b.yaml", "b.yaml": "base: main.yaml" };
    assert.match(
      await fault(circle),
      /include a file in itself: main\.yaml -> b\.yaml -> main\.yaml/,
    );
  });

  it("config 8: mappings merge deeply, some lists are replaced, others grow behind the base's", async () => {
    const lists = ["bbox", "tile_size", "max_output_pixels", "sources", "grids", "res", "srs"];
    const of = (number: number) =>
      `parts: {x: {k${number}: 1, ${lists.map((k) => `${k}: [${number}]`)}}}`;
    const { value } = await merged({ "main.yaml": `base: b.yaml\n${of(2)}`, "b.yaml": of(1) });
    const { srs, k1, k2, ...replaced } = value.parts.x;
    assert.deepEqual([srs, k1, k2], [[1, 2], 1, 1]);
    assert.ok(Object.values(replaced).every((list) => JSON.stringify(list) === "[2]"));
  });

  it("config 9: an empty list over a list gives null, over sources an empty list", async () => {
    const { value } = await merged({
      "main.yaml": "base: b.yaml\nparts: {srs: [], sources: [], m: , s: }",
      "b.yaml": "parts: {srs: [1], sources: [1], m: {a: 1}, s: 1}",
    });
    assert.deepEqual(value.parts, { srs: null, sources: [], m: { a: 1 }, s: null });
  });

  it("config 9: anything else over a mapping is a fault", async () => {
    const files = { "main.yaml": "base: b.yaml\nparts: 1", "b.yaml": "parts: {a: 1}" };
    const faults = await faultsOf(loadConfig("main.yaml", filesOf(files)));
    assert.match(faults[0]?.message ?? "", /Cannot merge/);
  });

  it("config 10: layers merge by name in the base's order, new ones follow", async () => {
    const { value } = await merged({
      "main.yaml":
        "base: b.yaml\nlayers: [{name: c, title: C}, {name: b, sources: [y], layers: [{name: d, title: D2}]}]",
      "b.yaml":
        "layers: [{name: a, title: A}, {name: b, title: B, sources: [x], layers: [{name: d, title: D}]}]",
    });
    assert.deepEqual(value.layers, [
      { name: "a", title: "A" },
      { name: "b", title: "B", sources: ["y"], layers: [{ name: "d", title: "D2" }] },
      { name: "c", title: "C" },
    ]);
    const unnamed = {
      "main.yaml": "base: b.yaml\nlayers: [{title: C}]",
      "b.yaml": "layers: [{name: a}]",
    };
    const faults = await faultsOf(loadConfig("main.yaml", filesOf(unnamed)));
    assert.match(faults[0]?.message ?? "", /each needs a name/);
  });

  it("config 11: meta_size over a base's grows, and its first two numbers are used", async () => {
    const files = {
      "main.yaml": "base: b.yaml\nglobals: {cache: {meta_size: [8, 8]}}",
      "b.yaml": `${SOUND}globals: {cache: {meta_size: [4, 4]}}`,
    };
    const { config } = await loadConfig("main.yaml", filesOf(files));
    assert.deepEqual(config.globals.cache.meta_size, [4, 4, 8, 8]);
    assert.deepEqual(config.caches.c?.meta_size, [4, 4]);
  });

  it("config 12: anchors in parts work without a warning", async () => {
    const text = SOUND.replace("{sources: [s], ", "{<<: *common, ");
    const { config, warnings } = await loadText(`parts: {common: &common {sources: [s]}}${text}`);
    assert.deepEqual(config.caches.c?.sources, ["s"]);
    assert.deepEqual(warnings, []);
  });

  it("config 13: paths in a base are relative to the main file", async () => {
    const base = SOUND.replace(
      "{type: wms,",
      "{type: wms, coverage: {datasource: p.wkt, srs: 'EPSG:4326'},",
    );
    const files = {
      "conf/main.yaml": "base: ../lib/b.yaml",
      "conf/../lib/b.yaml": base,
      "lib/b.yaml": base,
    };
    const { config } = await loadConfig("conf/main.yaml", filesOf(files));
    assert.equal(config.directory, "conf");
  });

  it("config 14: all files are listed with their times, to be watched", async () => {
    const { files } = await merged({ "main.yaml": "base: b.yaml", "b.yaml": "parts: {}" });
    assert.deepEqual(files, [
      { path: "main.yaml", modified: 1000 },
      { path: "b.yaml", modified: 1000 },
    ]);
  });
});

describe("checklist of the configuration: checks", () => {
  it("config 15: an unknown key is a warning in YAML, an error in TOML, with the nearest word", async () => {
    const text = SOUND.replace("{sources: [s],", "{sources: [s], meta_sise: [1, 1],");
    assert.match(await warning(text), /caches\.c\.meta_sise: Unknown key "meta_sise".*meta_size/);
    assert.match(await refusal("[globals]\nfoo = 1", "a.toml"), /globals\.foo: Unknown key/);
  });

  it("config 16: a wrong type names path, value, what is expected, and the line", async () => {
    const text = SOUND.replace("grids: [GLOBAL_WEBMERCATOR]", "grids: GLOBAL_WEBMERCATOR");
    const [fault] = await faultsOf(loadText(text));
    assert.deepEqual([fault?.path, fault?.line], ["caches.c.grids", 4]);
    assert.match(fault?.message ?? "", /"GLOBAL_WEBMERCATOR": expected a list/);
  });

  it("config 16: a list where a mapping belongs is a wrong type too", async () => {
    for (const [old, now, path] of [
      ["services: {wms: }", "services: []", "services"],
      ["{wms: }", "{wms: []}", "services.wms"],
      [/^caches: .*$/m, "caches: [a]", "caches"],
      [/^caches: .*$/m, "caches: {c: [s]}", "caches.c"],
      [/^sources: .*$/m, "sources: {s: {type: wms, req: []}}", "sources.s.req"],
    ] as const) {
      const [fault] = await faultsOf(loadText(SOUND.replace(old, now)));
      assert.equal(fault?.path, path);
      assert.match(fault?.message ?? "", /expected a mapping, not a list/, now);
    }
  });

  it("config 16: what must be there and is not is a warning", async () => {
    assert.match(await warning("parts: {}"), /'services' is a required property in root/);
    assert.match(await warning("services: {tms: }"), /'layers' is a required property in root/);
    assert.equal(await warning("services: {demo: }"), "");
  });

  it("config 16: all faults are told, not only the first", async () => {
    const text = SOUND.replace("title: A, ", "")
      .replace("[s]", "1")
      .replace("type: wms", "type: wsm");
    const faults = await faultsOf(loadText(text));
    assert.ok(faults.length >= 3, words(faults).join("\n"));
  });

  it("config 17: empty is a mapping where one belongs, and refused where text does", async () => {
    assert.deepEqual(words((await loadText(`${SOUND}globals: {http: , cache: }`)).warnings), []);
    assert.match(
      await refusal(SOUND.replace("title: A", "title: ")),
      /layers\[0\]\.title: .*empty/,
    );
  });

  it("config 18: a missing title", async () => {
    assert.match(
      await refusal(SOUND.replace("title: A, ", "")),
      /layers\[0\].*Missing key "title"/,
    );
  });

  it("config 19: unknown types of sources and caches, with the nearest word", async () => {
    assert.match(
      await refusal(SOUND.replace("type: wms", "type: wsm")),
      /sources\.s\.type: .*"wsm".*wms/,
    );
    const cache = (options: string) =>
      SOUND.replace("{sources: [s],", `{sources: [s], cache: ${options},`);
    assert.match(await refusal(cache("{type: fiel}")), /caches\.c\.cache\.type: .*"fiel".*file/);
    assert.match(await refusal(cache("{directory: x}")), /caches\.c\.cache: Missing key "type"/);
    assert.match(await refusal(cache("{}")), /caches\.c\.cache: Empty mapping/);
  });

  const references: [string, string, string, RegExp][] = [
    [
      "layer",
      "sources: [c]",
      "sources: [x]",
      /Source 'x' for layer 'a' not in cache or source section/,
    ],
    [
      "tile source",
      "sources: [c]",
      "tile_sources: [s]",
      /Tile source 's' for layer 'a' not in cache section/,
    ],
    ["cache", "sources: [s]", "sources: [x]", /Source 'x' for cache 'c' not found in config/],
    ["grid", "[GLOBAL_WEBMERCATOR]", "[G]", /Grid 'G' for cache 'c' not found in config/],
    ["wms", ", layers: 'l,m'", "", /Missing 'layers' for source 's'/],
    [
      "tag",
      "sources: [s]",
      "sources: ['s:l,x,y']",
      /Supported layers for source 's' are 'l, m' but tagged source requested layers 'l, x, y'/,
    ],
    [
      "tagged type",
      "sources: [s]",
      "sources: ['d:l']",
      /Found tagged source 'd' in cache 'c' but tagged sources only supported for 'wms, mapserver, mapnik' sources/,
    ],
    [
      "bands",
      "sources: [s]",
      "sources: {l: [{source: s, band: 0}], r: [{source: s, band: 0}]}",
      /Cannot combine 'l' band with bands in cache 'c'/,
    ],
  ];
  for (const [what, old, now, message] of references) {
    it(`config 20: references: ${what}`, async () => {
      const text = SOUND.replace(old, now).replace(
        "sources: {s:",
        "sources: {d: {type: debug}, s:",
      );
      const found = await loadText(text).then(
        (loaded) => loaded.warnings,
        (error) => error.faults as Fault[],
      );
      assert.match(words(found).join("\n"), message);
    });
  }

  it("config 21: a broken cache that nothing uses is a warning", async () => {
    const text = SOUND.replace(
      "caches: {",
      "caches: {broken: {sources: [nothing], grids: [NONE]}, ",
    );
    assert.match(await warning(text), /Source 'nothing' for cache 'broken' not found in config/);
  });

  it("config 23: an unknown service is fatal, in YAML too", async () => {
    assert.match(
      await refusal(SOUND.replace("wms:", "foo:")),
      /services\.foo: unknown service: foo/,
    );
  });

  it("config 24: a tree without anything to draw", async () => {
    for (const now of ["sources: []", "tile_sources: [c]"]) {
      assert.match(await refusal(SOUND.replace("sources: [c]", now)), /found no WMS layer/);
      const api = SOUND.replace("sources: [c]", now).replace("wms:", "ogcapi: {}");
      assert.match(await refusal(api), /found no layer/);
    }
  });

  it("caches and layers in circles are faults that name the circle", async () => {
    const text = SOUND.replace("[s]", "[d]").replace(
      "caches: {",
      "caches: {d: {sources: [c], grids: [GLOBAL_WEBMERCATOR]}, ",
    );
    assert.match(await refusal(text), /Cannot use a cache as source of itself: /);
  });
});
