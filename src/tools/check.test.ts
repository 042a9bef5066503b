import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testPlatform } from "../../test/platform.ts";
import { check } from "./check.ts";

async function checked(text: string, name: string, ...flags: string[]) {
  const platform = testPlatform();
  await platform.files.write(name, new TextEncoder().encode(text));
  const lines: string[] = [];
  const terminal = {
    out: (line: string) => lines.push(line),
    err: (line: string) => lines.push(line),
  };
  return { code: await check([name, ...flags], platform, terminal), text: lines.join("\n") };
}

const GOOD = `
services: {wms: }
layers: [{name: a, title: A, sources: [c]}]
caches: {c: {sources: [s], grids: [GLOBAL_WEBMERCATOR]}}
sources: {s: {type: wms, req: {url: 'http://x/', layers: l}}}
`;

describe("check()", () => {
  it("is content with a good configuration", async () => {
    assert.deepEqual(await checked(GOOD, "a.yaml"), { code: 0, text: "" });
  });

  it("names all faults with line, path and the word that was meant", async () => {
    const { code, text } = await checked(
      GOOD.replace("sources: [s]", "sources: [t], meta_sise: [2, 2], meta_buffer: x"),
      "a.yaml",
    );
    assert.equal(code, 2);
    assert.match(text, /a\.yaml:4 {2}caches\.c\.meta_sise .*meta_size/);
    assert.match(text, /caches\.c\.meta_buffer/);
  });

  it("an unknown key is a warning in YAML and an error in TOML", async () => {
    assert.equal((await checked(`${GOOD}\nfoo: 1\n`, "a.yaml")).code, 0);
    assert.equal((await checked(`${GOOD}\nfoo: 1\n`, "a.yaml", "--strict")).code, 1);
    assert.equal((await checked("foo = 1\n[services.wms]\n", "a.toml")).code, 2);
  });

  it("speaks JSON to machines", async () => {
    const { text } = await checked(`${GOOD}\nfoo: 1\n`, "a.yaml", "--json");
    const [fault] = JSON.parse(text).faults;
    assert.deepEqual([fault.path, fault.severity, fault.line], ["foo", "warning", 7]);
  });

  it("says where a variable stands that is not set", async () => {
    const { text } = await checked(`${GOOD}parts:\n  - {a: x, b: $NO}\n`, "a.yaml");
    assert.equal(
      text,
      "warning: a.yaml:7  parts[0].b  Environment variable 'NO' is not set. Using fallback value: '$NO'",
    );
  });

  it("looks at the files and grids that the configuration names, with lines", async () => {
    const text = `
services: {wms: }
layers: [{name: a, title: A, sources: [c, "s.1"]}]
caches:
  c:
    grids: [g]
    sources: [s.1]
    cache:
      type: file
      coverage: {datasource: no.geojson, srs: "EPSG:4326"}
sources:
  s.1:
    type: wms
    req: {url: 'http://x/', layers: l}
    coverage:
      datasource: none.wkt
      srs: "EPSG:4326"
grids:
  g:
    srs: "EPSG:25832"
    origin: nw
globals:
  image:
    formats:
      f: {format: image/png, encoding_options: {no: 1}}
`;
    const { code, text: said } = await checked(text, "a.yaml");
    assert.equal(code, 2);
    assert.deepEqual(said.split("\n").slice(0, 3), [
      'error: a.yaml:25  globals.image.formats.f  unknown encoding_options: {"no":1}',
      "error: a.yaml:15  sources.s.1.coverage  failed to open none.wkt",
      "error: a.yaml:10  caches.c.cache.coverage  failed to open no.geojson",
    ]);
    assert.match(
      said,
      /^error: a\.yaml:19 {2}grids\.g {2}need a bbox for grid with SRS EPSG:25832/m,
    );
  });

  it("knows files for seeding", async () => {
    const seeds = "seeds:\n  s: {caches: [c], levels: {from: 0, too: 3}}\n";
    const { code, text } = await checked(seeds, "seed.yaml");
    assert.deepEqual(
      [code, text],
      [0, 'warning: seed.yaml:2  seeds.s.levels.too  Unknown key "too": did you mean "to"?'],
    );
    assert.equal((await checked(seeds.replace("[c]", "c"), "seed.yaml")).code, 2);
  });
});
