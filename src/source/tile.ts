import * as v from "valibot";
import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import type { Grid, TileCoord } from "../grid/grid.ts";
import { isInGrid, tileBBox } from "../grid/tiles.ts";
import type { HttpClient } from "../http/client.ts";
import { redactText } from "../http/url.ts";
import type { ImageOptions } from "../image/options.ts";
import { ConfigFault, defineSource } from "../model/define.ts";
import { httpConfig, imageConfig, onErrorConfig, sourceEntries } from "../model/options.ts";
import type { MapQuery, MapResult, Source } from "../model/source.ts";
import { pictureOf } from "./answer.ts";
import { isOutside, type Limits } from "./limits.ts";
import { type OnError, parseOnError, withStandIn } from "./on-error.ts";
import { parseTileUrl, type TileUrl } from "./tile-url.ts";

/** Grid of a tile server that says nothing about its grid. */
const DEFAULT_GRID = "GLOBAL_MERCATOR";

const tileOptions = v.strictObject({
  type: v.literal("tile"),
  ...sourceEntries,
  url: v.string(),
  grid: v.optional(v.string()),
  transparent: v.optional(v.boolean()),
  image: v.optional(imageConfig),
  request_format: v.optional(v.string()),
  origin: v.optional(v.string()),
  http: v.optional(httpConfig),
  on_error: v.optional(onErrorConfig),
});

/** Tiles of another server, by URL template; the bytes are handed on as they came. */
export const tileSource = defineSource({
  type: "tile",
  needs: [],
  options: tileOptions,
  create(options, deps): Source {
    const { name, coverage, resolutions, http, log } = deps;
    const grid = deps.grid(options.grid ?? DEFAULT_GRID);
    if (options.request_format !== undefined) {
      log.warn("option-ignored", {
        source: name,
        reason: "request_format of a tile source has no effect: the cache that uses it has one",
      });
    }
    const transparent = options.image?.transparent ?? options.transparent;
    const imageOptions = deps.imageOptions(deps.requestFormat, {
      ...options.image,
      transparent,
    });
    const server: TileServer = {
      name,
      grid,
      url: readUrl(options.url),
      http,
      coverage,
      resolutions,
      options: imageOptions,
      onError: parseOnError(options.on_error),
    };
    return {
      name,
      coverage,
      resolutions,
      options: imageOptions,
      extent: coverage
        ? { bbox: coverage.bbox, srs: coverage.srs }
        : { bbox: grid.bbox, srs: grid.srs },
      tile: { grid, get: (coord, query, ctx) => getTile(server, { coord, ...query }, ctx) },
    };
  },
});

/** A server that has the tiles of one grid. */
export interface TileServer extends Limits {
  readonly name: string;
  readonly grid: Grid;
  readonly url: TileUrl;
  readonly http: HttpClient;
  readonly options: ImageOptions;
  readonly onError: OnError | undefined;
}

/**
 * One tile of a server, as it sent it, after checking that it is sound.
 *
 * @returns `undefined` outside the grid, the coverage or the resolution range
 * @throws SourceError if there is no such tile, and no stand-in for it
 */
export async function getTile(
  server: TileServer,
  { coord, format }: { coord: TileCoord } & Pick<MapQuery, "format">,
  ctx: Context,
): Promise<MapResult | undefined> {
  const { name, grid, http, options, onError } = server;
  if (!isInGrid(grid, coord)) return undefined;
  const bbox = tileBBox(grid, coord);
  const size = grid.tileSize;
  if (isOutside(server, { bbox, srs: grid.srs, size })) return undefined;
  const url = server.url({ ...coord, bbox, format: format ?? options.format ?? "png" });
  const ask = async (): Promise<MapResult> => {
    const answer = await http.request(url, { isPicture: true }, ctx);
    const redacted = http.redact(url);
    if (answer.contentType !== undefined && !answer.contentType.startsWith("image")) {
      const body = redactText(new TextDecoder().decode(answer.bytes.subarray(0, MAX_QUOTED)), url);
      throw new SourceError(name, "response is not an image", {
        url: redacted,
        isContent: true,
        detail: `response is not an image: (${body}) from "${redacted}"`,
      });
    }
    const picture = await pictureOf(answer, { source: name, url: redacted, size, exact: true });
    return { picture, options, cacheable: true };
  };
  return withStandIn(onError, { what: "tile", size, options, content: true }, ask, ctx);
}

/** Bytes of an answer that are quoted in the log. */
const MAX_QUOTED = 1000;

function readUrl(template: string): TileUrl {
  try {
    return parseTileUrl(template);
  } catch (cause) {
    throw new ConfigFault("url", cause instanceof Error ? cause.message : String(cause));
  }
}
