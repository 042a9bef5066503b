/** Celestial bodies: maps of the moon have no longitude on earth. */
import type { Grid } from "../../grid/grid.ts";
import { DEFAULT_EXTENT, type Extent, mergeExtents } from "../../srs/extent.ts";
import { geographicSrs } from "../../srs/geographic.ts";
import { parseSrs, type Srs } from "../../srs/srs.ts";

/** Whether a system is one of the earth; those of other bodies have the authority `IAU…`. */
export function isOnEarth({ code }: Pick<Srs, "code">): boolean {
  return !code.startsWith("IAU");
}

/** Whether maps in one system can show what lies in the other. */
export function isSameBody(a: Pick<Srs, "code">, b: Pick<Srs, "code">): boolean {
  return bodyOf(a) === bodyOf(b);
}

/** IAU codes are `number of the body x 100 + system`: `IAU_2015:30110` is one of the moon's. */
function bodyOf(srs: Pick<Srs, "code">): string {
  return isOnEarth(srs) ? "earth" : (/:(\d+)\d\d$/.exec(srs.code)?.[1] ?? srs.code);
}

/** Longitude and latitude on the body of a system: EPSG:4326, or the first system of the other body. */
export function worldOf(srs: Srs): Srs {
  if (isOnEarth(srs)) return parseSrs("EPSG:4326");
  const code = /^(.*:\d+)\d\d$/.exec(srs.code)?.[1];
  try {
    return parseSrs(`${code}00`);
  } catch {
    // A system of the configuration's own, on a body that the table does not have.
    return geographicSrs(srs);
  }
}

/** Systems whose coordinates requests have unless they say otherwise: x is longitude. */
export function defaultCrs(srs: Srs): Srs {
  return isOnEarth(srs) ? parseSrs("CRS:84") : worldOf(srs);
}

/** What a collection is stored in. */
export function storageSrs({ extent }: { readonly extent: Extent }): Srs {
  return extent.srs;
}

/** Whether tiles of a grid can show a collection. */
export function fitsGrid(node: { readonly extent: Extent }, grid: Grid): boolean {
  return isSameBody(storageSrs(node), grid.srs);
}

/** What several collections cover together: the whole world as soon as one of them has no limits. */
export function commonExtent(nodes: readonly { readonly extent: Extent }[]): Extent {
  const extents = nodes.map(({ extent }) => extent);
  return extents.some(({ isDefault }) => isDefault) ? DEFAULT_EXTENT : mergeExtents(extents);
}
