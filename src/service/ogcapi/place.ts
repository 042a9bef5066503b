/** Which part of the ground is asked for: `bbox`, `center`, `subset`. */
import { readNumber } from "../../core/text.ts";
import type { BBox } from "../../geo/bbox.ts";
import { fromAxisOrder } from "../../srs/axis.ts";
import type { Srs } from "../../srs/srs.ts";
import { transformBBox, transformPoint } from "../../srs/transform.ts";
import { echo } from "../ows.ts";
import { readCrs } from "./crs-param.ts";
import { type ApiParams, apiError, single } from "./params.ts";

/** What is asked for, in the system of the map: x east, y north. Nothing given: nothing set. */
export interface Place {
  readonly bbox?: BBox | undefined;
  readonly center?: readonly [x: number, y: number] | undefined;
}

/** What the parameters are read against. */
export interface PlaceContext {
  /** System of the map. */
  readonly target: Srs;
  /** System of coordinates that say nothing else. */
  readonly standard: Srs;
  srs(code: string): Srs;
}

/**
 * Reads `bbox`, `center` and `subset` (OGC 20-058, 9).
 *
 * @throws RequestError `Invalid Parameter` if one cannot be read, lies where the map's system has no place,
 *   or they exclude each other
 */
export function readPlace(params: ApiParams, context: PlaceContext): Place {
  const has = (name: string) => params.has(name);
  if (has("subset") && (has("bbox") || has("center"))) {
    throw invalid("(bbox or center) and subset are mutually exclusive");
  }
  if (has("bbox") && has("center")) throw invalid("bbox and center are mutually exclusive");
  if (has("bbox")) return { bbox: readBBox(params, context) };
  if (has("center")) return { center: readCenter(params, context) };
  if (has("subset")) return { bbox: readSubset(params, context) };
  // A system alone is checked too: who writes it wrongly wants to know.
  for (const name of ["bbox-crs", "center-crs", "subset-crs"] as const)
    readCrs(params, name, context.srs);
  return {};
}

function invalid(detail: string) {
  return apiError("Invalid Parameter", detail);
}

/** Numbers of a list; `undefined` if one is none. */
function numbers(text: string): number[] | undefined {
  const values = text.split(",", 8).map(readNumber);
  return values.every((value) => value !== undefined) ? (values as number[]) : undefined;
}

function readBBox(params: ApiParams, context: PlaceContext): BBox {
  const srs = readCrs(params, "bbox-crs", context.srs) ?? context.standard;
  const values = numbers(params.get("bbox")!.join(","));
  if (!values || (values.length !== 4 && values.length !== 6)) {
    throw invalid("bbox must be a list of 4 or 6 numeric values");
  }
  const half = values.length / 2; // the third number of a corner is a height
  const bbox: BBox = [values[0]!, values[1]!, values[half]!, values[half + 1]!];
  if (!(bbox[2] > bbox[0] && bbox[3] > bbox[1])) {
    throw invalid("bbox[2] must be greater than bbox[0] and bbox[3] must be greater than bbox[1]");
  }
  return reproject(fromAxisOrder(bbox, srs), "bbox", { from: srs, to: context.target });
}

function readCenter(params: ApiParams, context: PlaceContext): [number, number] {
  const from = readCrs(params, "center-crs", context.srs) ?? context.standard;
  const values = numbers(params.get("center")!.join(","));
  if (values?.length !== 2) throw invalid("center must be a list of 2 numeric values");
  const [a, b] = values as [number, number];
  const point = from.northEast ? ([b, a] as const) : ([a, b] as const);
  const [x, y] = transformPoint(point[0], point[1], from, context.target);
  if (Number.isFinite(x) && Number.isFinite(y)) return [x, y];
  throw notThere("center", { from, to: context.target }, "no such place");
}

const AXES: Readonly<Record<string, "x" | "y">> = {
  ...{ lon: "x", long: "x", longitude: "x", x: "x", e: "x", easting: "x" },
  ...{ lat: "y", latitude: "y", y: "y", n: "y", northing: "y" },
};

/** `Lat(40:50),Lon(10:20)`, in one value or several (OGC 20-058, 9.4). */
function readSubset(params: ApiParams, context: PlaceContext): BBox {
  const from = readCrs(params, "subset-crs", context.srs) ?? context.standard;
  const parts = params.get("subset")!.flatMap((value) => value.split(",", 16));
  if (parts.length !== 2) throw invalid("subset must include 2 axis");
  const ranges: { x?: [number, number]; y?: [number, number] } = {};
  for (const part of parts) {
    const { axis, name, range } = readInterval(part);
    if (ranges[axis]) {
      throw invalid(`Axis name ${name} has been specified in multiple subset parts`);
    }
    ranges[axis] = range;
  }
  const { x, y } = ranges;
  if (!x || !y) throw invalid("subset must include 2 axis");
  return reproject([x[0], y[0], x[1], y[1]], "subset", { from, to: context.target });
}

function readInterval(part: string) {
  const shown = echo(part);
  const [, name, inside] = /^\s*([^()]+?)\s*\(([^()]*)\)\s*$/.exec(part) ?? [];
  if (name === undefined || inside === undefined) throw invalid(`Invalid subset part ${shown}`);
  const ends = inside.split(":", 3);
  if (ends.length !== 2) throw invalid(`Only intervals are supported in subset part ${shown}`);
  const key = name.toLowerCase();
  const axis = Object.hasOwn(AXES, key) ? AXES[key] : undefined;
  if (!axis) throw invalid(`Unsupported axis name ${echo(name)} in subset part ${shown}`);
  const [low, high] = ends.map(readNumber);
  if (low === undefined || high === undefined) {
    throw invalid(`Non numeric value found in range of subset part ${shown}`);
  }
  if (!(low < high)) {
    throw invalid("Invalid range in subset: first value must be less than second one");
  }
  return { axis, name, range: [low, high] as [number, number] };
}

function reproject(bbox: BBox, name: string, way: { from: Srs; to: Srs }): BBox {
  let moved: BBox;
  try {
    moved = transformBBox(bbox, way.from, way.to);
  } catch (error) {
    throw notThere(name, way, (error as Error).message);
  }
  const isArea = moved.every(Number.isFinite) && moved[0] < moved[2] && moved[1] < moved[3];
  if (isArea) return moved;
  throw notThere(name, way, "no such place");
}

function notThere(name: string, { from, to }: { from: Srs; to: Srs }, why: string) {
  return invalid(`${name} cannot be reprojected from ${from.code} to ${to.code}: ${why}`);
}

/** The last value of a parameter as a positive number; `undefined` if it is not given. */
export function readPositive(
  params: ApiParams,
  name: "scale-denominator" | "mm-per-pixel",
): number | undefined {
  const text = single(params, name);
  if (text === undefined) return undefined;
  const value = readNumber(text);
  if (value !== undefined && value > 0) return value;
  throw invalid(`${name} must be a strictly positive numeric value`);
}

/** A side of a picture in pixels; `undefined` if it is not given. */
export function readSide(params: ApiParams, name: "width" | "height"): number | undefined {
  const text = single(params, name);
  if (text === undefined) return undefined;
  if (!/^\s*[+-]?\d{1,15}\s*$/.test(text)) throw invalid(`${name} is not an integer`);
  const value = Number(text);
  if (value > 0) return value;
  throw invalid(`${name} must be strictly positive`);
}
