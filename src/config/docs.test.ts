import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadText } from "../../test/config.ts";
import { configJsonSchema } from "./json-schema.ts";
import { optionPages } from "./option-tables.ts";

const root = join(import.meta.dirname, "../..");
const text = (path: string) => readFileSync(join(root, path), "utf8");
const files = (directory: string, end: RegExp) =>
  readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
    .filter((name) => end.test(name))
    .map((name) => `${directory}/${name}`);

describe("what is made from the schemas", () => {
  it("etc/config.schema.json is current (else: npm run build:schema)", () => {
    assert.ok(text("etc/config.schema.json") === configJsonSchema(), "it is not");
  });

  it("the pages of docs/config/options are current (else: npm run build:schema)", () => {
    for (const [name, page] of optionPages()) {
      assert.ok(text(`docs/config/options/${name}`) === page, `docs/config/options/${name} is not`);
    }
  });

  it("the schema for editors knows each section and each kind", () => {
    const schema = JSON.parse(configJsonSchema());
    assert.deepEqual(Object.keys(schema.properties).slice(0, 6), [
      "services",
      "layers",
      "caches",
      "sources",
      "grids",
      "globals",
    ]);
    const kinds = JSON.stringify(schema.properties.sources);
    for (const kind of ["wms", "tile", "arcgis", "mapnik"])
      assert.match(kinds, new RegExp(`"${kind}"`));
  });
});

/** What an excerpt is part of: sections that it does not show. */
const AROUND = {
  services: "services: {wms: {}}",
  layers: "layers: [{name: osm, title: OSM, sources: [osm_cache]}]",
  caches: "caches: {osm_cache: {grids: [GLOBAL_WEBMERCATOR], sources: [osm_wms]}}",
  sources:
    'sources: {osm_wms: {type: wms, req: {url: "http://maps.example.org/wms?", layers: osm}}}',
};

function completed(body: string): string {
  const missing = Object.entries(AROUND).filter(([key]) => !new RegExp(`^${key}:`, "m").test(body));
  return [body, ...missing.map(([, section]) => section)].join("\n");
}

/** Fenced blocks of a page that hold a configuration, or sections of one. */
function blocks(page: string): { language: string; body: string }[] {
  return [...page.matchAll(/^```(yaml|toml)\n([\s\S]*?)^```$/gm)].map(([, language, body]) => ({
    language: language ?? "",
    body: body ?? "",
  }));
}

describe("configurations in the documentation", () => {
  for (const path of ["README.md", ...files("docs", /\.md$/)]) {
    for (const [i, { language, body }] of blocks(text(path)).entries()) {
      if (/^(?:seeds|cleanups)|^\[(?:seeds|cleanups)/m.test(body)) continue; // files for seeding
      it(`${path}: block ${i + 1}`, async () => {
        await loadText(language === "yaml" ? completed(body) : body, `doc.${language}`);
      });
    }
  }
});
