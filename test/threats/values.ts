/** Values of dimensions that mean harm, and what paths they become. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { dimensionPath } from "../../src/cache/dimension-path.ts";
import { RequestError } from "../../src/core/errors.ts";

export const EVIL = [
  "../../../../etc/passwd",
  "..\\..\\x",
  "%2e%2e%2f",
  "\u0000",
  "CON",
  "a".repeat(300),
  "．．／x",
  "trailing.",
  "A",
  "a",
  "a/b",
  "a%2Fb",
  "",
  " ",
  "~root",
  "-rf",
  "\u202e",
];

/** Path of dimension values; `undefined` where they are refused. */
export function pathOf(dimensions: Record<string, string>): string | undefined {
  try {
    return dimensionPath(dimensions);
  } catch (error) {
    assert.ok(error instanceof RequestError);
    return undefined;
  }
}

/** Those, and any text. */
export const anyValue = fc.oneof(
  fc.constantFrom(...EVIL),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 400 }),
);
