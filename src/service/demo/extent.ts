import { RequestError } from "../../core/errors.ts";
import { type BBox, bboxIntersection, bboxWidth } from "../../geo/bbox.ts";
import { type Extent, extentBBox } from "../../srs/extent.ts";
import { parseSrs, type Srs } from "../../srs/srs.ts";
import { clientSrs } from "./client-srs.ts";
import { noPreview } from "./preview.ts";

/** North of this web mercator has no end; degrees. */
const MERCATOR_LIMIT = 85.0511;

/** Layers wider than this are drawn only around the middle of a regional projection; degrees. */
const REGIONAL_WIDTH = 60;
/** How far around its middle a regional projection is shown; degrees. */
const REGIONAL_REACH = 12;

/**
 * What a preview shows at first: the extent of the layer, or as much of it as a map in `srs` can
 * sensibly hold. A layer of the whole world in a system made for one country shows that country.
 *
 * @throws RequestError 400 if nothing of the extent can be drawn in `srs`
 */
export function shownExtent(extent: Extent, srs: Srs): BBox {
  for (const candidate of candidates(extent, srs)) {
    const bbox = tryExtent(candidate, srs);
    if (bbox) return bbox;
  }
  throw noPreview(`the extent of the layer cannot be shown in ${srs.code}`, 400);
}

function candidates(extent: Extent, srs: Srs): Extent[] {
  const wgs84 = parseSrs("EPSG:4326");
  const world = tryExtent(extent, wgs84) ?? [-180, -90, 180, 90];
  const found: Extent[] = [];
  const home = srs.isGeographic ? undefined : homeOf(clientSrs(srs).definition ?? "");
  if (home && bboxWidth(world) > REGIONAL_WIDTH) {
    const part = bboxIntersection(world, home);
    if (part) found.push({ bbox: part, srs: wgs84 });
  }
  found.push(extent);
  const open = bboxIntersection(world, [-180, -MERCATOR_LIMIT, 180, MERCATOR_LIMIT]);
  if (open) found.push({ bbox: open, srs: wgs84 });
  return found;
}

/** Degrees around the middle of a projection that has one meridian of its own. */
function homeOf(definition: string): BBox | undefined {
  if (/\+proj=(?:merc|webmerc|eqc|longlat)\b/.test(definition)) return undefined;
  const number = (name: string) => {
    const found = new RegExp(`\\+${name}=(-?[\\d.]+)`).exec(definition);
    return found ? Number(found[1]) : undefined;
  };
  const zone = number("zone");
  const longitude = zone === undefined ? number("lon_0") : zone * 6 - 183;
  if (longitude === undefined) return undefined;
  const [west, east] = [longitude - REGIONAL_REACH, longitude + REGIONAL_REACH];
  // Systems that count from the equator are those of the middle latitudes: 50 degrees is their middle.
  const side = definition.includes("+south") ? -1 : 1;
  const latitude = number("lat_0") || number("lat_1") || 50 * side;
  return [
    west,
    Math.max(-89, latitude - REGIONAL_REACH),
    east,
    Math.min(89, latitude + REGIONAL_REACH),
  ];
}

function tryExtent(extent: Extent, srs: Srs): BBox | undefined {
  try {
    const bbox = extentBBox(extent, srs);
    return bbox.every(Number.isFinite) ? bbox : undefined;
  } catch (error) {
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}
