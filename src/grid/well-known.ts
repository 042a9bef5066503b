import { parseSrs } from "../srs/srs.ts";
import { defineGrid, type GridOptions } from "./define.ts";
import type { Grid } from "./grid.ts";

/** Options of the grids that exist without being configured; a configured one of the name replaces it. */
export const PREDEFINED_GRIDS: Readonly<Record<string, GridOptions>> = {
  GLOBAL_GEODETIC: { name: "GLOBAL_GEODETIC", srs: "EPSG:4326", origin: "sw" },
  GLOBAL_MERCATOR: { name: "GLOBAL_MERCATOR", srs: "EPSG:900913", origin: "sw" },
  GLOBAL_WEBMERCATOR: { name: "GLOBAL_WEBMERCATOR", srs: "EPSG:3857", origin: "nw" },
};

/** EPSG:4326, one tile at level 0, which sticks out to the north. */
export const GLOBAL_GEODETIC: Grid = predefined("GLOBAL_GEODETIC");
/** EPSG:900913, rows from the south. */
export const GLOBAL_MERCATOR: Grid = predefined("GLOBAL_MERCATOR");
/** EPSG:3857, rows from the north: the grid of the web's maps. */
export const GLOBAL_WEBMERCATOR: Grid = predefined("GLOBAL_WEBMERCATOR");

function predefined(name: string): Grid {
  return defineGrid(name, PREDEFINED_GRIDS[name] ?? {}, {
    srs: parseSrs,
    options: () => undefined,
  });
}
