import type { Log } from "../core/context.ts";
import type { BBox } from "../geo/bbox.ts";
import { expiredTileBBox, parseExpiredTiles } from "../geo/expire.ts";
import { bboxPolygon, type MultiPolygon, type Polygon, polygonsBBox } from "../geo/polygon.ts";
import { simplifyPolygon } from "../geo/simplify.ts";
import type { Srs } from "../srs/srs.ts";
import { unitePolygons } from "./boolean.ts";
import { collect, difference, intersection, union } from "./combine.ts";
import type { Coverage } from "./coverage.ts";
import { geoJsonPolygons, type PolygonSource, readPolygons, wktPolygons } from "./files.ts";

/** Definition of an area, spelled as in configuration files. */
export interface CoverageOptions {
  readonly bbox?: string | readonly number[] | undefined;
  readonly bbox_srs?: string | undefined;
  readonly srs?: string | undefined;
  readonly datasource?: string | readonly number[] | undefined;
  readonly where?: string | undefined;
  readonly polygons?: string | undefined;
  readonly polygons_srs?: string | undefined;
  readonly ogr_datasource?: string | undefined;
  readonly ogr_where?: string | undefined;
  readonly ogr_srs?: string | undefined;
  readonly expire_tiles?: string | undefined;
  readonly union?: readonly CoverageOptions[] | undefined;
  readonly difference?: readonly CoverageOptions[] | undefined;
  readonly intersection?: readonly CoverageOptions[] | undefined;
  readonly clip?: boolean | undefined;
}

/** What surrounds a coverage in its configuration. */
export interface CoverageDeps {
  /** `undefined`: there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names in a directory, for lists of expired tiles; absent: directories cannot be read. */
  list?(path: string): AsyncIterable<{ readonly name: string; readonly isDirectory: boolean }>;
  /** @throws RangeError for an unknown code */
  srs(code: string): Srs;
  /** Absolute path of a configured one. */
  path(configured: string): string;
  readonly log: Log;
  /**
   * A file without polygons is a coverage that contains nothing (`polygons` is empty) instead of a
   * fault: seeding skips such areas.
   */
  readonly allowEmpty?: boolean;
  /**
   * Polygons that overlap stay as they are, which saves much time with large ones. For who only asks what a
   * rectangle touches: an area, a mask or a rectangle that several polygons cover together need one outline.
   */
  readonly mayOverlap?: boolean;
}

/** Four numbers that a data source begins with: then it is a box, not a file. */
const BBOX_TEXT = /^[-+]?\d*\.?\d+,\s?[-+]?\d*\.?\d+,\s?[-+]?\d*\.?\d+,\s?[-+]?\d*\.?\d+/;

/** Share of the smaller side of a polygon's bounds by which its border may be simplified. */
const SIMPLIFY = 1e-6;

/**
 * Loads an area from its definition; the first key that is there decides what it is.
 *
 * @returns `undefined` if the definition is empty
 * @throws RangeError if it cannot be read or has no area
 */
export async function loadCoverage(
  options: CoverageOptions,
  deps: CoverageDeps,
): Promise<Coverage | undefined> {
  const coverage = await loadArea(options, deps);
  // Of nested definitions only the outermost says whether to clip; lists of tiles never do.
  const clip = (options.clip ?? false) && !isExpireList(options);
  return coverage && { ...coverage, clip };
}

function isExpireList({ expire_tiles: list, ...others }: CoverageOptions): boolean {
  const { union: u, intersection: i, difference: d, ogr_datasource, polygons, bbox } = others;
  return list !== undefined && !(u ?? i ?? d ?? ogr_datasource ?? polygons ?? bbox);
}

async function loadArea(
  options: CoverageOptions,
  deps: CoverageDeps,
): Promise<Coverage | undefined> {
  if (options.union) {
    const members = await loadMembers(options.union, deps);
    return deps.mayOverlap ? collect(members) : union(members);
  }
  const exact = { ...deps, mayOverlap: false };
  if (options.intersection) return intersection(await loadMembers(options.intersection, exact));
  if (options.difference) return difference(await loadMembers(options.difference, exact));
  if (options.ogr_datasource !== undefined) {
    const srs = needed(options.ogr_srs, "ogr_srs", deps);
    const source = { name: options.ogr_datasource, where: options.ogr_where };
    return polygonCoverage(await readPolygons(source, deps), srs, deps);
  }
  if (options.polygons !== undefined) {
    const srs = needed(options.polygons_srs, "polygons_srs", deps);
    return polygonCoverage(await readWkt(options.polygons, deps), srs, deps);
  }
  if (options.bbox !== undefined) {
    const srs = needed(options.bbox_srs ?? options.srs, "srs", deps);
    return boxCoverage(options.bbox, srs);
  }
  if (options.datasource !== undefined) {
    const srs = needed(options.srs, "srs", deps);
    return loadSource({ name: options.datasource, where: options.where }, srs, deps);
  }
  if (options.expire_tiles !== undefined) return loadExpired(options.expire_tiles, deps);
  return undefined;
}

async function loadMembers(
  members: readonly CoverageOptions[],
  deps: CoverageDeps,
): Promise<Coverage[]> {
  const loaded: Coverage[] = [];
  for (const member of members) {
    const coverage = await loadArea(member, deps);
    if (coverage) loaded.push(coverage);
  }
  return loaded;
}

function needed(code: string | undefined, key: string, deps: CoverageDeps): Srs {
  if (code === undefined) throw new RangeError(`Cannot place coverage: missing "${key}"`);
  return deps.srs(code);
}

async function loadSource(
  {
    name,
    where,
  }: { readonly name: string | readonly number[]; readonly where: string | undefined },
  srs: Srs,
  deps: CoverageDeps,
): Promise<Coverage> {
  if (typeof name !== "string" || BBOX_TEXT.test(name)) return boxCoverage(name, srs);
  return polygonCoverage(await readPolygons({ name, where }, deps), srs, deps);
}

function boxCoverage(value: string | readonly number[], srs: Srs): Coverage {
  return { srs, bbox: readBBox(value), polygons: undefined, clip: false };
}

function readBBox(value: string | readonly number[]): BBox {
  const parts = typeof value === "string" ? value.split(",") : value;
  const numbers = parts.map((part) => (String(part).trim() === "" ? Number.NaN : Number(part)));
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) {
    throw new RangeError(`Cannot use bbox ${JSON.stringify(value)}: expected four numbers`);
  }
  return numbers as unknown as BBox;
}

async function readWkt(name: string, deps: CoverageDeps): Promise<Polygon[]> {
  const bytes = await deps.read(deps.path(name));
  if (!bytes) throw new RangeError(`failed to open ${name}`);
  return wktPolygons(new TextDecoder().decode(bytes), { name, log: deps.log });
}

/** Area of all polygons together. */
function polygonCoverage(
  polygons: readonly Polygon[],
  srs: Srs,
  deps: Pick<CoverageDeps, "allowEmpty" | "mayOverlap">,
): Coverage {
  const simple = polygons.map((polygon) => {
    const [minx, miny, maxx, maxy] = polygonsBBox([polygon]) ?? [0, 0, 0, 0];
    return simplifyPolygon(polygon, Math.min(maxx - minx, maxy - miny) * SIMPLIFY);
  });
  return areaCoverage(deps.mayOverlap ? simple : unitePolygons(simple), srs, deps);
}

function areaCoverage(
  polygons: MultiPolygon,
  srs: Srs,
  { allowEmpty }: Pick<CoverageDeps, "allowEmpty">,
): Coverage {
  const bbox = polygonsBBox(polygons);
  if (bbox) return { srs, bbox, polygons, clip: false };
  if (allowEmpty) return { srs, bbox: [0, 0, 0, 0], polygons: [], clip: false };
  throw new RangeError("no polygons");
}

/** Tiles of the web's maps, one file or all files below a directory. */
async function loadExpired(configured: string, deps: CoverageDeps): Promise<Coverage> {
  const boxes = new Map<string, Polygon>();
  for await (const { path, bytes } of filesAt(deps.path(configured), deps)) {
    const { tiles, isBroken } = parseExpiredTiles(new TextDecoder().decode(bytes));
    if (isBroken) {
      const message = `found error in ${path}, skipping rest of file`;
      deps.log.warn("expired-tiles-broken", { file: path, read: tiles.length, message });
    }
    for (const tile of tiles) {
      boxes.set(`${tile.z}/${tile.x}/${tile.y}`, bboxPolygon(expiredTileBBox(tile)));
    }
  }
  const tiles = [...boxes.values()];
  return areaCoverage(deps.mayOverlap ? tiles : unitePolygons(tiles), deps.srs("EPSG:3857"), deps);
}

async function* filesAt(
  path: string,
  deps: CoverageDeps,
): AsyncGenerator<{ path: string; bytes: Uint8Array }> {
  const names: { name: string; isDirectory: boolean }[] = [];
  for await (const entry of deps.list?.(path) ?? []) names.push(entry);
  if (names.length === 0) {
    const bytes = await deps.read(path);
    if (!bytes) throw new RangeError(`failed to open ${path}`);
    yield { path, bytes };
  }
  for (const { name, isDirectory } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = `${path}/${name}`;
    const bytes = isDirectory ? undefined : await deps.read(inner);
    if (bytes) yield { path: inner, bytes };
    else if (isDirectory) yield* filesAt(inner, deps);
  }
}

/**
 * An area from a geometry as programs hand it over: `[minx, miny, maxx, maxy]`, polygons in WKT (one
 * or several lines), or GeoJSON.
 *
 * @throws RangeError if it is none of them or has no area
 */
export function geometryCoverage(
  geometry: unknown,
  srs: Srs,
  { clip, log }: { readonly clip: boolean; readonly log: Log },
): Coverage {
  if (Array.isArray(geometry)) return { ...boxCoverage(geometry, srs), clip };
  const source: PolygonSource = { name: "geometry", log };
  const polygons =
    typeof geometry === "string"
      ? wktPolygons(geometry, source)
      : geoJsonPolygons(geometry, source, undefined);
  return { ...polygonCoverage(polygons, srs, {}), clip };
}
