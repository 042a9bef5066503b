/** Words of a proj4 string by name, without their `+`; a word without a value has the empty text. */
export type Words = ReadonlyMap<string, string>;

/** Prime meridians by name, degrees east of Greenwich, as PROJ lists them. */
const MERIDIANS: Readonly<Record<string, number>> = {
  greenwich: 0,
  lisbon: -9.131906111111112,
  paris: 2.337229166666667,
  bogota: -74.08091666666667,
  madrid: -3.687938888888889,
  rome: 12.452333333333332,
  bern: 7.439583333333333,
  jakarta: 106.80771944444444,
  ferro: -17.666666666666668,
  brussels: 4.367975,
  stockholm: 18.05827777777778,
  athens: 23.7163375,
  oslo: 10.722916666666666,
  copenhagen: 12.577875,
};

/** Words whose value is an angle: degrees, or `2d20'14.025"E`. */
const ANGLES = new Set(
  "lat_0 lat_1 lat_2 lat_ts lat_b lon_0 lon_1 lon_2 lonc alpha gamma lon_wrap".split(" "),
);

/** Words whose value is another number. */
const NUMBERS = new Set("a b rf f e es R k k_0 x_0 y_0 h zone to_meter angle".split(" "));

/**
 * Reads a proj4 string. Angles come out as plain degrees.
 *
 * @throws RangeError if it names no projection, or a number is none
 */
export function readWords(text: string): Words {
  const words = new Map<string, string>();
  for (const word of text.trim().split(/\s+/)) {
    const equals = word.indexOf("=");
    const name = (equals < 0 ? word : word.slice(0, equals)).replace(/^\+/, "");
    const value = equals < 0 ? "" : word.slice(equals + 1);
    // The first of two holds, as in PROJ: what stands before `+init` wins over what it expands to.
    if (name !== "" && !words.has(name)) words.set(name, numberText(name, value));
  }
  if (!words.has("proj")) throw new RangeError("it names no +proj");
  return words;
}

function numberText(name: string, value: string): string {
  if (ANGLES.has(name)) return String(degrees(name, value));
  if (NUMBERS.has(name) && (value === "" || !Number.isFinite(Number(value)))) {
    throw new RangeError(`+${name} is "${value}", expected a number`);
  }
  return value;
}

function degrees(name: string, value: string): number {
  const number = Number(value);
  if (value !== "" && Number.isFinite(number)) return number;
  const parts =
    /^([-+]?)(\d+(?:\.\d+)?)[d°](?:(\d+(?:\.\d+)?)')?(?:(\d+(?:\.\d+)?)")?([NSEW]?)$/i.exec(value);
  if (!parts) throw new RangeError(`+${name} is "${value}", expected degrees`);
  const [, sign, whole, minutes = 0, seconds = 0, side = ""] = parts;
  const size = Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600;
  return (sign === "-") !== /[SW]/i.test(side) ? -size : size;
}

/**
 * Longitude of the prime meridian, degrees east of Greenwich.
 *
 * @throws RangeError if there is no such meridian
 */
export function meridianOf(words: Words): number {
  const name = words.get("pm");
  if (name === undefined) return 0;
  return MERIDIANS[name.toLowerCase()] ?? degrees("pm", name);
}
