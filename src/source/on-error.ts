import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import { canvas } from "../image/canvas.ts";
import type { Color, ImageOptions } from "../image/options.ts";
import { parseColor } from "../image/resolve.ts";
import { ConfigFault } from "../model/define.ts";
import type { OnErrorConfig } from "../model/options.ts";
import type { MapResult } from "../model/source.ts";

/** What to paint instead of a failed answer. */
interface StandIn {
  readonly color: Color;
  readonly cacheable: boolean;
  readonly authorizeStale: boolean;
}

/** Stand-ins by upstream status. */
export interface OnError {
  readonly byStatus: ReadonlyMap<number, StandIn>;
  readonly other: StandIn | undefined;
}

const TRANSPARENT: Color = [255, 255, 255, 0];

/**
 * Reads `on_error`.
 *
 * @throws ConfigFault for a key that is neither a status nor `other`, and for an unknown color
 */
export function parseOnError(config: OnErrorConfig | undefined): OnError | undefined {
  if (!config) return undefined;
  const byStatus = new Map<number, StandIn>();
  let other: StandIn | undefined;
  for (const [key, { response, cache, authorize_stale }] of Object.entries(config)) {
    const standIn = {
      color: response === "transparent" ? TRANSPARENT : readColor(response, `on_error.${key}`),
      cacheable: cache,
      authorizeStale: authorize_stale,
    };
    if (key === "other") other = standIn;
    else if (/^\d+$/.test(key)) byStatus.set(Number(key), standIn);
    else throw new ConfigFault("on_error", `invalid error code ${key} in on_error`);
  }
  return { byStatus, other };
}

/**
 * Runs `ask`, and paints what `on_error` says if it fails. Errors without a stand-in are logged
 * with all details and thrown again.
 *
 * @param about `what` is asked for, for the log; `size` and `options` of the picture; whether wrong
 *   `content` of a successful answer is an error in the sense of `on_error`
 */
export async function withStandIn<T>(
  onError: OnError | undefined,
  about: {
    readonly what: string;
    readonly size: readonly [width: number, height: number];
    readonly options: ImageOptions;
    readonly content: boolean;
  },
  ask: () => Promise<T>,
  ctx: Context,
): Promise<T | MapResult> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const isCovered = about.content || !error.isContent;
    const standIn = isCovered ? find(onError, error.status) : undefined;
    if (standIn) return paint(standIn, about.size, about.options);
    ctx.log.error("source-failed", {
      source: error.source,
      reason: `could not retrieve ${about.what}: ${error.detail}`,
    });
    throw error;
  }
}

function find(onError: OnError | undefined, status: number | undefined): StandIn | undefined {
  const exact = status === undefined ? undefined : onError?.byStatus.get(status);
  return exact ?? onError?.other;
}

function paint(
  { color, cacheable, authorizeStale }: StandIn,
  size: readonly [width: number, height: number],
  base: ImageOptions,
): MapResult {
  const options: ImageOptions = {
    ...base,
    mode: undefined,
    transparent: color.length === 4,
    background: color,
  };
  return {
    picture: { kind: "raster", view: canvas(size, options), isPlain: true },
    options,
    cacheable,
    authorizeStale,
  };
}

function readColor(value: string | number[], path: string): Color {
  try {
    return parseColor(value);
  } catch (cause) {
    throw new ConfigFault(
      `${path}.response`,
      cause instanceof Error ? cause.message : String(cause),
    );
  }
}
