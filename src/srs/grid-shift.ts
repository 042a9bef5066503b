import type { ShiftGrid, ShiftNodes } from "./ntv2.ts";
import type { Place } from "./projector.ts";

const DEGREE = Math.PI / 180;
const RADIAN = 180 / Math.PI;
/** Parts of both steps by which a place may lie beside a grid and still count as on its edge, as in PROJ. */
const EDGE = 1e-5;
/** The same on the way back. */
const EDGE_BACK = 5e-5;
/** Degrees to which a way back is followed: 1e-7 m. */
const PRECISE = 1e-12;
/** Steps of a way back; each is some thousand times nearer than the one before. */
const MOST_STEPS = 10;

/** Reused, since transformations are synchronous. */
const node: [north: number, east: number] = [0, 0];
const shift = { lon: 0, lat: 0 };

/**
 * Moves a place by the grids: by the finest one that it lies in, of the first file that has one.
 *
 * @param place longitude and latitude in radians; changed in place
 * @returns whether a grid has the place; if not, it is as it was
 */
export function shiftByGrids(place: Place, grids: readonly ShiftGrid[]): boolean {
  const lon = place.x * RADIAN;
  const lat = place.y * RADIAN;
  const found = gridAt(grids, lon, lat);
  if (!found || !shiftAt(found, lon, lat)) return false;
  place.x = (lon + shift.lon) * DEGREE;
  place.y = (lat + shift.lat) * DEGREE;
  return true;
}

/** The way back: the place that {@linkcode shiftByGrids} moves to this one. */
export function unshiftByGrids(place: Place, grids: readonly ShiftGrid[]): boolean {
  const lon = place.x * RADIAN;
  const lat = place.y * RADIAN;
  let grid = gridAt(grids, lon, lat);
  if (!grid || !shiftAt(grid, lon, lat)) return false;
  const near = { x: lon - shift.lon, y: lat - shift.lat };
  let { x, y } = near;
  for (let i = 0; i < MOST_STEPS; i++) {
    // At an edge the place before the shift may lie in the grid beside; in none, the first step is all there is.
    if (!contains(grid, x, y, EDGE_BACK)) grid = gridAt(grids, x, y);
    if (!grid || !shiftAt(grid, x, y)) {
      ({ x, y } = near);
      break;
    }
    const dx = x + shift.lon - lon;
    const dy = y + shift.lat - lat;
    x -= dx;
    y -= dy;
    if (dx * dx + dy * dy < PRECISE * PRECISE) break;
  }
  place.x = x * DEGREE;
  place.y = y * DEGREE;
  return true;
}

function gridAt(grids: readonly ShiftGrid[], lon: number, lat: number): ShiftNodes | undefined {
  for (const { roots } of grids) {
    const found = finest(roots, lon, lat);
    if (found) return found;
  }
  return undefined;
}

function finest(list: readonly ShiftNodes[], lon: number, lat: number): ShiftNodes | undefined {
  for (const grid of list) {
    if (contains(grid, lon, lat, EDGE)) return finest(grid.children, lon, lat) ?? grid;
  }
  return undefined;
}

/** @param edge parts of both steps that count as on the edge */
function contains(grid: ShiftNodes, lon: number, lat: number, edge: number): boolean {
  const slack = (grid.stepX + grid.stepY) * edge;
  const x = eastOf(grid, lon);
  const y = lat - grid.south;
  return (
    x >= -slack &&
    x <= (grid.columns - 1) * grid.stepX + slack &&
    y >= -slack &&
    y <= (grid.rows - 1) * grid.stepY + slack
  );
}

/** Degrees by which a longitude lies east of the grid's edge; a grid may reach over the antimeridian. */
function eastOf(grid: ShiftNodes, lon: number): number {
  const x = lon - grid.west;
  if (x < -grid.stepX) return x + 360;
  return x >= 360 - grid.stepX ? x - 360 : x;
}

/** Bilinear between the four nodes around, written to `shift`; `false` where the file has no number. */
function shiftAt(grid: ShiftNodes, lon: number, lat: number): boolean {
  const x = eastOf(grid, lon) / grid.stepX;
  const y = (lat - grid.south) / grid.stepY;
  const column = Math.min(Math.max(Math.floor(x), 0), grid.columns - 2);
  const row = Math.min(Math.max(Math.floor(y), 0), grid.rows - 2);
  const east = Math.min(Math.max(x - column, 0), 1);
  const north = Math.min(Math.max(y - row, 0), 1);
  shift.lon = 0;
  shift.lat = 0;
  addNode(grid, column, row, (1 - east) * (1 - north));
  addNode(grid, column + 1, row, east * (1 - north));
  addNode(grid, column, row + 1, (1 - east) * north);
  addNode(grid, column + 1, row + 1, east * north);
  return Number.isFinite(shift.lat) && Number.isFinite(shift.lon);
}

function addNode(grid: ShiftNodes, column: number, row: number, weight: number): void {
  grid.read(column, row, node);
  shift.lat += node[0] * weight;
  shift.lon += node[1] * weight;
}
