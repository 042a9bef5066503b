import * as v from "valibot";
import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import type { Grid, TileCoord } from "../grid/grid.ts";
import { affectedTiles, isAligned, isInGrid } from "../grid/tiles.ts";
import type { ImageFormat } from "../image/picture.ts";
import { defineSource, type SourceDeps } from "../model/define.ts";
import { httpConfig, imageConfig, onErrorConfig, sourceEntries } from "../model/options.ts";
import type { MapQuery, MapResult, Source } from "../model/source.ts";
import { type Srs, sameSrs } from "../srs/srs.ts";
import { extentOf } from "./limits.ts";
import {
  codeOfCrs,
  fault,
  findLink,
  getJson,
  linksOf,
  type OgcApi,
  ogcApi,
  resolveLink,
} from "./ogcapi-links.ts";
import { parseOnError } from "./on-error.ts";
import { getTile, type TileServer } from "./tile.ts";
import { parseTileMatrixSet } from "./tile-matrix-set.ts";

const ogcapiTilesOptions = v.strictObject({
  type: v.literal("ogcapitiles"),
  ...sourceEntries,
  landingpage_url: v.string(),
  collection: v.optional(v.string()),
  tile_matrix_set_id: v.optional(v.string()),
  image: v.optional(imageConfig),
  http: v.optional(httpConfig),
  on_error: v.optional(onErrorConfig),
});

/** Map tiles of an OGC API Tiles server (OGC 20-057), which is asked once what it has. */
export const ogcapiTilesSource = defineSource({
  type: "ogcapitiles",
  needs: [],
  options: ogcapiTilesOptions,
  create(options, deps): Source {
    const { name, coverage, resolutions, http } = deps;
    const look = deps.imageOptions(deps.requestFormat, options.image);
    const found: Found = deps.shared("ogcapitiles", () => ({
      tilesets: undefined,
      tiles: new Map(),
    }));
    const api = ogcApi(name, options, http);
    const server: Omit<TileServer, "grid" | "url"> = {
      name,
      http,
      coverage,
      resolutions,
      options: look,
      onError: parseOnError(options.on_error),
    };
    return {
      name,
      coverage,
      resolutions,
      options: look,
      extent: extentOf(coverage),
      map: {
        metaTiles: false,
        tilesOnly: true,
        isOpaque: () => false,
        async get(query, ctx): Promise<MapResult | undefined> {
          const format = look.format ?? query.format ?? "png";
          const asked = { srs: query.srs, format, setId: options.tile_matrix_set_id };
          const tiles = await discover(api, found, { deps, asked }, ctx);
          const coord = tileOf(name, tiles.grid, query);
          if (!coord) return undefined;
          const url = ({ x, y, level }: TileCoord): string =>
            tiles.template
              .replaceAll("{tileMatrix}", String(level))
              .replaceAll("{tileRow}", String(y))
              .replaceAll("{tileCol}", String(x));
          return getTile({ ...server, grid: tiles.grid, url }, { coord, format }, ctx);
        },
      },
    };
  },
});

/** What is known of a server; filled by the requests that need it, kept when they succeed. */
interface Found {
  /** Addresses of the tilesets with their reference system, in the order of the server. */
  tilesets: readonly Tileset[] | undefined;
  /** By reference system and format. */
  readonly tiles: Map<string, Tiles>;
}

interface Tileset {
  readonly crs: string;
  readonly links: NonNullable<ReturnType<typeof linksOf>>;
}

/** How to get at the tiles of one tileset in one format. */
interface Tiles {
  readonly grid: Grid;
  /** With `{tileMatrix}`, `{tileRow}` and `{tileCol}`. */
  readonly template: string;
}

interface Asked {
  readonly srs: Srs;
  readonly format: ImageFormat;
  readonly setId: string | undefined;
}

/** @throws SourceError if the server has no tiles in this reference system and format */
async function discover(
  api: OgcApi,
  found: Found,
  { deps, asked }: { deps: SourceDeps; asked: Asked },
  ctx: Context,
): Promise<Tiles> {
  const key = `${asked.srs.definition} ${asked.format}`;
  const known = found.tiles.get(key);
  if (known) return known;
  found.tilesets ??= await readTilesets(api, asked.setId, ctx);
  for (const { crs, links } of found.tilesets) {
    const srs = deps.srs(crs);
    if (!sameSrs(srs, asked.srs)) continue;
    try {
      const tiles = await readTiles(api, links, { srs, format: asked.format }, ctx);
      found.tiles.set(key, tiles);
      return tiles;
    } catch (error) {
      ctx.signal.throwIfAborted();
      const isReported = error instanceof SourceError || error instanceof RangeError;
      if (!isReported) throw error;
      ctx.log.warn("tileset-skipped", { source: api.name, reason: error.message });
    }
  }
  throw fault(
    api,
    api.landingPage,
    () => `Cannot find a valid tile matrix set for ${asked.srs.code}`,
  );
}

async function readTilesets(
  api: OgcApi,
  setId: string | undefined,
  ctx: Context,
): Promise<Tileset[]> {
  const links = linksOf(await getJson(api, api.page, ctx));
  if (!links) throw fault(api, api.page, (url) => `Could not retrieve 'links' in ${url} response`);
  const link = findLink(links, "tilesets-map", "application/json");
  if (!link) {
    throw fault(
      api,
      api.page,
      (url) => `Could not retrieve a tilesets-map link in ${url} response`,
    );
  }
  const listUrl = resolveLink(api, link.href);
  const { tilesets } = await getJson(api, listUrl, ctx);
  if (!Array.isArray(tilesets)) {
    throw fault(api, listUrl, (url) => `Could not retrieve 'tilesets' in ${url} response`);
  }
  return tilesets.flatMap((tileset): Tileset[] => {
    const crs = codeOfCrs(tileset?.crs?.uri ?? tileset?.crs);
    const own = linksOf(tileset ?? {});
    const fits = setId === undefined || own?.some(({ href }) => pathOf(href).endsWith(`/${setId}`));
    return tileset?.dataType === "map" && crs && own && fits ? [{ crs, links: own }] : [];
  });
}

/** @throws SourceError or RangeError if the tileset cannot be used */
async function readTiles(
  api: OgcApi,
  links: Tileset["links"],
  wanted: { srs: Srs; format: ImageFormat },
  ctx: Context,
): Promise<Tiles> {
  const need = (rel: string): string => {
    const link = findLink(links, rel, "application/json");
    if (!link) throw fault(api, api.page, () => `Could not retrieve a ${rel} link of a tileset`);
    return resolveLink(api, link.href);
  };
  const scheme = await getJson(api, need("tiling-scheme"), ctx);
  const grid = parseTileMatrixSet(scheme, wanted.srs);
  const self = need("self");
  const items = linksOf(await getJson(api, self, ctx)) ?? [];
  const item = items.find(({ rel, type }) => rel === "item" && type === `image/${wanted.format}`);
  if (!item) {
    throw fault(api, self, (url) => `Could not retrieve a tile template URL for tileset ${url}`);
  }
  return { grid, template: resolveLink(api, item.href) };
}

/**
 * The tile that a rectangle is.
 *
 * @returns `undefined` outside the grid
 * @throws SourceError if the rectangle is no tile
 */
function tileOf(name: string, grid: Grid, { bbox, srs, size }: MapQuery): TileCoord | undefined {
  const fail = (message: string): SourceError => new SourceError(name, message, { url: "" });
  const text = (pair: readonly [number, number]): string => `(${pair.join(", ")})`;
  if (size[0] !== grid.tileSize[0] || size[1] !== grid.tileSize[1]) {
    throw fail(
      `tile size of cache and tile source do not match: ${text(size)} != ${text(grid.tileSize)}`,
    );
  }
  if (!sameSrs(srs, grid.srs)) {
    throw fail(`SRS of cache and tile source do not match: ${srs.code} != ${grid.srs.code}`);
  }
  const affected = affectedTiles(grid, bbox, size, srs);
  if (!affected) return undefined;
  const [coord] = affected.tiles;
  if (affected.tiles.length !== 1) throw fail("BBOX does not align to tile");
  if (!coord || !isInGrid(grid, coord)) return undefined;
  if (!isAligned(grid, bbox, coord)) throw fail("BBOX does not align to tile");
  return coord;
}

/** Path of a link, without query. */
function pathOf(href: string): string {
  return href.split(/[?#]/)[0] ?? "";
}
