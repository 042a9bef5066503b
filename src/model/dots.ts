import { readNumber } from "../core/text.ts";

/** Dots an inch between which a client's value is believed. */
const LOWEST = 10;
const HIGHEST = 2400;

/** Dots an inch where a pixel has the 0.28 mm that scale denominators mean (OGC 06-042, 7.2.4.6.9). */
export const STANDARD_DOTS = 25.4 / 0.28;

/** Dots an inch of a client's screen or printer; `undefined`: nothing told, or nothing to be believed. */
export function readDots(text: string | undefined): number | undefined {
  const dots = readNumber(text);
  return dots === undefined || dots < LOWEST || dots > HIGHEST ? undefined : dots;
}
