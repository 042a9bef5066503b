import { projectorOf } from "./projector.ts";
import { parseSrs, type Srs } from "./srs.ts";

/**
 * Longitude and latitude to go with a system: EPSG:4326, or for another celestial body
 * (authority `IAU…`) degrees on that body.
 */
export function geographicSrs(srs: Srs): Srs {
  if (!srs.code.startsWith("IAU")) return parseSrs("EPSG:4326");
  if (srs.isGeographic) return srs;
  const { a, es } = projectorOf(srs.definition);
  const definition = `+proj=longlat +a=${a} +b=${a * Math.sqrt(1 - es)} +no_defs`;
  return {
    code: srs.code,
    definition,
    isGeographic: true,
    northEast: true,
    metresPerUnit: (a * Math.PI) / 180,
  };
}
