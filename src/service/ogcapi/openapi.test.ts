import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exampleApi, ROOT } from "../../../test/ogcapi-service.ts";

const MAPS =
  "https://schemas.opengis.net/ogcapi/maps/part1/1.0/openapi/ogcapi-maps-1.bundled.json#/components/";
const TILES =
  "https://schemas.opengis.net/ogcapi/tiles/part1/1.0/openapi/ogcapi-tiles-1.bundled.json#/components/";
const SET = "{tileMatrixSetId}";
const TILE = `${SET}/{tileMatrix}/{tileRow}/{tileCol}`;
const OF_ONE = "/collections/{collectionId}";

const definition = async (options: Parameters<typeof exampleApi>[0] = {}) =>
  (await exampleApi(options)).json("/api");

/** Every value of a document with the key `$ref`. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" ? [inner as string] : references(inner),
  );
}

/** What stands for the variables of paths. */
const VARIABLES: Readonly<Record<string, string>> = {
  collectionId: "c",
  tileMatrixSetId: "WebMercatorQuad",
  tileMatrix: "2",
  tileRow: "1",
  tileCol: "3",
  styleId: "default",
};

/** A value for each parameter of a query. */
const VALUES: Readonly<Record<string, string>> = {
  f: "json",
  ui: "swagger",
  crs: "[EPSG:3857]",
  bbox: "0,0,10,10",
  "bbox-crs": "[EPSG:4326]",
  center: "5,5",
  "center-crs": "[EPSG:4326]",
  subset: "Lat(0:10),Lon(0:10)",
  "subset-crs": "[EPSG:4326]",
  width: "100",
  height: "100",
  "scale-denominator": "50000000",
  "mm-per-pixel": "0.5",
  bgcolor: "red",
  transparent: "true",
  collections: "c",
};

/** What else a parameter needs. */
const WITH: Readonly<Record<string, string>> = { ui: "&f=html" };

/** Name in the query: local references are followed, the OGC's are named as the parameter. */
function nameOf(
  parameter: { readonly name?: string; readonly $ref?: string },
  document: { readonly components: { readonly parameters: Record<string, { name: string }> } },
): string {
  const name = parameter.$ref?.split("/").at(-1);
  if (name === undefined) return parameter.name!;
  return parameter.$ref!.startsWith("#") ? document.components.parameters[name]!.name : name;
}

describe("OGC API definition", () => {
  const common = ["/", "/api", "/collections", OF_ONE];
  const sets = ["/tileMatrixSets", `/tileMatrixSets/${SET}`];
  const tilesOfOne = [
    `${OF_ONE}/map/tiles`,
    `${OF_ONE}/map/tiles/${SET}`,
    `${OF_ONE}/map/tiles/${TILE}`,
  ];
  const tilesOfAll = ["/map/tiles", `/map/tiles/${SET}`, `/map/tiles/${TILE}`];
  const all = { default_dataset_layers: ["c"] };
  const styles = ["", "/{styleId}", "/{styleId}/map"].map((path) => `${OF_ONE}/styles${path}`);
  const cases: [name: string, options: Parameters<typeof exampleApi>[0], paths: string[]][] = [
    [
      "maps and tiles",
      {},
      [...common, `${OF_ONE}/map`, ...tilesOfOne, ...sets, "/conformance", ...styles],
    ],
    ["maps", { enable_tiles: false }, [...common, `${OF_ONE}/map`, "/conformance", ...styles]],
    ["tiles", { enable_maps: false }, [...common, ...tilesOfOne, ...sets, "/conformance"]],
    [
      "the whole",
      all,
      [
        ...common,
        `${OF_ONE}/map`,
        ...tilesOfOne,
        "/map",
        ...tilesOfAll,
        ...sets,
        "/conformance",
        ...styles,
        ...["/styles", "/styles/{styleId}", "/styles/{styleId}/map"],
      ],
    ],
  ];
  for (const [name, options, paths] of cases) {
    it(`services-tiles 35: lists exactly the paths of ${name}`, async () => {
      assert.deepEqual(Object.keys((await definition(options)).paths), paths);
    });

    it(`services-tiles 35: is whole in itself with ${name}`, async () => {
      const document = await definition(options);
      assert.equal(document.openapi, "3.0.2");
      const local = Object.keys(document.components.parameters);
      const used = references(document).filter((ref) => ref.startsWith("#/components/parameters/"));
      assert.deepEqual(
        new Set(used),
        new Set(local.map((key) => `#/components/parameters/${key}`)),
      );
      for (const ref of references(document)) {
        assert.ok(
          [MAPS, TILES, "#/components/"].some((base) => ref.startsWith(base)),
          ref,
        );
      }
      const ids = new Set<string>();
      for (const [path, item] of Object.entries<Record<string, never>>(document.paths)) {
        assert.deepEqual(Object.keys(item), ["get"]);
        const { operationId, summary, description, tags, parameters, responses } =
          item.get as never as {
            operationId: string;
            summary: string;
            description: string;
            tags: string[];
            parameters: object[];
            responses: Record<string, unknown>;
          };
        ids.add(operationId);
        assert.ok(summary && description);
        assert.deepEqual(tags, ["server"]);
        assert.ok("200" in responses && "400" in responses && "500" in responses);
        // what a path has in braces is declared
        const named = JSON.stringify(parameters);
        for (const [, variable] of path.matchAll(/\{(\w+)\}/g))
          assert.ok(named.includes(`/${variable}"`), path);
      }
      assert.equal(ids.size, Object.keys(document.paths).length);
    });
  }

  for (const [name, options] of cases) {
    it(`services-tiles 35: every path of ${name} answers, and knows every parameter that it declares, and no other`, async () => {
      const api = await exampleApi(options);
      const document = await api.json("/api");
      for (const path of Object.keys(document.paths)) {
        const target = path.replace(/\{(\w+)\}/g, (_, variable: string) => VARIABLES[variable]!);
        assert.equal((await api.get(target)).status, 200, target);
        for (const parameter of document.paths[path].get.parameters) {
          const parameterName = nameOf(parameter, document);
          if (path.includes(`{${parameterName}}`)) continue;
          const value = encodeURIComponent(VALUES[parameterName] ?? "");
          const query = `${parameterName}=${value}${WITH[parameterName] ?? ""}`;
          // f is one name for two things
          const asked = /\/map$|tileCol\}$/.test(path) && query === "f=json" ? "f=jpeg" : query;
          const response = await api.get(`${target}?${asked}`);
          assert.equal(response.status, 200, `${target}?${asked}: ${await response.text()}`);
        }
        assert.equal((await api.get(`${target}?zz=1`)).status, 400, target);
      }
    });
  }

  it("services-tiles 35: gives parameters in the order that clients know", async () => {
    const { paths } = await definition(all);
    const of = (path: string) =>
      paths[path].get.parameters.map((parameter: { $ref?: string; name?: string }) =>
        parameter.$ref
          ? parameter.$ref
              .replace(MAPS, "M ")
              .replace(TILES, "T ")
              .replace("#/components/", "L ")
              .replace("parameters/", "")
          : parameter.name,
      );
    const map = [
      ...[
        "L f_img",
        "L width",
        "L height",
        "M crs",
        "M bbox",
        "M bbox-crs",
        "M center",
        "M center-crs",
      ],
      ...[
        "M subset",
        "M subset-crs",
        "M scale-denominator",
        "M bgcolor",
        "M transparent",
        "M mm-per-pixel",
      ],
    ];
    const tile = [
      ...["T tileMatrix", "T tileRow", "T tileCol", "M bgcolor", "L f_img"],
      ...["M scale-denominator", "M transparent", "M mm-per-pixel", "L width", "L height"],
    ];
    assert.deepEqual(of("/api"), ["L f", "ui"]);
    assert.deepEqual(of(OF_ONE), ["L collectionId", "L f"]);
    assert.deepEqual(of(`${OF_ONE}/map`), ["L collectionId", ...map]);
    assert.deepEqual(of("/map"), ["M collections", ...map]);
    assert.deepEqual(of(`${OF_ONE}/map/tiles/${SET}`), [
      "L collectionId",
      "L tileMatrixSetId",
      "L f",
    ]);
    assert.deepEqual(of(`${OF_ONE}/map/tiles/${TILE}`), [
      "L collectionId",
      "L tileMatrixSetId",
      ...tile,
    ]);
    assert.deepEqual(of(`/map/tiles/${TILE}`), ["T collections", "L tileMatrixSetId", ...tile]);
    assert.deepEqual(of(`/tileMatrixSets/${SET}`), ["L f", "L tileMatrixSetId"]);
  });

  it("services-tiles 35: says who serves it, and how much", async () => {
    const { info, servers, tags, components } = await definition({
      max_output_pixels: [1000, 4000],
      md: {
        identification: {
          title: "Ours",
          description: "All of it",
          keywords: ["map"],
          terms_of_service: "none",
          url: "http://about",
        },
        license: { name: "CC0", url: "http://cc0" },
        contact: { name: "We", email: "we@example.org", city: "Here" },
      },
    });
    const { version, ...rest } = info;
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(rest, {
      title: "Ours",
      description: "All of it",
      "x-keywords": ["map"],
      termsOfService: "none",
      contact: { name: "We", email: "we@example.org" },
      license: { name: "CC0", url: "http://cc0" },
      "x-OGC-limits": { maps: { maxWidth: 20000, maxHeight: 20000, maxPixels: 4_000_000 } },
    });
    assert.deepEqual(servers, [{ url: ROOT, description: "All of it" }]);
    assert.deepEqual(tags, [
      {
        name: "server",
        description: "All of it",
        externalDocs: { description: "information", url: "http://about" },
      },
    ]);
    assert.equal(components.parameters.width.schema.maximum, 20000);
    assert.deepEqual(components.parameters.collectionId.schema.enum, ["a", "g", "b", "c"]);
  });

  it("services-tiles 35: has a default title, and its own media type", async () => {
    const api = await exampleApi();
    assert.equal((await definition()).info.title, "OGCAPI implementation");
    assert.equal(
      (await api.get("/api")).headers.get("content-type"),
      "application/vnd.oai.openapi+json;version=3.0",
    );
  });

  it("services-tiles 35: has two pages, and no others", async () => {
    const api = await exampleApi();
    for (const query of ["f=html", "f=html&ui=swagger", "f=html&ui=redoc"]) {
      const response = await api.get(`/api?${query}`);
      assert.equal(response.headers.get("content-type"), "text/html");
      const text = await response.text();
      assert.match(text, /\/api\?f=json/);
      assert.equal(/Try it/.test(text), !query.includes("redoc"), query);
    }
    assert.deepEqual(
      await api.problem("/api?f=html&ui=zz").catch(async () => {
        const response = await api.get("/api?f=html&ui=zz");
        return [response.status, /<p role="alert">(.*?)<\/p>/.exec(await response.text())?.[1]];
      }),
      [400, "Invalid value for ui query parameter"],
    );
    assert.deepEqual(await api.problem("/api?ui=swagger"), [
      400,
      "Invalid Parameter",
      "ui query parameter can only be used with HTML output",
    ]);
  });
});
