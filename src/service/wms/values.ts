/** Values of parameters as text to numbers, colours and flags; nothing here throws. */
import { readNumber } from "../../core/text.ts";
import type { BBox } from "../../geo/bbox.ts";
import type { Color } from "../../image/options.ts";

/** Four finite numbers, in the order written; `undefined` unless the first two are the smaller. */
export function readBBox(text: string): BBox | undefined {
  const parts = text.split(",", 5);
  if (parts.length !== 4) return undefined;
  const a = readNumber(parts[0]);
  const b = readNumber(parts[1]);
  const c = readNumber(parts[2]);
  const d = readNumber(parts[3]);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  return a < c && b < d ? [a, b, c, d] : undefined;
}

/** Width and height in whole pixels, cut like `99.9` to 99; `undefined` unless both are at least 1. */
export function readSize(
  width: string | undefined,
  height: string | undefined,
): readonly [width: number, height: number] | undefined {
  const size = [Math.trunc(readNumber(width) ?? 0), Math.trunc(readNumber(height) ?? 0)] as const;
  return size[0] >= 1 && size[1] >= 1 ? size : undefined;
}

/** True for `true` in any case. */
export function readFlag(text: string | undefined): boolean {
  return text !== undefined && text.length === 4 && text.toLowerCase() === "true";
}

/** `0xRRGGBB`, also with `#` or nothing before it, or with one digit a channel. */
export function readColor(text: string | undefined): Color | undefined {
  const digits = /^(?:0x|#)?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(text ?? "")?.[1];
  if (digits === undefined) return undefined;
  const full = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  const value = Number.parseInt(full, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
