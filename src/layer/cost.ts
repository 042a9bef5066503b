import { RequestError } from "../core/errors.ts";
import type { Budget } from "../platform/platform.ts";

/** What a map out of tiles takes at the most. */
export interface MapCost {
  /** Memory for the pixels, in bytes. */
  readonly memory: number;
  /** Requests to stores, locks and upstream servers if none of the tiles is there yet. */
  readonly subrequests: number;
}

/** Pictures of the map's own size that are there at once: warped, merged, and on their way into the encoder. */
const COPIES = 3;

/** A tile that is missing is looked for twice, and stored; a meta tile is locked, released and asked for. */
const REQUESTS_A_TILE = 3;
const REQUESTS_A_META_TILE = 3;

/**
 * Estimates a map before anything is loaded for it.
 *
 * @param tiles columns and rows of the tiles below the map
 * @param tileSize pixels
 * @param size of the map, pixels
 * @param metaTile columns and rows of the tiles that are made together
 */
export function mapCost(about: {
  readonly tiles: readonly [columns: number, rows: number];
  readonly tileSize: readonly [width: number, height: number];
  readonly size: readonly [width: number, height: number];
  readonly metaTile: readonly [columns: number, rows: number];
}): MapCost {
  const { tiles, tileSize, size, metaTile } = about;
  const count = tiles[0] * tiles[1];
  const mosaic = count * tileSize[0] * tileSize[1];
  // A block that does not begin where a meta tile does touches one more each way.
  const metas = (Math.ceil(tiles[0] / metaTile[0]) + 1) * (Math.ceil(tiles[1] / metaTile[1]) + 1);
  return {
    memory: 4 * (mosaic + COPIES * size[0] * size[1]),
    subrequests: REQUESTS_A_TILE * count + REQUESTS_A_META_TILE * Math.min(count, metas),
  };
}

/**
 * Refuses what the runtime could not carry through, before it is begun.
 *
 * @throws RequestError that says what it would take, and what there is
 */
export function checkCost(cost: MapCost, budget: Budget | undefined): void {
  if (!budget) return;
  if (cost.memory > budget.memory) {
    const [needed, there] = [cost.memory, budget.memory].map((bytes) => Math.ceil(bytes / 2 ** 20));
    throw tooLarge(`it takes up to ${needed} MiB of memory, and ${there} MiB are there`);
  }
  if (cost.subrequests > budget.subrequests) {
    const { subrequests } = cost;
    throw tooLarge(
      `it takes up to ${subrequests} requests to stores and sources, and ${budget.subrequests} are allowed`,
    );
  }
}

/** Pixels of the largest map that fits into the memory, whatever it is made from. */
export function largestMap(budget: Budget | undefined): number {
  return budget ? Math.floor(budget.memory / (4 * COPIES)) : Number.POSITIVE_INFINITY;
}

function tooLarge(why: string): RequestError {
  return new RequestError(undefined, `Cannot draw a map this large: ${why}; ask for fewer pixels`);
}
