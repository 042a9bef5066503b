/** Values as the reference prints them: scripts read its output. */

/**
 * A double with a mark that it is one: shortest digits that give the same number back, `1.0`,
 * `1e-05`, exponents from 1e16 on.
 */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const text = exponent < 0 ? value.toFixed(mantissaDigits(mantissa) - exponent) : String(value);
  return text.includes(".") ? text : `${Object.is(value, -0) ? "-0" : text}.0`;
}

/** Digits behind the point. */
function mantissaDigits(mantissa: string): number {
  return mantissa.split(".")[1]?.length ?? 0;
}

/** A double that knows that it is one, even if it is whole. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** What {@linkcode pythonLiteral} can print. */
export type Literal =
  | null
  | undefined
  | boolean
  | number
  | string
  | Float
  | readonly Literal[]
  | { readonly [key: string]: Literal };

/** `['a', 1, 2.5, None, True, {'k': 1.0}]`: strings quoted, whole numbers without point. */
export function pythonLiteral(value: Literal): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? String(value) : pythonFloat(value);
  if (typeof value === "string") return quoted(value);
  if (value instanceof Float) return pythonFloat(value.value);
  if (isList(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  const entries = Object.entries(value).map(([key, v]) => `${quoted(key)}: ${pythonLiteral(v)}`);
  return `{${entries.join(", ")}}`;
}

function isList(value: object): value is readonly Literal[] {
  return Array.isArray(value);
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text
    .replaceAll("\\", "\\\\")
    .replaceAll(quote, `\\${quote}`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
    .replace(/[\x00-\x1f\x7f]/g, (char) => ESCAPES[char] ?? `\\x${hex(char)}`);
  return `${quote}${inside}${quote}`;
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(2, "0");
}
