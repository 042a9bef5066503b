import { closeRing, type Polygon, type Ring } from "./polygon.ts";
import type { Geometry } from "./wkt.ts";

const TYPES: Readonly<Record<number, string>> = {
  1: "Point",
  2: "LineString",
  3: "Polygon",
  4: "MultiPoint",
  5: "MultiLineString",
  6: "MultiPolygon",
  7: "GeometryCollection",
};

/**
 * Reads one geometry in well-known binary (OGC 06-103r4, 8); heights and measures are dropped.
 *
 * @throws RangeError if the bytes end too early
 */
export function parseWkb(bytes: Uint8Array): Geometry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = readHead(view, 0);
  const type = TYPES[head.type] ?? String(head.type);
  if (type === "Polygon") {
    const { polygon } = readPolygon(view, head);
    return { type, polygons: polygon.length > 0 ? [polygon] : [] };
  }
  if (type !== "MultiPolygon") return { type, polygons: undefined };
  const count = view.getUint32(head.at, head.little);
  const polygons: Polygon[] = [];
  let at = head.at + 4;
  for (let i = 0; i < count; i++) {
    const { polygon, end } = readPolygon(view, readHead(view, at));
    if (polygon.length > 0) polygons.push(polygon);
    at = end;
  }
  return { type, polygons };
}

interface Head {
  readonly type: number;
  readonly little: boolean;
  /** Bytes a position. */
  readonly stride: number;
  readonly at: number;
}

/** Byte order and type; the type says by thousands (ISO) or high bits (PostGIS) what positions hold. */
function readHead(view: DataView, at: number): Head {
  const little = view.getUint8(at) === 1;
  const code = view.getUint32(at + 1, little);
  const thousands = Math.floor((code & 0xffff) / 1000);
  const z = thousands === 1 || thousands === 3 || (code & 0x80000000) !== 0;
  const m = thousands === 2 || thousands === 3 || (code & 0x40000000) !== 0;
  const srid = (code & 0x20000000) === 0 ? 0 : 4;
  const stride = 16 + (z ? 8 : 0) + (m ? 8 : 0);
  return { type: (code & 0xffff) % 1000, little, stride, at: at + 5 + srid };
}

function readPolygon(
  view: DataView,
  { little, stride, at: start }: Head,
): { polygon: Polygon; end: number } {
  const rings: Ring[] = [];
  const count = view.getUint32(start, little);
  let at = start + 4;
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(at, little);
    at += 4;
    if (at + length * stride > view.byteLength) throw new RangeError("Cannot read WKB: cut off");
    const positions: [number, number][] = [];
    for (let j = 0; j < length; j++, at += stride) {
      positions.push([view.getFloat64(at, little), view.getFloat64(at + 8, little)]);
    }
    const ring = closeRing(positions);
    // a hole without an outer ring is none
    if (ring && (i === 0 || rings.length > 0)) rings.push(ring);
  }
  return { polygon: rings, end: at };
}
