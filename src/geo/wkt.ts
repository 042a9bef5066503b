import { closeRing, type MultiPolygon, type Polygon, type Ring } from "./polygon.ts";

/** A geometry as far as areas are concerned. */
export interface Geometry {
  /** As in GeoJSON: `Polygon`, `Point`. */
  readonly type: string;
  /** `undefined` for types that have no area. */
  readonly polygons: MultiPolygon | undefined;
}

const TYPES = [
  "Point",
  "LineString",
  "Polygon",
  "MultiPoint",
  "MultiLineString",
  "MultiPolygon",
  "GeometryCollection",
] as const;

/**
 * Reads one geometry in well-known text (OGC 06-103r4, 7); heights and measures are dropped.
 *
 * @throws RangeError if the text is not a geometry
 */
export function parseWkt(text: string): Geometry {
  const [, word = "", body = ""] =
    // no two neighbours match the same spaces: linear for any text
    /^(?:SRID=\d+;\s*)?([a-z]+)\s*(?:(?:ZM|Z|M)\s*)?(EMPTY|\(.*\))$/is.exec(text.trim()) ?? [];
  const type = TYPES.find((name) => name.toLowerCase() === word.toLowerCase());
  if (!type) throw new RangeError(`Cannot read WKT: ${excerpt(text)}`);
  if (type !== "Polygon" && type !== "MultiPolygon") return { type, polygons: undefined };
  if (/^empty$/i.test(body)) return { type, polygons: [] };
  const nested = nest(body, text);
  const polygons = type === "Polygon" ? [nested] : list(nested, text);
  return { type, polygons: polygons.map((polygon) => readPolygon(polygon, text)) };
}

/** Lists in parentheses; the innermost stay text: `0 0, 1 0, 1 1`. */
type Nested = string | Nested[];

/** The lists that parentheses make. */
function nest(body: string, text: string): Nested {
  const root: Nested[] = [];
  const stack: Nested[][] = [root];
  for (const part of body.match(/[()]|[^()]+/g) ?? []) {
    const top = stack[stack.length - 1];
    if (!top) break;
    if (part === "(") {
      const inner: Nested[] = [];
      top.push(inner);
      stack.push(inner);
    } else if (part === ")") {
      stack.pop();
    } else if (!/^[\s,]*$/.test(part)) {
      top.push(part);
    }
  }
  const [first, ...others] = root;
  if (stack.length !== 1 || first === undefined || others.length > 0) {
    throw new RangeError(`Cannot read WKT: ${excerpt(text)}`);
  }
  return first;
}

function readPolygon(nested: Nested, text: string): Polygon {
  const rings: Ring[] = [];
  for (const item of list(nested, text)) {
    const [positions, ...others] = list(item, text);
    if (typeof positions !== "string" || others.length > 0) {
      throw new RangeError(`Cannot read WKT: ${excerpt(text)}`);
    }
    const ring = closeRing(positions.split(",").map((position) => readPosition(position, text)));
    // a hole without area is none; without an outer ring there is no polygon
    if (ring) rings.push(ring);
    else if (rings.length === 0) return [];
  }
  return rings;
}

function list(nested: Nested, text: string): Nested[] {
  if (typeof nested === "string") throw new RangeError(`Cannot read WKT: ${excerpt(text)}`);
  return nested;
}

/** Two numbers; heights and measures behind them are left out. */
const POSITION = /^\s*(\S+)\s+(\S+)/;

function readPosition(position: string, text: string): readonly [number, number] {
  const numbers = POSITION.exec(position);
  const x = Number(numbers?.[1]);
  const y = Number(numbers?.[2]);
  if (!Number.isFinite(x) || !Number.isFinite(y)) {
    throw new RangeError(`Cannot read WKT: position "${position.trim()}" in ${excerpt(text)}`);
  }
  return [x, y];
}

function excerpt(text: string): string {
  return text.length > 60 ? `"${text.slice(0, 60)}…"` : `"${text}"`;
}
