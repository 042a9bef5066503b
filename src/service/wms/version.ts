/** Versions of WMS, oldest first (OGC 00-028, 01-047r2, 01-068r3, 06-042). */
export const VERSIONS = ["1.0.0", "1.1.0", "1.1.1", "1.3.0"] as const;
export type WmsVersion = (typeof VERSIONS)[number];

/**
 * The version in which a request is answered (06-042, 6.2.4): the one asked for, else the highest
 * below it, else the lowest there is. Depends on nothing but its arguments.
 *
 * @param asked what the client wrote; nothing and nonsense mean the highest version
 * @param supported not empty, oldest first
 */
export function negotiate(asked: string | undefined, supported: readonly WmsVersion[]): WmsVersion {
  const exact = supported.find((version) => version === asked);
  if (exact) return exact;
  const highest = supported.at(-1) as WmsVersion;
  const wanted = asked === undefined ? undefined : components(asked);
  if (!wanted) return highest;
  let best = supported[0] as WmsVersion;
  for (const version of supported) {
    if (compare(components(version) as number[], wanted) <= 0) best = version;
  }
  return best;
}

function components(version: string): number[] | undefined {
  return /^\d{1,9}(?:\.\d{1,9}){0,7}$/.test(version) ? version.split(".").map(Number) : undefined;
}

/** Orders component by component; a version that ends earlier is lower: 1.1 < 1.1.0. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
