/**
 * A spatial reference system. Coordinates inside Rhumb are always x east, y north (or lon, lat);
 * `northEast` matters only where a protocol is read or written.
 */
export interface Srs {
  /** Upper-case `AUTHORITY:CODE` as configured or asked for: `EPSG:3857`, `CRS:84`. */
  readonly code: string;
  /**
   * Equal for systems with the same definition: `EPSG:900913` and `EPSG:3857`, `CRS:84` and
   * `EPSG:4326`. Compare systems by this ({@linkcode sameSrs}), look them up by `code`.
   */
  readonly definition: string;
  readonly isGeographic: boolean;
  /** Whether the standard's axis order is north, east. */
  readonly northEast: boolean;
  /** Metres a unit of the system is long at the equator: 1, or 111319.49… for degrees. */
  readonly metresPerUnit: number;
}

/** Whether coordinates of one are coordinates of the other without change. */
export function sameSrs(a: Srs, b: Srs): boolean {
  return a.definition === b.definition;
}
