/** The operations of the API as its definition lists them: which paths, which parameters. */
import type { OgcApiSettings } from "./settings.ts";

/** The OGC's own definitions, which ours refers to. */
export const OGC_MAPS =
  "https://schemas.opengis.net/ogcapi/maps/part1/1.0/openapi/ogcapi-maps-1.bundled.json#/components/";
export const OGC_TILES =
  "https://schemas.opengis.net/ogcapi/tiles/part1/1.0/openapi/ogcapi-tiles-1.bundled.json#/components/";

/** One operation; all are GET. */
export interface ApiOperation {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  /** `local:name`, `maps:name` or `tiles:name`: which document defines the parameter. */
  readonly parameters: readonly string[];
  /** Names of the response for 200, ours if absent, and, where an answer may be empty, for 204. */
  readonly ok?: string;
  readonly empty?: string;
  readonly mayBeMissing?: boolean;
  /** Document that defines the responses. */
  readonly base: string;
}

const maps = (...names: readonly string[]) => names.map((name) => `maps:${name}`);
const tiles = (...names: readonly string[]) => names.map((name) => `tiles:${name}`);
const local = (...names: readonly string[]) => names.map((name) => `local:${name}`);

const COLLECTION = "/collections/{collectionId}";
const SET = "{tileMatrixSetId}";
const TILE = "{tileMatrix}/{tileRow}/{tileCol}";

const MAP_PARAMETERS = [
  ...local("f_img", "width", "height"),
  ...maps("crs", "bbox", "bbox-crs", "center", "center-crs", "subset", "subset-crs"),
  ...maps("scale-denominator", "bgcolor", "transparent", "mm-per-pixel"),
];

/** Operations of what is switched on, in the order of the definition. */
export function apiOperations(settings: OgcApiSettings): ApiOperation[] {
  const { hasMaps, hasTiles, dataset } = settings;
  return [
    ...common(),
    ...(hasMaps ? [collectionMap()] : []),
    ...(hasTiles ? collectionTiles(hasMaps) : []),
    ...(hasMaps && dataset ? [datasetMap()] : []),
    ...(hasTiles && dataset ? datasetTiles(hasMaps) : []),
    ...(hasTiles ? matrixSets() : []),
    {
      path: "/conformance",
      id: "getConformanceDeclaration",
      summary: "Which standards hold",
      parameters: local("f"),
      ok: "Conformance",
      base: OGC_MAPS,
    },
    ...(hasMaps ? collectionStyles() : []),
    ...(hasMaps && dataset ? datasetStyles() : []),
  ];
}

function common(): ApiOperation[] {
  const base = OGC_MAPS;
  return [
    {
      path: "/",
      id: "getLandingPage",
      summary: "Landing page",
      parameters: local("f"),
      ok: "LandingPage",
      base,
    },
    {
      path: "/api",
      id: "getOpenapi",
      summary: "This definition",
      parameters: [...local("f"), "inline:ui"],
      ok: "API",
      base,
    },
    {
      path: "/collections",
      id: "getCollections",
      summary: "All collections",
      parameters: local("f"),
      ok: "CollectionsList",
      base,
    },
    {
      path: COLLECTION,
      id: "getCollection",
      summary: "One collection",
      parameters: local("collectionId", "f"),
      ok: "Collection",
      mayBeMissing: true,
      base,
    },
  ];
}

function collectionMap(): ApiOperation {
  return {
    path: `${COLLECTION}/map`,
    id: "collection.getMap",
    summary: "Map of a collection",
    parameters: [...local("collectionId"), ...MAP_PARAMETERS],
    ok: "Map",
    empty: "EmptyMap",
    mayBeMissing: true,
    base: OGC_MAPS,
  };
}

/** Ours beyond what clients of the reference know. */
function collectionStyles(): ApiOperation[] {
  const path = `${COLLECTION}/styles`;
  const shared = { mayBeMissing: true, base: OGC_MAPS } as const;
  return [
    {
      path,
      id: "collection.getStyles",
      summary: "Styles of a collection",
      parameters: local("collectionId", "f"),
      ...shared,
    },
    {
      path: `${path}/{styleId}`,
      id: "collection.getStyle",
      summary: "One style of a collection",
      parameters: local("collectionId", "styleId", "f"),
      ...shared,
    },
    {
      path: `${path}/{styleId}/map`,
      id: "collection.style.getMap",
      summary: "Map of a collection in a style",
      parameters: [...local("collectionId", "styleId"), ...MAP_PARAMETERS],
      ok: "Map",
      ...shared,
    },
  ];
}

function datasetStyles(): ApiOperation[] {
  const shared = { mayBeMissing: true, base: OGC_MAPS } as const;
  return [
    {
      path: "/styles",
      id: "dataset.getStyles",
      summary: "Styles of the whole",
      parameters: local("f"),
      base: OGC_MAPS,
    },
    {
      path: "/styles/{styleId}",
      id: "dataset.getStyle",
      summary: "One style of the whole",
      parameters: local("styleId", "f"),
      ...shared,
    },
    {
      path: "/styles/{styleId}/map",
      id: "dataset.style.getMap",
      summary: "Map of the whole in a style",
      parameters: [...maps("collections"), ...local("styleId"), ...MAP_PARAMETERS],
      ok: "Map",
      ...shared,
    },
  ];
}

function datasetMap(): ApiOperation {
  return {
    path: "/map",
    id: "dataset.getMap",
    summary: "Map of the whole",
    parameters: [...maps("collections"), ...MAP_PARAMETERS],
    ok: "Map",
    base: OGC_MAPS,
  };
}

function tileParameters(hasMaps: boolean): string[] {
  return [
    ...tiles("tileMatrix", "tileRow", "tileCol"),
    ...maps("bgcolor"),
    ...local("f_img"),
    ...(hasMaps
      ? [...maps("scale-denominator", "transparent", "mm-per-pixel"), ...local("width", "height")]
      : []),
  ];
}

function collectionTiles(hasMaps: boolean): ApiOperation[] {
  const path = `${COLLECTION}/map/tiles`;
  const shared = { mayBeMissing: true, base: OGC_TILES } as const;
  return [
    {
      path,
      id: "collection.map.getTileSetsList",
      summary: "Tile sets of a collection",
      parameters: local("collectionId", "f"),
      ok: "TileSetsList",
      ...shared,
    },
    {
      path: `${path}/${SET}`,
      id: "collection.map.getTileSet",
      summary: "One tile set of a collection",
      parameters: local("collectionId", "tileMatrixSetId", "f"),
      ok: "TileSet",
      ...shared,
    },
    {
      path: `${path}/${SET}/${TILE}`,
      id: "collection.map.getTile",
      summary: "Tile of a collection",
      parameters: [...local("collectionId", "tileMatrixSetId"), ...tileParameters(hasMaps)],
      ok: "MapTile",
      empty: "EmptyTile",
      ...shared,
    },
  ];
}

function datasetTiles(hasMaps: boolean): ApiOperation[] {
  const path = "/map/tiles";
  const shared = { mayBeMissing: true, base: OGC_TILES } as const;
  return [
    {
      path,
      id: "dataset.map.getTileSetsList",
      summary: "Tile sets of the whole",
      parameters: local("f"),
      ok: "TileSetsList",
      ...shared,
    },
    {
      path: `${path}/${SET}`,
      id: "dataset.map.getTileSet",
      summary: "One tile set of the whole",
      parameters: local("tileMatrixSetId", "f"),
      ok: "TileSet",
      ...shared,
    },
    {
      path: `${path}/${SET}/${TILE}`,
      id: "dataset.map.getTile",
      summary: "Tile of the whole",
      parameters: [
        ...tiles("collections"),
        ...local("tileMatrixSetId"),
        ...tileParameters(hasMaps),
      ],
      ok: "MapTile",
      empty: "EmptyTile",
      ...shared,
    },
  ];
}

function matrixSets(): ApiOperation[] {
  return [
    {
      path: "/tileMatrixSets",
      id: "listTileMatrixSets",
      summary: "Tile matrix sets",
      parameters: local("f"),
      ok: "TileMatrixSetsList",
      base: OGC_TILES,
    },
    {
      path: `/tileMatrixSets/${SET}`,
      id: "describeTileMatrixSet",
      summary: "One tile matrix set",
      parameters: local("f", "tileMatrixSetId"),
      ok: "TileMatrixSet",
      base: OGC_TILES,
    },
  ];
}
