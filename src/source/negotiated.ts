import type { Context } from "../core/context.ts";
import { coverageContains } from "../coverage/predicates.ts";
import type { BBox } from "../geo/bbox.ts";
import { bboxHeight, bboxWidth } from "../geo/bbox.ts";
import { toRaster } from "../image/codec.ts";
import type { Color, ImageOptions } from "../image/options.ts";
import type { Picture } from "../image/picture.ts";
import { placeSubImage, subImage } from "../image/sub-image.ts";
import { makeTransparent } from "../image/transparent-color.ts";
import { transform } from "../image/warp.ts";
import type { MapQuery, MapResult } from "../model/source.ts";
import type { Extent } from "../srs/extent.ts";
import { type Srs, sameSrs } from "../srs/srs.ts";
import { transformBBox } from "../srs/transform.ts";
import { extentOf, isOutside, type Limits } from "./limits.ts";
import { type OnError, withStandIn } from "./on-error.ts";

/** A server that draws any rectangle, in the reference systems it knows. */
export interface MapServer extends Limits {
  /** What its pictures are. */
  readonly options: ImageOptions;
  /** Reference systems it knows; empty: all. */
  readonly supportedSrs: readonly Srs[];
  bestSrs(target: Srs, available: readonly Srs[]): Srs;
  /** Color that stands for "nothing here", and how far each channel may be from it. */
  readonly transparentColor: { readonly color: Color; readonly tolerance: number } | undefined;
  readonly onError: OnError | undefined;
  /** Asks the server; `query.srs` is one it knows, under the configured code. */
  ask(query: MapQuery, ctx: Context): Promise<Picture>;
}

/**
 * Map of a server in any reference system: asks within its limits and in a system it knows, and
 * brings the picture into the shape of the query.
 *
 * @returns `undefined` outside coverage or resolution range
 */
export async function drawMap(
  server: MapServer,
  query: MapQuery,
  ctx: Context,
): Promise<MapResult | undefined> {
  if (isOutside(server, query)) return undefined;
  const { size } = query;
  const { onError, options } = server;
  return withStandIn(
    onError,
    { what: "WMS map", size, options, content: false },
    async () => {
      const known = knownSrs(server.supportedSrs, query.srs);
      return known
        ? askWithin(server, { ...query, srs: known }, ctx)
        : askReprojected(server, query, ctx);
    },
    ctx,
  );
}

/** The code under which a server knows `srs`; `undefined` if it does not. */
export function knownSrs(supported: readonly Srs[], srs: Srs): Srs | undefined {
  return supported.length === 0 ? srs : supported.find((other) => sameSrs(other, srs));
}

/** Asks for the part of the query that lies within the extent of the coverage. */
async function askWithin(
  server: MapServer,
  query: MapQuery,
  ctx: Context,
): Promise<MapResult | undefined> {
  const extent: Extent = extentOf(server.coverage);
  const part = subImage(query, extent);
  if (part === "outside") return undefined;
  if (part === "inside") return askOnce(server, query, ctx);
  const { bbox, size } = part;
  const result = await askOnce(server, { ...query, bbox, size, decodes: undefined }, ctx);
  return placeSubImage(result, part, query.size);
}

async function askReprojected(
  server: MapServer,
  query: MapQuery,
  ctx: Context,
): Promise<MapResult | undefined> {
  const srs = server.bestSrs(query.srs, server.supportedSrs);
  const bbox = transformBBox(query.bbox, query.srs, srs);
  const size = sourceSize(bbox, query.size);
  const source = { ...query, bbox, srs, size, decodes: undefined };
  const isInside = !server.coverage || coverageContains(server.coverage, bbox, srs);
  const result = isInside
    ? await askOnce(server, source, ctx)
    : await askWithin(server, source, ctx);
  if (!result) return undefined;
  const view = transform(
    await toRaster(result.picture, size, result.options),
    { bbox, srs },
    { bbox: query.bbox, srs: query.srs, size: query.size },
    server.options.resampling,
  );
  return { ...result, picture: { kind: "raster", view } };
}

async function askOnce(server: MapServer, query: MapQuery, ctx: Context): Promise<MapResult> {
  const { options, transparentColor } = server;
  if (!transparentColor) {
    return { picture: await server.ask(query, ctx), options, cacheable: true };
  }
  const picture = await server.ask({ ...query, decodes: undefined }, ctx);
  const view = makeTransparent(
    await toRaster(picture, query.size, options),
    transparentColor.color,
    transparentColor.tolerance,
  );
  return {
    picture: { kind: "raster", view },
    options: { ...options, transparent: true },
    cacheable: true,
  };
}

/**
 * Size in pixels of the picture to ask for, so that its pixels are square and as small as those of
 * the query on the finer axis.
 */
function sourceSize(
  bbox: BBox,
  [width, height]: readonly [number, number],
): readonly [width: number, height: number] {
  const ratio = bboxWidth(bbox) / bboxHeight(bbox);
  return bboxWidth(bbox) / width < bboxHeight(bbox) / height
    ? [width, Math.trunc(width / ratio + 0.5)]
    : [Math.trunc(height * ratio + 0.5), height];
}
