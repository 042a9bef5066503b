import type { Dimension } from "../model/layer.ts";
import type { WrittenDimension } from "./schema-parts.ts";

/** More values than this come from a slip in the period, and no client reads them. */
const MAX_VALUES = 100_000;

/** A date and time: wall-clock fields as ms since 1970, and the zone as written. */
interface Instant {
  readonly wall: number;
  /** `Z`, `+02:00`, or empty for local time. */
  readonly zone: string;
}

/** A step in time; months count by the calendar. */
interface Period {
  readonly months: number;
  readonly ms: number;
}

/**
 * Values and default of a layer's dimension.
 *
 * One value alone is a list in itself: for a dimension with `time` in its name an ISO 8601 instant
 * or interval, otherwise parts between slashes. The values of an interval run until they reach its
 * end, so that the last may lie beyond it.
 *
 * @throws RangeError if the value of a time dimension cannot be read
 */
export function expandDimension(name: string, written: WrittenDimension): Dimension {
  const [only] = written.values;
  let values = written.values.map(String);
  if (written.values.length === 1 && only !== undefined) {
    const isTime = name.toLowerCase().includes("time");
    values = isTime ? expandTime(String(only)) : String(only).split("/");
  }
  const fallback = written.default === undefined ? values.at(-1) : String(written.default);
  if (fallback === undefined) throw new RangeError("Cannot use a dimension without values");
  return { name, values, default: fallback };
}

/** `<instant>`, `<start>/<end>/<period>`, `<start>/<period>` or `<period>/<end>`. */
function expandTime(text: string): string[] {
  const parts = text.split("/").map((part) => part.trim());
  const [first, second, third] = parts;
  if (parts.length === 1 && first !== undefined) return [formatInstant(parseInstant(first))];
  if (parts.length === 2 && first !== undefined && second !== undefined) {
    if (first.startsWith("P")) {
      const period = parsePeriod(first);
      const end = parseInstant(second);
      return steps(add(end, period, -1), end, period);
    }
    if (second.startsWith("P")) {
      const period = parsePeriod(second);
      const start = parseInstant(first);
      return steps(start, add(start, period, 1), period);
    }
    throw new RangeError(
      `Cannot read interval "${text}": expected a period such as PT1H at its end`,
    );
  }
  if (parts.length === 3 && first !== undefined && second !== undefined && third !== undefined) {
    return steps(parseInstant(first), parseInstant(second), parsePeriod(third));
  }
  throw new RangeError(`Cannot read interval "${text}": expected start/end/period`);
}

function steps(start: Instant, end: Instant, period: Period): string[] {
  if ((start.zone === "") !== (end.zone === "")) {
    throw new RangeError(
      "Cannot read interval: its start and end must both have a time zone, or none",
    );
  }
  const limit = absolute(add(end, period, 1));
  const values: string[] = [];
  for (let at = start; absolute(at) < limit; at = add(at, period, 1)) {
    if (values.length === MAX_VALUES) {
      throw new RangeError(`Cannot expand interval: it has more than ${MAX_VALUES} values`);
    }
    values.push(formatInstant(at));
  }
  return values;
}

const INSTANT =
  /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

function parseInstant(text: string): Instant {
  const match = INSTANT.exec(text);
  if (!match) {
    throw new RangeError(
      `Cannot read time "${text}": expected a date and time such as 2020-01-31T12:00:00Z`,
    );
  }
  const [, year, month, day, hour, minute = "0", second = "0", fraction = "", zone = ""] = match;
  const ms = Math.floor(Number(`0.${fraction || "0"}`) * 1000);
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    ms,
  );
  const check = new Date(wall);
  if (check.getUTCMonth() !== Number(month) - 1 || check.getUTCDate() !== Number(day)) {
    throw new RangeError(`Cannot read time "${text}": there is no such day or hour`);
  }
  return { wall, zone: normalizeZone(zone) };
}

function normalizeZone(zone: string): string {
  if (zone === "" || zone === "Z") return zone;
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  return digits === "0000" ? "Z" : `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

/** ms since 1970 in UTC; local time is taken for UTC, which is enough for comparing. */
function absolute({ wall, zone }: Instant): number {
  if (zone === "" || zone === "Z") return wall;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return wall - (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

function formatInstant({ wall, zone }: Instant): string {
  return new Date(wall).toISOString().replace(".000Z", "").replace(/Z$/, "") + zone;
}

const PERIOD =
  /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

function parsePeriod(text: string): Period {
  const match = PERIOD.exec(text);
  const parts = (match ?? []).slice(1).map((part) => Number(part ?? 0));
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts;
  const ms = ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  const period = { months: years * 12 + months, ms };
  if (!match || (period.months === 0 && period.ms < 1)) {
    throw new RangeError(`Cannot read period "${text}": expected one such as P1D or PT6H`);
  }
  return period;
}

/** `at` moved by a period, forth (1) or back (-1); a day that a month lacks becomes its last. */
function add(at: Instant, { months, ms }: Period, sign: 1 | -1): Instant {
  let wall = at.wall;
  if (months !== 0) {
    const date = new Date(wall);
    const day = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + sign * months);
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    date.setUTCDate(Math.min(day, last));
    wall = date.getTime();
  }
  return { ...at, wall: wall + sign * ms };
}
