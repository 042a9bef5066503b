import * as v from "valibot";
import { ImageError, RequestError, SourceError } from "../core/errors.ts";
import { type BBox, bboxContains, bboxHeight, bboxIntersection, bboxWidth } from "../geo/bbox.ts";
import { decode } from "../image/codec.ts";
import { peek } from "../image/peek.ts";
import type { RasterView } from "../image/picture.ts";
import { windowOf, withChannels } from "../image/view.ts";
import { transform } from "../image/warp.ts";
import { ConfigFault, defineSource, type SourceDeps } from "../model/define.ts";
import { bbox as bboxOption, imageConfig, sourceEntries } from "../model/options.ts";
import type { MapQuery, MapResult, Source } from "../model/source.ts";
import { type Extent, extentIntersection } from "../srs/extent.ts";
import { type Srs, sameSrs } from "../srs/srs.ts";
import { transformBBox } from "../srs/transform.ts";
import { extentOf, isOpaque, isOutside } from "./limits.ts";
import { buildOverviews } from "./overviews.ts";
import { parseWorldFile, worldFilePaths } from "./world-file.ts";

const imageOptions = v.strictObject({
  type: v.literal("image"),
  ...sourceEntries,
  /** PNG, JPEG, WebP or TIFF; relative to the configuration. */
  file: v.string(),
  /** Ground that the picture covers; without it a world file must lie beside the picture. */
  bbox: v.optional(bboxOption),
  /** Reference system of `bbox` or of the world file. */
  srs: v.string(),
  image: v.optional(imageConfig),
});

type ImageSourceOptions = v.InferOutput<typeof imageOptions>;

/**
 * One georeferenced picture file as a source: any rectangle in any reference system, without a
 * server. The file is decoded at the first request and kept, with smaller versions for overviews.
 */
export const imageSource = defineSource({
  type: "image",
  needs: [],
  options: imageOptions,
  async create(options, deps): Promise<Source> {
    const { name, coverage, resolutions } = deps;
    const image = await deps.shared(`image:${options.file}`, () => openImage(options, deps));
    const own: Extent = { bbox: image.bbox, srs: image.srs };
    const extent = coverage ? (extentIntersection(extentOf(coverage), own) ?? own) : own;
    const described = deps.imageOptions(deps.requestFormat, options.image);
    const limits = { coverage, resolutions };
    return {
      name,
      extent,
      coverage,
      resolutions,
      options: described,
      map: {
        metaTiles: true,
        isOpaque: (query) =>
          image.overviews?.[0]?.channels !== undefined &&
          image.overviews[0].channels % 2 === 1 &&
          sameSrs(query.srs, image.srs) &&
          bboxContains(image.bbox, query.bbox) &&
          isOpaque(limits, described, query),
        async get(query): Promise<MapResult | undefined> {
          if (isOutside(limits, query)) return undefined;
          const needed = neededBBox(query, image);
          if (!needed) return undefined;
          const view = draw(image, await overviews(name, image), needed, query);
          const { resampling } = described;
          const picture = transform(
            view.pixels,
            { bbox: view.bbox, srs: image.srs },
            { bbox: query.bbox, srs: query.srs, size: query.size, maxError: MAX_ERROR },
            resampling,
          );
          const transparent = picture.channels % 2 === 0 ? true : described.transparent;
          return {
            picture: { kind: "raster", view: picture },
            options: { ...described, transparent },
            cacheable: true,
          };
        },
      },
    };
  },
});

/** A picture file, decoded when it is first needed. */
interface OpenImage {
  readonly bbox: BBox;
  readonly srs: Srs;
  readonly size: readonly [width: number, height: number];
  readonly read: () => Promise<Uint8Array | undefined>;
  /** The picture and its overviews, largest first. */
  overviews: readonly RasterView[] | undefined;
}

async function openImage(options: ImageSourceOptions, deps: SourceDeps): Promise<OpenImage> {
  const path = deps.path(options.file);
  const read = (): Promise<Uint8Array | undefined> => deps.platform.resource(path);
  const bytes = await read();
  if (!bytes) throw new ConfigFault("file", `no such file: ${options.file}`);
  const header = peek(bytes);
  if (!header) throw new ConfigFault("file", `not a picture: ${options.file}`);
  const size = [header.width, header.height] as const;
  const bbox =
    options.bbox === undefined ? await bboxOfWorldFile(path, size, deps) : parseBBox(options.bbox);
  return { bbox, srs: deps.srs(options.srs), size, read, overviews: undefined };
}

function parseBBox(value: string | number[]): BBox {
  const [minx, miny, maxx, maxy, ...rest] =
    typeof value === "string" ? value.split(",").map(Number) : value;
  const numbers = [minx, miny, maxx, maxy].every((number) => Number.isFinite(number));
  if (!numbers || rest.length > 0 || minx! >= maxx! || miny! >= maxy!) {
    throw new ConfigFault(
      "bbox",
      "expected minx, miny, maxx, maxy with minx < maxx and miny < maxy",
    );
  }
  return [minx!, miny!, maxx!, maxy!];
}

async function bboxOfWorldFile(
  path: string,
  size: readonly [width: number, height: number],
  { platform }: SourceDeps,
): Promise<BBox> {
  const candidates = worldFilePaths(path);
  for (const candidate of candidates) {
    const bytes = await platform.resource(candidate);
    if (!bytes) continue;
    try {
      return parseWorldFile(new TextDecoder().decode(bytes), size);
    } catch (cause) {
      throw new ConfigFault(
        "file",
        `${candidate}: ${cause instanceof Error ? cause.message : cause}`,
      );
    }
  }
  const names = candidates.map((candidate) => candidate.replace(/^.*\//, ""));
  throw new ConfigFault("bbox", `needed, or a world file beside the picture: ${names.join(", ")}`);
}

/** Decodes at most once for all uses, unless two requests come first at the same time. */
async function overviews(source: string, image: OpenImage): Promise<readonly RasterView[]> {
  if (image.overviews) return image.overviews;
  const bytes = await image.read();
  try {
    if (!bytes) throw new ImageError("the file is gone");
    const views = buildOverviews(await decode(bytes, { size: image.size }));
    // a promise must not be shared between requests, what came out of it may
    image.overviews ??= views;
    return image.overviews;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError(source, "Cannot read picture of source", {
      url: "",
      detail: reason,
      cause,
    });
  }
}

/** Ground of the query in the system of the picture; `undefined` if they do not meet. */
function neededBBox(query: MapQuery, image: OpenImage): BBox | undefined {
  try {
    const bbox = transformBBox(query.bbox, query.srs, image.srs);
    return bboxIntersection(bbox, image.bbox) ? bbox : undefined;
  } catch (error) {
    // far from where either system is defined there is nothing to see
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

/** Pixels by which a place may be off: what is drawn here is reprojected once more from tiles. */
const MAX_ERROR = 0.1;

/** Pixels around the part that is drawn, so that resampling finds neighbors at its edge. */
const MARGIN = 4;

/** The part of the picture that a query needs, in a size near to what will be drawn. */
function draw(
  image: OpenImage,
  views: readonly RasterView[],
  needed: BBox,
  query: MapQuery,
): { pixels: RasterView; bbox: BBox } {
  const wanted = Math.min(bboxWidth(needed) / query.size[0], bboxHeight(needed) / query.size[1]);
  const finest = bboxWidth(image.bbox) / image.size[0];
  const level = Math.max(0, Math.min(views.length - 1, Math.floor(Math.log2(wanted / finest))));
  const view = views[level]!;
  const { bbox } = image;
  // overviews round up: half a pixel more than the picture may lie beyond its edge
  const resX = finest * 2 ** level;
  const resY = (bboxHeight(bbox) / image.size[1]) * 2 ** level;
  const x0 = clamp(Math.floor((needed[0] - bbox[0]) / resX) - MARGIN, view.width);
  const x1 = clamp(Math.ceil((needed[2] - bbox[0]) / resX) + MARGIN, view.width);
  const y0 = clamp(Math.floor((bbox[3] - needed[3]) / resY) - MARGIN, view.height);
  const y1 = clamp(Math.ceil((bbox[3] - needed[1]) / resY) + MARGIN, view.height);
  const part = windowOf(view, x0, y0, [x1 - x0, y1 - y0]);
  const isCovered = sameSrs(query.srs, image.srs) && bboxContains(bbox, needed);
  return {
    // what lies outside the picture becomes transparent: that needs alpha
    pixels: isCovered || part.channels % 2 === 0 ? part : withChannels(part, 4),
    bbox: [bbox[0] + x0 * resX, bbox[3] - y1 * resY, bbox[0] + x1 * resX, bbox[3] - y0 * resY],
  };
}

function clamp(index: number, length: number): number {
  return Math.max(0, Math.min(length, index));
}
