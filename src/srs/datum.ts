import type { ShiftGrid } from "./ntv2.ts";
import type { Words } from "./words.ts";

/** How a datum lies relative to WGS 84: position vector parameters in metres, radians and a factor. */
export interface Shift {
  readonly dx: number;
  readonly dy: number;
  readonly dz: number;
  readonly rx: number;
  readonly ry: number;
  readonly rz: number;
  /** 1 + scale difference. */
  readonly scale: number;
}

/** The way from a system's longitudes and latitudes to those of WGS 84. */
export type Datum =
  /** Nobody said: coordinates are taken for those of the other system as they are. */
  | { readonly kind: "unknown" }
  | Helmert
  /**
   * Files, the first that has the place counts. Where none has it another datum holds, coordinates stay as
   * they are, or the place has none.
   */
  | {
      readonly kind: "grids";
      readonly grids: readonly ShiftGrid[];
      readonly elsewhere: "unchanged" | "nothing" | Helmert;
    };

/** Shifts by numbers. */
export interface Helmert {
  readonly kind: "shift";
  /** `undefined`: unknown where no region has the place. */
  readonly shift: Shift | undefined;
  /** Shifts of parts of the area; the first whose part has the place goes before `shift`. */
  readonly regions: readonly Region[];
  /** Equal for datums that shift alike. */
  readonly key: string;
}

/** A shift and where it holds. */
export interface Region {
  readonly shift: Shift;
  /** Radians, ends included; `west` > `east` over the antimeridian. */
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** Files by the name that definitions give them; for one that cannot be used, the reason. */
export type GridFiles = ReadonlyMap<string, ShiftGrid | { readonly fault: string }>;

/** Datums by name, as PROJ expands them. */
const NAMED: Readonly<Record<string, readonly (readonly [word: string, value: string])[]>> = {
  WGS84: [
    ["ellps", "WGS84"],
    ["towgs84", "0,0,0"],
  ],
  GGRS87: [
    ["ellps", "GRS80"],
    ["towgs84", "-199.87,74.79,246.62"],
  ],
  NAD83: [
    ["ellps", "GRS80"],
    ["towgs84", "0,0,0"],
  ],
  NAD27: [
    ["ellps", "clrk66"],
    ["nadgrids", "@conus,@alaska,@ntv2_0.gsb,@ntv1_can.dat"],
  ],
  // PROJ names the grid; where its file is missing the seven parameters are what it had before.
  potsdam: [
    ["ellps", "bessel"],
    ["towgs84", "598.1,73.7,418.2,0.202,0.045,-2.455,6.7"],
  ],
  carthage: [
    ["ellps", "clrk80ign"],
    ["towgs84", "-263,6,431"],
  ],
  hermannskogel: [
    ["ellps", "bessel"],
    ["towgs84", "577.326,90.129,463.919,5.137,1.474,5.297,2.4232"],
  ],
  ire65: [
    ["ellps", "mod_airy"],
    ["towgs84", "482.530,-130.596,564.557,-1.042,-0.214,-0.631,8.15"],
  ],
  nzgd49: [
    ["ellps", "intl"],
    ["towgs84", "59.47,-5.04,187.44,0.47,-0.1,1.024,-4.5993"],
  ],
  OSGB36: [
    ["ellps", "airy"],
    ["towgs84", "446.448,-125.157,542.060,0.1502,0.2470,0.8421,-20.4894"],
  ],
};

/**
 * The words with what `+datum` stands for; words that are given win.
 *
 * @throws RangeError if the name is unknown
 */
export function withDatum(words: Words): Words {
  const name = words.get("datum");
  if (name === undefined) return words;
  const found = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (!found) throw new RangeError(`datum "${name}" is unknown`);
  const shifted = words.has("towgs84") || words.has("nadgrids");
  const expanded = found.filter(([word]) => word === "ellps" || !shifted);
  return new Map([...expanded, ...words]);
}

/**
 * The datum of a definition.
 *
 * @throws RangeError if a grid file that is needed cannot be used, or a shift is not of 3 or 7 numbers
 */
export function datumOf(words: Words, files: GridFiles): Datum {
  const names = words.get("nadgrids");
  if (names !== undefined) return gridsOf(names.split(","), files);
  const shift = helmertOf(words);
  // Files that belong to a system of the table: it does without, and outside of them.
  const grids = (words.get("grids")?.split(",") ?? []).flatMap((name) => usable(files.get(name)));
  if (grids.length === 0) return shift ?? { kind: "unknown" };
  return { kind: "grids", grids, elsewhere: shift ?? "unchanged" };
}

function usable(file: ShiftGrid | { readonly fault: string } | undefined): ShiftGrid[] {
  return file && !("fault" in file) ? [file] : [];
}

function helmertOf(words: Words): Helmert | undefined {
  const numbers = words.get("towgs84");
  const regions = words.get("regions");
  if (numbers === undefined && regions === undefined) return undefined;
  return {
    kind: "shift",
    shift: numbers === undefined ? undefined : shiftOf(numbers),
    regions: regions?.split(";").map(regionOf) ?? [],
    key: `${numbers} ${regions}`,
  };
}

/** Reads `west,south,east,north:dx,dy,dz…`; a word of our own, for the table only. */
function regionOf(text: string): Region {
  const [area = "", numbers = ""] = text.split(":");
  const [west = 0, south = 0, east = 0, north = 0] = area
    .split(",")
    .map((part) => Number(part) * DEGREE);
  return { shift: shiftOf(numbers), west, south, east, north };
}

/** Names of the grid files that a definition would use, if they are there. */
export function gridNames(text: string): string[] {
  return [...text.matchAll(/(?:^|\s)\+(?:nadgrids|grids)=(\S+)/g)]
    .flatMap(([, list = ""]) => list.split(","))
    .map((name) => name.replace(/^@/, ""))
    .filter((name) => name !== "null" && name !== "");
}

function gridsOf(names: readonly string[], files: GridFiles): Datum {
  const grids: ShiftGrid[] = [];
  let elsewhere: "unchanged" | "nothing" = "nothing";
  for (const written of names) {
    const name = written.replace(/^@/, "");
    // What stands behind `null` is never asked.
    if (name === "null") {
      elsewhere = "unchanged";
      break;
    }
    const file = files.get(name);
    if (file && !("fault" in file)) grids.push(file);
    else if (!written.startsWith("@")) {
      throw new RangeError(
        file?.fault ??
          `grid file "${name}" is missing: give globals.srs.proj_data_dir, or +towgs84`,
      );
    }
  }
  // As in PROJ: where all optional files are missing, nothing is shifted.
  if (grids.length === 0) elsewhere = "unchanged";
  return { kind: "grids", grids, elsewhere };
}

const DEGREE = Math.PI / 180;
const ARC_SECOND = DEGREE / 3600;

function shiftOf(text: string): Shift {
  const numbers = text.split(",").map(Number);
  const [dx = 0, dy = 0, dz = 0, rx = 0, ry = 0, rz = 0, ppm = 0] = numbers;
  if (![3, 7].includes(numbers.length) || !numbers.every(Number.isFinite)) {
    throw new RangeError(`+towgs84 is "${text}", expected 3 or 7 numbers`);
  }
  return {
    dx,
    dy,
    dz,
    rx: rx * ARC_SECOND,
    ry: ry * ARC_SECOND,
    rz: rz * ARC_SECOND,
    scale: 1 + ppm * 1e-6,
  };
}
