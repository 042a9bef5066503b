import * as v from "valibot";
import { ConfigFault } from "../model/define.ts";
import type { Clock, Platform } from "../platform/platform.ts";
import type { Srs } from "../srs/srs.ts";
import type { TileManager } from "../tile/manager.ts";
import type { BuiltCache } from "./build-caches.ts";
import type { BuildContext } from "./build-context.ts";
import type { LayerShapes } from "./layer-shape.ts";
import { type ServerConfig, secretSchema } from "./schema-parts.ts";

/** What `POST /purge` works with. */
export interface PurgeParts {
  /** What the client has to know. */
  readonly token: string;
  readonly stores: readonly LayerStore[];
  readonly clock: Clock;
  /** @throws RangeError if there is no such reference system */
  srs(code: string): Srs;
  /** Whether tiles carry tags, by which shared caches forget them. */
  readonly hasTags: boolean;
  /** Most tiles that one request may look at, one by one. */
  readonly maxTiles: number;
  /** See `Platform.forgetFront`. */
  readonly forgetFront: Platform["forgetFront"];
}

/** A cache, and the published layers whose tiles come from it. */
export interface LayerStore {
  readonly cache: string;
  readonly layers: readonly string[];
  readonly managers: readonly TileManager[];
}

/** Tiles that a purge may look at one by one, and requests to the store for each. */
const MOST_TILES = 10_000;
const REQUESTS_OF_A_TILE = 2;

/**
 * @returns `undefined` where no secret is set: there is no purge then
 * @throws ConfigFault if the secret in the environment cannot be used
 */
export function buildPurge(
  { config, platform, srs }: BuildContext,
  caches: Iterable<BuiltCache>,
  tiles: LayerShapes["tiles"],
): PurgeParts | undefined {
  const token = tokenOf(config.server, platform);
  if (token === undefined) return undefined;
  const { clock, budget, forgetFront } = platform;
  return {
    token,
    stores: [...caches].map(({ name, managers }) => ({
      cache: name,
      layers: tiles.flatMap((shape) => (shape.caches.includes(name) ? shape.name : [])),
      managers,
    })),
    clock,
    srs,
    hasTags: config.globals.tiles.cache_tags,
    maxTiles: budget ? Math.floor(budget.subrequests / REQUESTS_OF_A_TILE) : MOST_TILES,
    forgetFront,
  };
}

function tokenOf({ purge_token }: ServerConfig, { env }: Platform): string | undefined {
  const { RHUMB_PURGE_TOKEN: given } = env;
  if (!given) return purge_token;
  const checked = v.safeParse(secretSchema, given);
  if (checked.success) return given;
  throw new ConfigFault("", `RHUMB_PURGE_TOKEN: ${checked.issues[0].message}`);
}
