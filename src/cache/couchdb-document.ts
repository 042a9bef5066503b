import type { Grid } from "../grid/grid.ts";
import { tileBBox } from "../grid/tiles.ts";
import type { TileKey } from "../model/cache.ts";
import { ConfigFault } from "../model/define.ts";
import { parseSrs } from "../srs/srs.ts";
import { transformPoint } from "../srs/transform.ts";

/** Id of a document without template. */
const DEFAULT_ID = "%(grid_name)s-%(z)s-%(x)s-%(y)s";

/** Fills `%(x)s`, `%(z)02d` and the like; names that are not known stay as they are. */
export function fillTemplate(
  template: string | undefined,
  { x, y, level }: TileKey,
  texts: { grid_name: string; couch_url: string },
): string {
  const values: Record<string, string | number> = { x, y, z: level, ...texts };
  return (template ?? DEFAULT_ID).replace(
    /%\((\w+)\)(0?)(\d*)[sdi]/g,
    (whole, name: string, zero: string, width: string) => {
      if (!Object.hasOwn(values, name)) return whole;
      return String(values[name]).padStart(Number(width), zero || " ");
    },
  );
}

/** What can stand for a value of `tile_metadata`. */
type Variable = (key: TileKey, time: number, grid: Grid) => unknown;

const VARIABLES: Readonly<Record<string, Variable>> = {
  "{{x}}": ({ x }) => x,
  "{{y}}": ({ y }) => y,
  "{{z}}": ({ level }) => level,
  "{{level}}": ({ level }) => level,
  "{{timestamp}}": (_key, time) => time / 1000,
  "{{utc_iso}}": (_key, time) => `${new Date(time).toISOString().slice(0, 19)}Z`,
  "{{tile_centroid}}": (key, _time, grid) => centroid(key, grid),
  "{{wgs_tile_centroid}}": (key, _time, grid) => {
    const [x, y] = centroid(key, grid);
    return transformPoint(x, y, grid.srs, parseSrs("EPSG:4326"));
  },
};

/**
 * Fields that each document gets, by the options.
 *
 * @throws ConfigFault for a variable that does not exist
 */
export function couchMetadata(
  configured: Readonly<Record<string, unknown>>,
  grid: Grid,
  now: () => number,
) {
  const fields = Object.entries(configured);
  for (const [, value] of fields) {
    if (typeof value === "string" && value.startsWith("{{") && !Object.hasOwn(VARIABLES, value)) {
      throw new ConfigFault("tile_metadata", `unknown CouchDB tile_metadata value: '${value}'`);
    }
  }
  const timeField = fields.find(([, value]) => value === "{{timestamp}}")?.[0];
  if (timeField === undefined) fields.push(["timestamp", "{{timestamp}}"]);
  return {
    /** @param time ms since 1970; now if `undefined` */
    describe: (key: TileKey, time: number | undefined): Record<string, unknown> =>
      Object.fromEntries(
        fields.map(([name, value]) => {
          const variable = typeof value === "string" ? VARIABLES[value] : undefined;
          return [name, variable ? variable(key, time ?? now(), grid) : value];
        }),
      ),
    /** Time of a document in ms since 1970, or `undefined` if it has none. */
    timestamp(document: Readonly<Record<string, unknown>>): number | undefined {
      const seconds = document[timeField ?? "timestamp"];
      return typeof seconds === "number" ? seconds * 1000 : undefined;
    },
  };
}

/** Middle of a tile in the reference system of the grid. */
function centroid(key: TileKey, grid: Grid): [x: number, y: number] {
  const [minx, miny, maxx, maxy] = tileBBox(grid, key);
  return [(minx + maxx) / 2, (miny + maxy) / 2];
}
