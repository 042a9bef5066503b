/**
 * What an unquoted word means in YAML 1.1, as the loaders of existing `mapproxy.yaml` files have it.
 *
 * Differs from YAML 1.2 and from other 1.1 readers in what users notice: `yes` is true but `y` is
 * text, `010` is 8, `1:30` is 90, and `1e5` is text because a float needs a dot and a signed exponent.
 */
import type { Plain } from "./plain.ts";

const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const OCTAL = /^[-+]?0[0-7_]+$/;
const HEXADECIMAL = /^[-+]?0x[0-9a-fA-F_]+$/;
const BINARY = /^[-+]?0b[01_]+$/;
const SEXAGESIMAL =
  /^[-+]?(?:[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/;
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/;

/**
 * Value of an unquoted word without a tag. Dates stay text in their ISO spelling: every option that
 * takes one reads text, and JSON has nothing else.
 */
export function plainScalar(word: string): Plain {
  // Most words start with a letter that begins none of the special forms.
  const first = word.charCodeAt(0);
  const isNumeric = (first >= 43 && first <= 57 && first !== 44 && first !== 47) || first === 126;
  if (!isNumeric) {
    if (word.length > 5) return word;
    if (NULL.test(word)) return null;
    if (TRUE.test(word)) return true;
    if (FALSE.test(word)) return false;
    return word;
  }
  return numeric(word) ?? (word === "~" ? null : word);
}

/** A number in any of the spellings above; `undefined`: not a number. */
export function numeric(word: string): number | undefined {
  if (DECIMAL.test(word)) return number(word);
  if (FLOAT.test(word)) return number(word);
  if (OCTAL.test(word)) return signed(word, (digits) => integer(digits.slice(1) || "0", 8));
  if (HEXADECIMAL.test(word)) return signed(word, (digits) => integer(digits.slice(2), 16));
  if (BINARY.test(word)) return signed(word, (digits) => integer(digits.slice(2), 2));
  if (SEXAGESIMAL.test(word)) {
    return signed(word, (digits) =>
      digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0),
    );
  }
  if (INFINITE.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  if (NOT_A_NUMBER.test(word)) return Number.NaN;
  return undefined;
}

function number(word: string): number {
  const value = Number(word.includes("_") ? word.replaceAll("_", "") : word);
  return value === 0 ? 0 : value; // no negative zero: it prints oddly
}

function signed(word: string, read: (digits: string) => number): number {
  const digits = word.replace(/^[-+]/, "").replaceAll("_", "");
  const value = read(digits);
  return word.startsWith("-") && value !== 0 ? -value : value;
}

function integer(digits: string, base: number): number {
  return digits === "" ? Number.NaN : Number.parseInt(digits, base);
}

/** Booleans by name, for `!!bool`; `undefined`: not one. */
export function boolean(word: string): boolean | undefined {
  if (TRUE.test(word)) return true;
  return FALSE.test(word) ? false : undefined;
}
