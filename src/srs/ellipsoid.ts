import type { Words } from "./words.ts";

/** Shape of the Earth in a system. */
export interface Ellipsoid {
  /** Semi-major axis in metres. */
  readonly a: number;
  /** Square of the eccentricity; 0: a sphere. */
  readonly es: number;
}

/**
 * Ellipsoids by name: semi-major axis, and inverse flattening (below 1000) or semi-minor axis, as PROJ
 * lists them. proj4js has some of them otherwise, or not at all (WGS72, GSK2011, PZ90).
 */
const NAMED: Readonly<Record<string, readonly [a: number, second: number]>> = {
  MERIT: [6378137, 298.257],
  SGS85: [6378136, 298.257],
  GRS80: [6378137, 298.257222101],
  IAU76: [6378140, 298.257],
  airy: [6377563.396, 299.3249646],
  "APL4.9": [6378137, 298.25],
  NWL9D: [6378145, 298.25],
  mod_airy: [6377340.189, 6356034.446],
  andrae: [6377104.43, 300],
  danish: [6377019.2563, 300],
  aust_SA: [6378160, 298.25],
  GRS67: [6378160, 298.247167427],
  GSK2011: [6378136.5, 298.2564151],
  bessel: [6377397.155, 299.1528128],
  bess_nam: [6377483.865, 299.1528128],
  clrk66: [6378206.4, 6356583.8],
  clrk80: [6378249.145, 293.4663],
  clrk80ign: [6378249.2, 293.4660212936269],
  CPM: [6375738.7, 334.29],
  delmbr: [6376428, 311.5],
  engelis: [6378136.05, 298.2566],
  evrst30: [6377276.345, 300.8017],
  evrst48: [6377304.063, 300.8017],
  evrst56: [6377301.243, 300.8017],
  evrst69: [6377295.664, 300.8017],
  evrstSS: [6377298.556, 300.8017],
  fschr60: [6378166, 298.3],
  fschr60m: [6378155, 298.3],
  fschr68: [6378150, 298.3],
  helmert: [6378200, 298.3],
  hough: [6378270, 297],
  intl: [6378388, 297],
  krass: [6378245, 298.3],
  kaula: [6378163, 298.24],
  lerch: [6378139, 298.257],
  mprts: [6397300, 191],
  new_intl: [6378157.5, 6356772.2],
  plessis: [6376523, 6355863],
  PZ90: [6378136, 298.25784],
  SEasia: [6378155, 6356773.3205],
  walbeck: [6376896, 6355834.8467],
  WGS60: [6378165, 298.3],
  WGS66: [6378145, 298.25],
  WGS72: [6378135, 298.26],
  WGS84: [6378137, 298.257223563],
  sphere: [6370997, 6370997],
};

/**
 * The ellipsoid of a proj4 string: `+R`, else `+ellps` (GRS80 where absent) with what `+a`, `+b`, `+rf`,
 * `+f`, `+es` or `+e` change of it.
 *
 * @throws RangeError if the name is unknown or the numbers are no ellipsoid
 */
export function ellipsoidOf(words: Words): Ellipsoid {
  const radius = words.get("R");
  const made = radius === undefined ? shaped(words) : { a: Number(radius), es: 0 };
  if (!(made.a > 0) || !(made.es >= 0 && made.es < 1)) {
    throw new RangeError(`its ellipsoid has the axis ${made.a} and the eccentricity² ${made.es}`);
  }
  return made;
}

function shaped(words: Words): Ellipsoid {
  const base = named(words.get("ellps") ?? "GRS80");
  const number = (name: string) => (words.has(name) ? Number(words.get(name)) : undefined);
  const a = number("a") ?? base.a;
  const [rf, f, es, e, b] = ["rf", "f", "es", "e", "b"].map(number);
  if (rf !== undefined) return { a, es: rf === 0 ? 0 : flattened(1 / rf) };
  if (f !== undefined) return { a, es: flattened(f) };
  if (es !== undefined) return { a, es };
  if (e !== undefined) return { a, es: e * e };
  if (b !== undefined) return { a, es: 1 - (b * b) / (a * a) };
  // A lone +a is a sphere, unless an ellipsoid is named whose shape it keeps.
  return { a, es: words.has("a") && !words.has("ellps") ? 0 : base.es };
}

function named(name: string): Ellipsoid {
  const found = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (!found) throw new RangeError(`ellipsoid "${name}" is unknown`);
  const [a, second] = found;
  return { a, es: second < 1000 ? flattened(1 / second) : 1 - (second * second) / (a * a) };
}

function flattened(f: number): number {
  return f * (2 - f);
}

/** Radius of a sphere that stands for the ellipsoid, by the word that asks for it. */
const SPHERES: Readonly<Record<string, (a: number, es: number) => number>> = {
  // of the same surface, of the same volume, and three means of the axes
  R_A: (a, es) => a * (1 - es * (1 / 6 + es * (17 / 360 + (es * 67) / 3024))),
  R_V: (a, es) => a * (1 - es * (1 / 6 + es * (5 / 72 + (es * 55) / 1296))),
  R_a: (a, es) => (a + minor(a, es)) / 2,
  R_g: (a, es) => Math.sqrt(a * minor(a, es)),
  R_h: (a, es) => (2 * a * minor(a, es)) / (a + minor(a, es)),
};

function minor(a: number, es: number): number {
  return a * Math.sqrt(1 - es);
}

/** What a projection computes with: the ellipsoid, or the sphere that a word puts in its place. */
export function projectedShape(words: Words, { a, es }: Ellipsoid): Ellipsoid {
  for (const [word, radius] of Object.entries(SPHERES)) {
    if (words.has(word)) return { a: radius(a, es), es: 0 };
  }
  return { a, es };
}
