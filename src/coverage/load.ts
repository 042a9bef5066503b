import type { Log } from "../core/context.ts";
import type { BBox } from "../geo/bbox.ts";
import { expiredTileBBox, parseExpiredTiles } from "../geo/expire.ts";
import { parseGeoJson } from "../geo/geojson.ts";
import { bboxPolygon, type MultiPolygon, type Polygon, polygonsBBox } from "../geo/polygon.ts";
import { parseWkt } from "../geo/wkt.ts";
import type { Srs } from "../srs/srs.ts";
import { unitePolygons } from "./boolean.ts";
import { difference, intersection, union } from "./combine.ts";
import type { Coverage } from "./coverage.ts";

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
  /** @throws RangeError for an unknown code */
  srs(code: string): Srs;
  path(configured: string): string;
  readonly log: Log;
}

/** Four numbers that a data source begins with: then it is a box, not a file. */
const BBOX_TEXT = /^\s*-?\d+(\.\d+)?(\s*,\s*-?\d+(\.\d+)?){3}/;

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
  const clip = options.clip ?? false;
  const coverage = await loadArea(options, deps);
  return coverage && { ...coverage, clip };
}

async function loadArea(
  options: CoverageOptions,
  deps: CoverageDeps,
): Promise<Coverage | undefined> {
  for (const [key, combine] of [
    ["union", union],
    ["intersection", intersection],
    ["difference", difference],
  ] as const) {
    const members = options[key];
    if (members) return combine(await loadAll(members, deps));
  }
  if (options.ogr_datasource !== undefined) {
    const srs = needed(options.ogr_srs, "ogr_srs", deps);
    return loadFile(options.ogr_datasource, { srs, where: options.ogr_where }, deps);
  }
  if (options.polygons !== undefined) {
    const srs = needed(options.polygons_srs, "polygons_srs", deps);
    return wktCoverage(await readText(options.polygons, deps), { srs, name: options.polygons }, deps);
  }
  if (options.bbox !== undefined) {
    const srs = needed(options.bbox_srs ?? options.srs, "srs", deps);
    return { srs, bbox: readBBox(options.bbox), polygons: undefined, clip: false };
  }
  if (options.datasource !== undefined) {
    const srs = needed(options.srs, "srs", deps);
    const { datasource, where } = options;
    if (typeof datasource !== "string" || BBOX_TEXT.test(datasource)) {
      return { srs, bbox: readBBox(datasource), polygons: undefined, clip: false };
    }
    return loadFile(datasource, { srs, where }, deps);
  }
  return options.expire_tiles === undefined ? undefined : expiredCoverage(options.expire_tiles, deps);
}

async function loadAll(
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

function readBBox(value: string | readonly number[]): BBox {
  const numbers = typeof value === "string" ? value.split(",").map(Number) : value;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) {
    throw new RangeError(`Cannot use bbox ${JSON.stringify(value)}: expected four numbers`);
  }
  return numbers as unknown as BBox;
}

async function readText(configured: string, deps: CoverageDeps): Promise<string> {
  const bytes = await deps.read(deps.path(configured));
  if (!bytes) throw new RangeError(`failed to open ${configured}`);
  return new TextDecoder().decode(bytes); // drops a byte order mark
}

/** Text formats are told apart by how they begin. */
async function loadFile(
  configured: string,
  { srs, where }: { readonly srs: Srs; readonly where: string | undefined },
  deps: CoverageDeps,
): Promise<Coverage> {
  const unsupported = (what: string) =>
    new RangeError(
      `Cannot read ${what}: coverages are read from WKT and GeoJSON files; convert it, for example with ogr2ogr -f GeoJSON`,
    );
  if (/^\w{2,}:/.test(configured)) throw unsupported(`"${configured.replace(/:.*/s, ":…")}"`);
  const text = await readText(configured, deps);
  const head = text.slice(0, 50).trimStart().toLowerCase();
  if (head.startsWith("polygon") || head.startsWith("multipolygon")) {
    return wktCoverage(text, { srs, name: configured }, deps);
  }
  if (!head.startsWith("{")) throw unsupported(`"${configured}"`);
  if (where !== undefined) throw unsupported(`"${configured}" with "where"`);
  return geoJsonCoverage(JSON.parse(text), { srs, name: configured }, deps);
}

interface Origin {
  readonly srs: Srs;
  /** For messages. */
  readonly name: string;
}

/** One geometry a line. */
function wktCoverage(text: string, { srs, name }: Origin, { log }: CoverageDeps): Coverage {
  const polygons: Polygon[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const geometry = parseWkt(line);
    if (geometry.polygons) polygons.push(...geometry.polygons);
    else log.warn("coverage-geometry-ignored", { type: geometry.type, source: name });
  }
  return polygonCoverage(polygons, srs);
}

function geoJsonCoverage(document: unknown, { srs, name }: Origin, { log }: CoverageDeps): Coverage {
  const polygons: Polygon[] = [];
  for (const { geometry } of parseGeoJson(document)) {
    if (geometry.polygons) polygons.push(...geometry.polygons);
    else log.warn("coverage-geometry-ignored", { type: geometry.type, source: name });
  }
  return polygonCoverage(polygons, srs);
}

async function expiredCoverage(configured: string, deps: CoverageDeps): Promise<Coverage> {
  const { tiles, isBroken } = parseExpiredTiles(await readText(configured, deps));
  if (isBroken) deps.log.warn("coverage-list-broken", { file: configured, read: tiles.length });
  const names = new Map(tiles.map((tile) => [`${tile.z}/${tile.x}/${tile.y}`, tile]));
  const polygons = [...names.values()].map((tile) => bboxPolygon(expiredTileBBox(tile)));
  return polygonCoverage(polygons, deps.srs("EPSG:3857"));
}

/** @throws RangeError if there is no area */
function polygonCoverage(polygons: MultiPolygon, srs: Srs): Coverage {
  const united = unitePolygons(polygons);
  const bbox = polygonsBBox(united);
  if (!bbox) throw new RangeError("no polygons");
  return { srs, bbox, polygons: united, clip: false };
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
  if (Array.isArray(geometry)) {
    return { srs, bbox: readBBox(geometry as number[]), polygons: undefined, clip };
  }
  const origin = { srs, name: "geometry" };
  const deps = { log } as CoverageDeps;
  if (typeof geometry === "string") return { ...wktCoverage(geometry, origin, deps), clip };
  return { ...geoJsonCoverage(geometry, origin, deps), clip };
}
