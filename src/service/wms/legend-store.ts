import { mapLimit } from "../../core/async.ts";
import type { Context } from "../../core/context.ts";
import { ImageError, SourceError } from "../../core/errors.ts";
import { md5Hex } from "../../core/hash.ts";
import { toBytes, toRaster } from "../../image/codec.ts";
import { stackLegends } from "../../image/legend.ts";
import type { ImageOptions } from "../../image/options.ts";
import type { Picture, RasterView } from "../../image/picture.ts";
import type { ServiceDeps } from "../../model/define.ts";
import type { Source } from "../../model/source.ts";
import { floatText } from "../../source/parameters.ts";

type Legend = NonNullable<Source["legend"]>;

/** Files with legends of client-chosen scales that one process writes: scales are without number. */
const MAX_SCALED_FILES = 1000;

/** A layer's legend: its own stacked ones. */
export interface LegendResult {
  readonly picture: Picture;
  readonly size: readonly [width: number, height: number];
  /** False if a source failed: the next request may get more. */
  readonly isComplete: boolean;
}

/** Legends of layers, kept as PNG files where the platform has files. */
export interface LegendStore {
  /** Stacks the legends, the last one on top; failing ones are left out. */
  load(
    legends: readonly Legend[],
    scaleDenominator: number | undefined,
    ctx: Context,
  ): Promise<LegendResult>;
}

/**
 * @param png how legends are kept
 * @param concurrency legends that are asked for at the same time, for one request
 */
export function createLegendStore(
  deps: ServiceDeps,
  png: ImageOptions,
  concurrency: number,
): LegendStore {
  const { legendDirectory, platform } = deps;
  const stored: ImageOptions = { ...png, transparent: true, colors: 0, background: undefined };
  let scaledFiles = 0;

  /** `undefined`: the source failed. */
  async function loadOne(
    legend: Legend,
    scale: number | undefined,
    ctx: Context,
  ): Promise<{ picture: Picture; isComplete: boolean } | undefined> {
    const path = `${legendDirectory}/${legendFile(legend.id, scale)}`;
    const kept = await platform.files?.read(path).catch(() => undefined);
    if (kept && kept.bytes.length > 0) {
      const picture: Picture = { kind: "encoded", bytes: kept.bytes, format: "png" };
      return { picture, isComplete: true };
    }
    let picture: Awaited<ReturnType<Legend["get"]>>;
    try {
      picture = await legend.get(scale, ctx);
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!(error instanceof SourceError) && !(error instanceof ImageError)) throw error;
      ctx.log.warn("legend-failed", { legend: legend.id, reason: error.message });
      return undefined;
    }
    if (!picture) return { picture: { kind: "blank" }, isComplete: true };
    const isComplete = picture.incomplete !== true;
    if (isComplete && picture.kind !== "blank") await keep(path, { picture, scale }, ctx);
    return { picture, isComplete };
  }

  /** A legend that cannot be stored is still a legend. */
  async function keep(
    path: string,
    { picture, scale }: { picture: Picture; scale: number | undefined },
    ctx: Context,
  ): Promise<void> {
    if (!platform.files || (scale !== undefined && scaledFiles++ >= MAX_SCALED_FILES)) return;
    try {
      const { bytes } = await toBytes({ picture, options: stored }, stored, [1, 1]);
      await platform.files.write(path, bytes);
    } catch (error) {
      ctx.log.warn("legend-not-stored", { path, error });
    }
  }

  return {
    async load(legends, scale, ctx) {
      const parts = await mapLimit(legends, concurrency, (legend) => loadOne(legend, scale, ctx));
      const isComplete = parts.every((part) => part?.isComplete === true);
      const views: RasterView[] = [];
      for (const part of parts) {
        if (!part || part.picture.kind === "blank") continue;
        views.push(await toRaster(part.picture, [1, 1], stored));
      }
      const view = stackLegends(views);
      return { picture: { kind: "raster", view }, size: [view.width, view.height], isComplete };
    },
  };
}

/** Name under which the reference keeps a legend: folders can be taken over. */
function legendFile(id: string, scale: number | undefined): string {
  return `${md5Hex(id + (scale === undefined ? "None" : floatText(scale)))}.png`;
}
