import * as v from "valibot";
import { withDeadline } from "../core/async.ts";
import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import { bboxWidth } from "../geo/bbox.ts";
import { closestLevel } from "../grid/tiles.ts";
import { GLOBAL_WEBMERCATOR } from "../grid/well-known.ts";
import type { Picture } from "../image/picture.ts";
import { ConfigFault, defineSource, type SourceDeps } from "../model/define.ts";
import { readDots, STANDARD_DOTS } from "../model/dots.ts";
import { imageConfig, number, sourceEntries, strings } from "../model/options.ts";
import type { MapQuery, Source } from "../model/source.ts";
import { transformBBox } from "../srs/transform.ts";
import { pictureOf } from "./answer.ts";
import { extentOf, isOpaque } from "./limits.ts";
import { drawMap } from "./negotiated.ts";

const mapnikOptions = v.strictObject({
  type: v.literal("mapnik"),
  ...sourceEntries,
  mapfile: v.string(),
  transparent: v.optional(v.boolean()),
  image: v.optional(imageConfig),
  layers: v.optional(v.union([v.string(), strings])),
  use_mapnik2: v.optional(v.boolean()),
  scale_factor: v.optional(number),
  /** What clients tell that changes the map: the dots an inch of their screen or printer. */
  forward_req_params: v.optional(v.array(v.picklist(["dpi", "DPI"]))),
  /** Accepted for old configurations: each map is drawn by a process of its own anyway. */
  multithreaded: v.optional(v.boolean()),
});

/** Program that has the Mapnik library; it is looked for in `PATH`. */
const PYTHON = "python3";

/** ms for one map, as long as others wait for a slot at most. */
const TIMEOUT = 60_000;

/**
 * Draws one map: reads the job as JSON, writes the picture. The bbox is kept as it is even where it
 * is not in the proportions of the picture.
 */
const SCRIPT = `
import json, sys
import mapnik
job = json.load(sys.stdin)
drawing = mapnik.Map(job["width"], job["height"])
drawing.aspect_fix_mode = mapnik.aspect_fix_mode.RESPECT
mapnik.load_map(drawing, job["mapfile"])
if job["layers"] is not None:
    for index in reversed(range(len(drawing.layers))):
        if drawing.layers[index].name not in job["layers"] + ["Unknown"]:
            del drawing.layers[index]
drawing.srs = job["srs"]
drawing.zoom_to_box(mapnik.Box2d(*job["bbox"]))
image = mapnik.Image(job["width"], job["height"])
mapnik.render(drawing, image, job["scale"])
sys.stdout.buffer.write(image.tostring(job["format"]))
`;

/** Maps of a Mapnik style, drawn by the library on this machine. */
export const mapnikSource = defineSource({
  type: "mapnik",
  needs: ["spawn"],
  options: mapnikOptions,
  async create(options, deps): Promise<Source> {
    const { name, coverage, resolutions, bestSrs } = deps;
    await deps.shared("mapnik:library", () => checkLibrary(deps));
    const transparent = options.image?.transparent ?? options.transparent;
    const look = deps.imageOptions(deps.requestFormat, { ...options.image, transparent });
    const limits = { coverage, resolutions };
    const style: Style = {
      mapfile: deps.path(options.mapfile),
      layers: layersOf(deps.taggedLayers ?? options.layers),
      scale: options.scale_factor ?? 1,
      heedsDots: (options.forward_req_params ?? []).length > 0,
    };
    const ask = (query: MapQuery, ctx: Context): Promise<Picture> =>
      render(style, { ...query, format: look.format ?? query.format }, { deps, ctx });
    const server = {
      ...limits,
      options: look,
      supportedSrs: [],
      bestSrs,
      transparentColor: undefined,
      onError: undefined,
      ask,
    };
    return {
      name,
      ...limits,
      options: look,
      extent: extentOf(coverage),
      map: {
        metaTiles: true,
        isOpaque: (query) => isOpaque(limits, look, query),
        get: (query, ctx) => drawMap(server, query, ctx),
      },
    };
  },
});

interface Style {
  /** Absolute; may hold `%(webmercator_level)s`. */
  readonly mapfile: string;
  /** `undefined`: all. */
  readonly layers: readonly string[] | undefined;
  /** Size of symbols, 1 as the style says. */
  readonly scale: number;
  /** Whether symbols grow with the dots an inch that a client tells. */
  readonly heedsDots: boolean;
}

function layersOf(layers: string | string[] | undefined): string[] | undefined {
  return typeof layers === "string" ? layers.split(",") : layers;
}

/** @throws ConfigFault if the library is not there */
async function checkLibrary({ platform }: SourceDeps): Promise<void> {
  const fault = new ConfigFault("type", "Could not import Mapnik, please verify it is installed!");
  let code: number;
  try {
    ({ code } = await platform.spawn!([PYTHON, "-c", "import mapnik"])); // promised by `needs`
  } catch {
    throw fault; // no such program
  }
  if (code !== 0) throw fault;
}

async function render(
  style: Style,
  query: MapQuery,
  { deps, ctx }: { deps: SourceDeps; ctx: Context },
): Promise<Picture> {
  const { name, platform, http } = deps;
  const [width, height] = query.size;
  const mapfile = style.mapfile.replaceAll("%(webmercator_level)s", () => String(levelOf(query)));
  const job = {
    mapfile,
    width,
    height,
    bbox: query.bbox,
    srs: `+init=${query.srs.code.toLowerCase()}`,
    layers: style.layers ?? null,
    scale: style.scale * (style.heedsDots ? scaleForClient(query) : 1),
    format: query.format === undefined || query.format === "mixed" ? "png" : query.format,
  };
  const work = () =>
    platform.spawn!([PYTHON, "-c", SCRIPT], {
      stdin: new TextEncoder().encode(JSON.stringify(job)),
      signal: withDeadline(TIMEOUT, ctx.signal),
    });
  const fail = (detail: string, cause?: unknown): SourceError =>
    new SourceError(name, "could not render Mapnik map", { url: mapfile, detail, cause });
  try {
    const { code, stdout, stderr } = await (http.limit?.(mapfile, work, ctx) ?? work());
    if (code !== 0) throw fail(new TextDecoder().decode(stderr.subarray(-2000)));
    const answer = { status: 200, contentType: undefined, headers: new Headers(), bytes: stdout };
    return await pictureOf(answer, { source: name, url: mapfile, size: query.size, exact: true });
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof SourceError) throw error;
    throw fail(error instanceof Error ? error.message : String(error), error);
  }
}

/** How much larger symbols are drawn for a client whose pixels are smaller than the standard's. */
function scaleForClient({ parameter }: MapQuery): number {
  return (readDots(parameter?.("dpi")) ?? STANDARD_DOTS) / STANDARD_DOTS;
}

/** Level of the web Mercator grid that a map is made for. */
function levelOf({ bbox, srs, size }: MapQuery): number {
  const mercator = transformBBox(bbox, srs, GLOBAL_WEBMERCATOR.srs);
  return closestLevel(GLOBAL_WEBMERCATOR, bboxWidth(mercator) / size[0]);
}
