import type { BBox } from "../geo/bbox.ts";
import type { TileCoord } from "../grid/grid.ts";

/** What a tile URL may speak of. */
export interface TileUrlValues extends TileCoord {
  readonly bbox: BBox;
  /** Extension of the format asked for: `png`. */
  readonly format: string;
}

/** Makes the URL of one tile. */
export type TileUrl = (tile: TileUrlValues) => string;

const VALUES: Readonly<Record<string, (tile: TileUrlValues) => string | number>> = {
  x: ({ x }) => x,
  y: ({ y }) => y,
  z: ({ level }) => level,
  format: ({ format }) => format,
  quadkey,
  tc_path: ({ x, y, level }) => [pad(level, 2), ...thousands(x), ...thousands(y)].join("/"),
  tms_path: ({ x, y, level }) => `${level}/${x}/${y}`,
  arcgiscache_path: ({ x, y, level }) => `L${pad(level, 2)}/R${hex(y)}/C${hex(x)}`,
  bbox: ({ bbox }) => bbox.map((value) => value.toFixed(8)).join(","),
};

/**
 * Reads a URL template with named, printf-like places: `%(z)s`, `%(x)03d`, `%%` for a percent sign.
 * Braces stay as they are.
 *
 * @throws RangeError for a lone percent sign, an unknown name or an unknown conversion
 */
export function parseTileUrl(template: string): TileUrl {
  const parts: (string | TileUrl)[] = [];
  const place = /%(?:%|\((\w+)\)([-+ 0]*)(\d*)(?:\.(\d+))?([sdiuxXf]))?/g;
  let end = 0;
  for (const match of template.matchAll(place)) {
    const [whole, name, flags = "", width = "", precision, conversion] = match;
    parts.push(template.slice(end, match.index));
    end = match.index + whole.length;
    if (whole === "%%") {
      parts.push("%");
      continue;
    }
    const value = name === undefined ? undefined : VALUES[name];
    if (!value || conversion === undefined) {
      const found = template.slice(match.index, match.index + 12);
      throw new RangeError(
        `Cannot read "${found}" in tile URL: expected %(name)s with ${Object.keys(VALUES).join(", ")}, or %% for a percent sign`,
      );
    }
    const spec = { flags, width: Number(width), precision, conversion };
    parts.push((tile) => formatValue(value(tile), spec));
  }
  parts.push(template.slice(end));
  return (tile) => parts.map((part) => (typeof part === "string" ? part : part(tile))).join("");
}

/** One value by the rules of printf. */
function formatValue(
  value: string | number,
  spec: { flags: string; width: number; precision: string | undefined; conversion: string },
): string {
  const { flags, width, conversion } = spec;
  const precision = spec.precision === undefined ? undefined : Number(spec.precision);
  if (conversion === "s") {
    const text = String(value).slice(0, precision);
    return flags.includes("-") ? text.padEnd(width) : text.padStart(width);
  }
  const number = Number(value);
  const sign = number < 0 ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const digits = digitsOf(Math.abs(number), conversion, precision);
  if (flags.includes("-")) return (sign + digits).padEnd(width);
  if (flags.includes("0")) return sign + digits.padStart(width - sign.length, "0");
  return (sign + digits).padStart(width);
}

function digitsOf(value: number, conversion: string, precision: number | undefined): string {
  if (conversion === "f") return value.toFixed(precision ?? 6);
  const whole = Math.trunc(value);
  const text = conversion.toLowerCase() === "x" ? whole.toString(16) : String(whole);
  return (conversion === "X" ? text.toUpperCase() : text).padStart(precision ?? 0, "0");
}

/** Digits 0 to 3, one a level, from the coarsest level down; rows as they are counted. */
function quadkey({ x, y, level }: TileCoord): string {
  let key = "";
  for (let bit = level - 1; bit >= 0; bit--) {
    const mask = 2 ** bit;
    key += (Math.floor(x / mask) % 2) + 2 * (Math.floor(y / mask) % 2);
  }
  return key;
}

/** Three groups of three digits: `001/234/567`. */
function thousands(value: number): string[] {
  const digits = pad(value, 9);
  return [digits.slice(0, -6), digits.slice(-6, -3), digits.slice(-3)];
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, "0");
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
