import { xml } from "../../core/xml.ts";
import { type Grid, resolution } from "../../grid/grid.ts";
import { levelBBox, sizeOf } from "../../grid/tiles.ts";
import { publishedSrs } from "../../grid/tms-json.ts";
import type { LayerNode } from "../../model/layer.ts";
import { extentBBox } from "../../srs/extent.ts";
import { crsUri } from "../../srs/uri.ts";
import { href } from "../demo/page.ts";
import { tileLimits } from "../tile-limits.ts";
import { commonExtent, fitsGrid } from "./body.ts";
import { findCollection } from "./collections.ts";
import type { Document } from "./document.ts";
import { facts, linkList, type PageMap } from "./html.ts";
import { bothForms, type Link, REL, segment, selfLinks } from "./links.ts";
import { findMatrixSet, matrixSetUri } from "./matrix-sets.ts";
import { apiError } from "./params.ts";
import type { DocumentContext } from "./state.ts";

/** Whose tiles are described: one collection's, or those of the whole. */
export interface TileScope {
  /** `undefined`: the whole. */
  readonly id: string | undefined;
  readonly title: string;
  readonly nodes: readonly LayerNode[];
  /** Of the resource that `/map/tiles` belongs to. */
  readonly url: string;
}

/**
 * What a path is about.
 *
 * @param kind names what is asked for in the message where there is no map of the whole
 * @throws RequestError `Not Found` if there is no such collection, `InternalError` if no layers are configured
 *   for the whole
 */
export function tileScope(
  id: string | undefined,
  kind: "tilesets" | "tileset",
  context: DocumentContext,
): TileScope {
  const { settings, root } = context;
  if (id !== undefined) {
    const node = findCollection(id, context);
    return { id, title: node.title, nodes: [node], url: `${root}/collections/${segment(id)}` };
  }
  if (!settings.dataset) throw noDataset(kind);
  return { id, title: "Whole dataset", nodes: settings.dataset, url: root };
}

/** The error for the whole where nobody said what that is. */
export function noDataset(kind: "map" | "tilesets" | "tileset" | "tile") {
  const message = `Dataset ${kind} request but no default_dataset_layers defined in server configuration`;
  return apiError("InternalError", message);
}

/** `…/map/tiles` (OGC 20-057, 9). */
export function tilesetsDocument(id: string | undefined, context: DocumentContext): Document {
  const scope = tileScope(id, "tilesets", context);
  const url = `${scope.url}/map/tiles`;
  const links = selfLinks(url, context.format);
  const sets = [...context.settings.matrixSets].filter(([, grid]) => isShown(scope, grid));
  return {
    title: `Tile sets of ${scope.title}`,
    crumbs: crumbs(scope, context.root),
    json: { links, tilesets: sets.map(([name, grid]) => tileset(scope, name, { grid, context })) },
    links,
    body: xml`<ul>
${sets.map(([name]) => xml`<li><a href="${href(`${url}/${segment(name)}?f=html`)}">${name}</a></li>\n`)}</ul>
`,
  };
}

/** `…/map/tiles/{tileMatrixSetId}` (OGC 20-057, 8; 17-083r4, 7.4). */
export function tilesetDocument(
  id: string | undefined,
  setId: string,
  context: DocumentContext,
): Document {
  const scope = tileScope(id, "tileset", context);
  const grid = findScopeGrid(scope, setId, context);
  const json = tileset(scope, setId, { grid, context });
  const geodata = id === undefined ? [] : bothForms(`${REL}geodata`, scope.title, scope.url);
  const links = [...json.links, ...json.links.slice(0, 2), ...geodata];
  const template = templatesOf(scope, setId, context)[0]!; // there is one format or more
  const url = `${scope.url}/map/tiles/${segment(setId)}`;
  const path = template.href.slice(template.href.indexOf("/", template.href.indexOf("://") + 3));
  return {
    title: json.title,
    crumbs: [...crumbs(scope, context.root), { title: setId, url }],
    json: { ...json, links },
    links,
    headers: { "link-template": `<${path}>; rel="item"; type="${template.type}"` },
    body: xml`${facts([
      ["CRS", json.crs],
      ["Tile matrix set", json.tileMatrixSetURI],
      ["Tiles", template.href],
    ])}${linkList(links.filter(({ rel }) => rel !== "self"))}`,
    map: tilesMap(scope, grid, template.href),
  };
}

/** @throws RequestError `Not Found` if there is no such set, or it is one of another celestial body */
export function findScopeGrid(
  scope: Pick<TileScope, "nodes">,
  setId: string,
  context: Pick<DocumentContext, "settings">,
): Grid {
  const grid = findMatrixSet(setId, context);
  if (isShown(scope, grid)) return grid;
  throw apiError("Not Found", "TileMatrixSet not found");
}

function isShown({ nodes }: Pick<TileScope, "nodes">, grid: Grid): boolean {
  return nodes.every((node) => fitsGrid(node, grid));
}

function tileset(
  scope: TileScope,
  setId: string,
  { grid, context }: { grid: Grid; context: DocumentContext },
) {
  const definition = `${context.root}/tileMatrixSets/${segment(setId)}`;
  const url = `${scope.url}/map/tiles/${segment(setId)}`;
  return {
    title: `${scope.title} with ${setId} tile matrix set`,
    tileMatrixSetURI: matrixSetUri(setId) ?? definition,
    dataType: "map",
    crs: crsUri(publishedSrs(grid.srs)),
    tileMatrixSetLimits: tileLimits(grid, commonExtent(scope.nodes)).map((limits) => ({
      tileMatrix: String(limits.level),
      minTileRow: limits.minRow,
      maxTileRow: limits.maxRow,
      minTileCol: limits.minColumn,
      maxTileCol: limits.maxColumn,
    })),
    links: [
      ...bothForms(`${REL}tiling-scheme`, `Tile matrix set ${setId}`, definition),
      ...selfLinks(url, context.format),
      ...templatesOf(scope, setId, context),
    ],
  };
}

/** URL templates of the tiles, in each format that is offered. */
function templatesOf(
  { title, url }: TileScope,
  setId: string,
  { settings }: Pick<DocumentContext, "settings">,
): Link[] {
  const path = `${url}/map/tiles/${segment(setId)}/{tileMatrix}/{tileRow}/{tileCol}`;
  const common = { rel: "item", templated: true } as const;
  return [...settings.formats.keys()].map((format) => ({
    ...common,
    type: `image/${format}`,
    title: `Tiles of ${title} (${format.toUpperCase()})`,
    href: `${path}.${format === "jpeg" ? "jpg" : format}`,
  }));
}

function crumbs({ id, url }: TileScope, root: string) {
  return [
    { title: "Home", url: root },
    ...(id === undefined
      ? []
      : [
          { title: "Collections", url: `${root}/collections` },
          { title: id, url },
        ]),
    { title: "Tile sets", url: `${url}/map/tiles` },
  ];
}

/** The tiles as the viewer of the pages asks for them. */
function tilesMap(scope: TileScope, grid: Grid, template: string): PageMap {
  const { srs, tileSize } = grid;
  const extent = commonExtent(scope.nodes);
  return {
    url: template
      .replace("{tileMatrix}", "{z}")
      .replace("{tileRow}", "{y}")
      .replace("{tileCol}", "{x}"),
    srs: { code: srs.code, isGeographic: srs.isGeographic, metresPerUnit: srs.metresPerUnit },
    extent: extent.isDefault ? grid.bbox : extentBBox(extent, srs),
    tileSize,
    countsFromSouth: grid.origin === "sw",
    levels: grid.resolutions.map((_, level) => {
      const [minx, , , maxy] = levelBBox(grid, level);
      const name = String(level);
      return {
        name,
        resolution: resolution(grid, level),
        topLeft: [minx, maxy],
        size: sizeOf(grid, level),
      };
    }),
  };
}
