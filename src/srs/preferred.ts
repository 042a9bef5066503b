import { type Srs, sameSrs } from "./srs.ts";

/**
 * The system to ask for when `target` is wanted and only `available` can be had.
 *
 * `target` itself if an equal one is available (keep the listed code for the request: see
 * {@linkcode sameSrs}), else the first preferred one that is available, else the first that is
 * geographic or projected as the target is, else the first.
 *
 * @param preferred by code of the target, best first
 * @throws RangeError if nothing is available
 */
export function bestSrs(
  target: Srs,
  available: readonly Srs[],
  preferred: ReadonlyMap<string, readonly Srs[]>,
): Srs {
  const has = (srs: Srs) => available.some((other) => sameSrs(srs, other));
  if (has(target)) return target;
  const best =
    preferred.get(target.code)?.find(has) ??
    available.find((srs) => srs.isGeographic === target.isGeographic) ??
    available[0];
  if (!best) throw new RangeError("Cannot choose a reference system: none is available");
  return best;
}
