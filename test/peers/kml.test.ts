/** Super-overlays as a globe walks them, against the official schema (OGC 07-147r2) and their own rules. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { childElements, descend, type Element, readXml, textOf } from "../../src/core/xml-tree.ts";
import { kmlService } from "../../src/service/kml/index.ts";
import { fakeTiles, gridOf, routed, type Send, serviceDeps, started } from "../tile-service.ts";
import { type Linter, linter, needsSchemas } from "./xmllint.ts";

/** Deep enough to have levels between the first and the last. */
const LEVELS = 4;
/** Degrees: edges are written with fewer digits than they are computed with. */
const ROUNDING = 1e-6;

async function globe(name: string): Promise<Send> {
  const tiles = fakeTiles("world", gridOf(name, { num_levels: LEVELS }));
  return routed([await started(kmlService, {}, serviceDeps([tiles]))]);
}

/** North, south, east, west in degrees of what a Region covers. */
function region(element: Element): number[] {
  const box = descend(element, "Region", "LatLonAltBox");
  assert.ok(box, "a Region with a LatLonAltBox");
  return ["north", "south", "east", "west"].map((side) => Number(textOf(descend(box, side))));
}

/** Walks all links from the first document; calls `visit` with the text of each one. */
async function walk(send: Send, visit: (text: string) => Promise<void> = async () => {}) {
  const seen = new Set<string>();
  const pictures = new Set<string>();
  const open = ["/kml/world/"];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    assert.ok(!seen.has(path), `${path} is linked once`);
    seen.add(path);
    const response = await send(path);
    assert.equal(response.status, 200, path);
    const text = await response.text();
    await visit(text);
    const document = descend(readXml(text), "Document")!; // asserted by the next line
    assert.ok(document, path);
    const [north = 0, south = 0, east = 0, west = 0] = region(document);
    assert.ok(north > south && east > west && north <= 90 && south >= -90, path);
    for (const link of childElements(document, "NetworkLink")) {
      const [n = 0, s = 0, e = 0, w = 0] = region(link);
      assert.ok(n <= north + ROUNDING && s >= south - ROUNDING, `${path}: links lie inside`);
      assert.ok(e <= east + ROUNDING && w >= west - ROUNDING, `${path}: links lie inside`);
      open.push(new URL(textOf(descend(link, "Link", "href")) ?? "").pathname);
    }
    for (const overlay of childElements(document, "GroundOverlay")) {
      pictures.add(new URL(textOf(descend(overlay, "Icon", "href")) ?? "").pathname);
    }
  }
  return { documents: seen.size, pictures };
}

describe("KML super-overlays", () => {
  for (const grid of ["GLOBAL_WEBMERCATOR", "GLOBAL_GEODETIC"]) {
    it(`${grid}: regions nest, each document is linked once, each picture answers, links end`, async () => {
      const send = await globe(grid);
      const { documents, pictures } = await walk(send);
      assert.ok(documents > 4 ** (LEVELS - 2), `${documents} documents`);
      // Each document but the first stands for a tile, and so has its picture.
      assert.equal(pictures.size, documents - 1);
      for (const path of pictures) assert.equal((await send(path)).status, 200, path);
    });
  }
});

describe("KML against the official schema", await needsSchemas(), () => {
  let lint: Linter;
  before(async () => {
    lint = await linter();
  });
  after(() => lint.dispose());

  it("services-tiles 16: documents with links, and those of the last level, are valid", async () => {
    const texts: string[] = [];
    await walk(await globe("GLOBAL_WEBMERCATOR"), async (text) => void texts.push(text));
    for (const text of [texts[0]!, texts.at(-1)!]) {
      await lint.bySchema(text, "kml/2.2.0/ogckml22.xsd");
    }
  });
});
