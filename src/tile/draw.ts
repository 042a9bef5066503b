import { mapLimit } from "../core/async.ts";
import type { Context } from "../core/context.ts";
import { coverageIntersects } from "../coverage/predicates.ts";
import { mergeBands } from "../image/band-merge.ts";
import { toRaster } from "../image/codec.ts";
import { type MergeLayer, merge } from "../image/merge.ts";
import type { MapQuery, MapResult, Source } from "../model/source.ts";
import { askSource } from "./ask.ts";
import type { TileSettings } from "./settings.ts";

/** Sources of one cache that are asked at the same time. */
const PARALLEL_SOURCES = 20;

/**
 * One picture of all sources of a cache.
 *
 * The answer of a single source is handed on as it is, so that its bytes may stay bytes.
 *
 * @returns `undefined` if a single source has nothing there; several sources that all have nothing
 *   give an empty picture, which is a tile like any other
 */
export async function draw(
  settings: TileSettings,
  asked: MapQuery,
  ctx: Context,
): Promise<MapResult | undefined> {
  const { sources, options, bands, keep } = settings;
  const query = keep === false ? { ...asked, keep } : asked;
  const [only] = sources;
  if (bands) return drawBands(settings, query, ctx);
  if (only && sources.length === 1 && !isClipped(only, query)) return askSource(only, query, ctx);

  const results = await mapLimit(sources, PARALLEL_SOURCES, (s) => askSource(s, query, ctx));
  const layers: MergeLayer[] = [];
  for (const [i, result] of results.entries()) {
    if (!result) continue;
    layers.push({ result, clip: isClipped(sources[i]!, query) ? sources[i]!.coverage : undefined });
  }
  return merge(layers, { bbox: query.bbox, srs: query.srs, size: query.size, wanted: options });
}

function isClipped({ coverage }: Source, query: MapQuery): boolean {
  return !!coverage?.clip && coverageIntersects(coverage, query.bbox, query.srs);
}

async function drawBands(
  { sources, options, bands = [] }: TileSettings,
  query: MapQuery,
  ctx: Context,
): Promise<MapResult> {
  const results = await mapLimit(sources, PARALLEL_SOURCES, (s) => askSource(s, query, ctx));
  const cacheable = results.every((result) => result?.cacheable ?? true);
  if (results.some((result) => !result)) {
    return { picture: { kind: "blank" }, options, cacheable };
  }
  const views = await Promise.all(
    results.map((result) => toRaster(result!.picture, query.size, result!.options)),
  );
  return { picture: { kind: "raster", view: mergeBands(views, bands) }, options, cacheable };
}
