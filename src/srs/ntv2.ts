import { md5Hex } from "../core/hash.ts";

/** One rectangle of shifts; angles in degrees, longitudes east of Greenwich. */
export interface ShiftNodes {
  readonly west: number;
  readonly south: number;
  /** Degrees from one column or row to the next. */
  readonly stepX: number;
  readonly stepY: number;
  readonly columns: number;
  readonly rows: number;
  /** Finer grids within this one. */
  readonly children: readonly ShiftNodes[];
  /** Shift at a node, written to `out`: degrees north, degrees east. Rows from the south, columns from the west. */
  read(column: number, row: number, out: [north: number, east: number]): void;
}

/** A file of datum shifts. */
export interface ShiftGrid {
  /** Equal for files with the same content. */
  readonly id: string;
  /** Grids that lie in no other one. */
  readonly roots: readonly ShiftNodes[];
}

/** Records of the file are of 16 bytes: a name of 8 and a value of 8, or four floats. */
const RECORD = 16;
/** Records of the header of the file, and of that of each grid. */
const HEADER_RECORDS = 11;
const HEADER = RECORD * HEADER_RECORDS;
const PER_DEGREE = 3600;
/** Parts of a step by which extent and count of nodes may disagree: the numbers are rounded to 0.000001". */
const STEP_TOLERANCE = 1e-3;

/**
 * Reads a file of datum shifts in the format NTv2 (National Transformation version 2, Developer's Guide,
 * Geodetic Survey of Canada), of either byte order. The shifts stay in `bytes`; they are read when asked for.
 *
 * @param name for messages
 * @throws RangeError if it is another format, cut off, or contradicts itself
 */
export function readNtv2(name: string, bytes: Uint8Array): ShiftGrid {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (reason: string) => new RangeError(`Cannot read grid file "${name}": ${reason}`);
  const foreign = foreignFormat(bytes);
  if (foreign) throw fail(`it is ${foreign}, expected NTv2 (.gsb)`);
  if (bytes.length < HEADER || text(bytes, 0) !== "NUM_OREC") {
    throw fail("it does not begin as an NTv2 file does");
  }
  const little = view.getInt32(8, true) === HEADER_RECORDS;
  if (!little && view.getInt32(8, false) !== HEADER_RECORDS) {
    throw fail(`its header has other than ${HEADER_RECORDS} records`);
  }
  if (view.getInt32(24, little) !== HEADER_RECORDS) {
    throw fail(`its grids have other headers than of ${HEADER_RECORDS} records`);
  }
  const unit = text(bytes, 56);
  if (unit !== "SECONDS") throw fail(`its shifts are in "${unit}", expected SECONDS`);
  const count = view.getInt32(40, little);
  if (count < 1 || count * HEADER > bytes.length) throw fail(`it says to hold ${count} grids`);
  return { id: md5Hex(bytes), roots: readGrids(bytes, { view, little, count, fail }) };
}

/** What is behind other first bytes that grids of shifts have; `undefined`: none of those. */
function foreignFormat(bytes: Uint8Array): string | undefined {
  const start = text(bytes, 0);
  if (/^(?:II\*|MM\0\*)/.test(start)) return "a GeoTIFF";
  if (start.startsWith("CTABLE")) return "a CTABLE grid";
  if (start.startsWith("HEADER")) return "an NTv1 grid";
  if (start.startsWith("NADCON")) return "a NADCON grid";
  return undefined;
}

interface Reading {
  readonly view: DataView;
  readonly little: boolean;
  readonly count: number;
  fail(reason: string): RangeError;
}

function readGrids(bytes: Uint8Array, reading: Reading): ShiftNodes[] {
  const roots: ShiftNodes[] = [];
  const childrenOf = new Map<string, ShiftNodes[]>();
  const parents: [child: ShiftNodes, parent: string][] = [];
  let at = HEADER;
  for (let i = 0; i < reading.count; i++) {
    if (at + HEADER > bytes.length) throw reading.fail(`it ends before grid ${i + 1}`);
    const label = text(bytes, at + 8);
    const parent = text(bytes, at + 24);
    if (childrenOf.has(label)) throw reading.fail(`it holds two grids "${label}"`);
    const children: ShiftNodes[] = [];
    const grid = readNodes(at, children, reading);
    childrenOf.set(label, children);
    if (parent === "NONE") roots.push(grid);
    else parents.push([grid, parent]);
    at += HEADER + grid.columns * grid.rows * RECORD;
  }
  for (const [grid, parent] of parents) {
    const siblings = childrenOf.get(parent);
    if (!siblings) throw reading.fail(`a grid lies in "${parent}", which it does not hold`);
    siblings.push(grid);
  }
  if (roots.length === 0) throw reading.fail("all its grids lie in others");
  return roots;
}

/** Reads a grid's header; limits in seconds, longitudes positive west, as the format has them. */
function readNodes(
  at: number,
  children: readonly ShiftNodes[],
  { view, little, fail }: Reading,
): ShiftNodes {
  const number = (record: number) => view.getFloat64(at + record * RECORD + 8, little) / PER_DEGREE;
  const [south, north, east, west, stepY, stepX] = [4, 5, 6, 7, 8, 9].map(number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!(stepX > 0 && stepY > 0 && north > south && west > east)) {
    throw fail("a grid in it has no extent");
  }
  if (Math.abs(south) > 90 || Math.abs(north) > 90 || west - east > 360) {
    throw fail("a grid in it is larger than the Earth");
  }
  const columns = nodesIn(west - east, stepX);
  const rows = nodesIn(north - south, stepY);
  const stated = view.getInt32(at + 10 * RECORD + 8, little);
  if (columns === undefined || rows === undefined || columns * rows !== stated) {
    throw fail(`a grid in it has ${stated} nodes, which its extent and its steps do not give`);
  }
  const first = at + HEADER;
  if (first + stated * RECORD > view.byteLength) {
    throw fail(`it is cut off: ${view.byteLength} bytes, expected ${first + stated * RECORD}`);
  }
  return {
    west: -west,
    south,
    stepX,
    stepY,
    columns,
    rows,
    children,
    read(column, row, out) {
      // Nodes run from east to west, and shifts of longitude are positive west.
      const node = first + (row * columns + (columns - 1 - column)) * RECORD;
      out[0] = view.getFloat32(node, little) / PER_DEGREE;
      out[1] = -view.getFloat32(node + 4, little) / PER_DEGREE;
    },
  };
}

/** `undefined` if the extent is no whole number of steps. */
function nodesIn(extent: number, step: number): number | undefined {
  const steps = extent / step;
  const whole = Math.round(steps);
  return Math.abs(steps - whole) > STEP_TOLERANCE || whole < 1 ? undefined : whole + 1;
}

/** Eight bytes of text, without the blanks and zeros at its end. */
function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 8)).replace(/[\s\0]+$/, "");
}
