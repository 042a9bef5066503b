import { closeRing, type Polygon, type Ring, ringContains, signedArea } from "./polygon.ts";
import type { Geometry } from "./wkt.ts";

/** First four bytes, big-endian. */
const FILE_CODE = 9994;
const HEADER = 100;

/** Names of shape types, without those that carry heights or measures (ESRI 1998, table 1). */
const TYPES: Readonly<Record<number, string>> = {
  0: "Null",
  1: "Point",
  3: "LineString",
  5: "Polygon",
  8: "MultiPoint",
  31: "MultiPatch",
};

/** Whether bytes are those of a `.shp` file. */
export function isShapefile(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER && viewOf(bytes).getInt32(0) === FILE_CODE;
}

/**
 * Geometries of a shapefile, one a record, in order (ESRI Shapefile Technical Description, 1998).
 * Records without geometry are `undefined`.
 *
 * @throws RangeError if the file is damaged
 */
export function parseShapefile(bytes: Uint8Array): (Geometry | undefined)[] {
  if (!isShapefile(bytes)) throw new RangeError("Cannot read shapefile: wrong file code");
  const view = viewOf(bytes);
  const geometries: (Geometry | undefined)[] = [];
  let at = HEADER;
  while (at + 12 <= bytes.length) {
    // length in words of 16 bits, without the record's own header of 8 bytes
    const end = at + 8 + view.getInt32(at + 4) * 2;
    if (end > bytes.length || end < at + 12) {
      throw new RangeError(`Cannot read shapefile: record ${geometries.length + 1} is cut off`);
    }
    geometries.push(readRecord(new DataView(view.buffer, view.byteOffset + at + 8, end - at - 8)));
    at = end;
  }
  return geometries;
}

function readRecord(record: DataView): Geometry | undefined {
  const code = record.getInt32(0, true);
  // 11 to 28 are the types above with heights (Z) and measures (M)
  const type = TYPES[code] ?? TYPES[code % 10] ?? String(code);
  if (code === 0) return undefined;
  if (type !== "Polygon") return { type, polygons: undefined };
  return { type, polygons: groupRings(readRings(record)) };
}

/** Rings of a polygon record: box, counts, index of each ring's first position, positions. */
function readRings(record: DataView): Ring[] {
  const parts = record.byteLength >= 44 ? record.getInt32(36, true) : -1;
  const count = record.byteLength >= 44 ? record.getInt32(40, true) : -1;
  const positions = 44 + parts * 4;
  if (parts < 0 || count < 0 || positions + count * 16 > record.byteLength) {
    throw new RangeError("Cannot read shapefile: a polygon is cut off");
  }
  const rings: Ring[] = [];
  for (let part = 0; part < parts; part++) {
    const first = record.getInt32(44 + part * 4, true);
    const end = part + 1 < parts ? record.getInt32(48 + part * 4, true) : count;
    if (first < 0 || end > count) throw new RangeError("Cannot read shapefile: a ring is cut off");
    const ring: [number, number][] = [];
    for (let i = first; i < end; i++) {
      const at = positions + i * 16;
      ring.push([record.getFloat64(at, true), record.getFloat64(at + 8, true)]);
    }
    const closed = closeRing(ring);
    if (closed) rings.push(closed);
  }
  return rings;
}

/** Polygons from rings: clockwise ones are outer, each other one is a hole of the one around it. */
function groupRings(rings: readonly Ring[]): Polygon[] {
  const outers = rings.filter((ring) => signedArea(ring) < 0);
  // some writers turn all rings the other way round
  if (outers.length === 0) return rings.map((ring) => [ring]);
  const polygons = outers.map((outer): Ring[] => [outer]);
  for (const hole of rings) {
    if (signedArea(hole) < 0) continue;
    const [x, y] = hole[0]!;
    const around = polygons.filter(([outer]) => outer && ringContains(outer, x, y));
    // islands in lakes: the smallest outer ring around the hole is its own
    around.sort((a, b) => Math.abs(signedArea(a[0]!)) - Math.abs(signedArea(b[0]!)));
    (around[0] ?? polygons[0])?.push(hole);
  }
  return polygons;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
