/** Numbers as they stand in documents. */

/**
 * Shortest decimal form that reads back as the same number; exponents begin where clients of the
 * reference expect them: below 1e-4 and from 1e16 on.
 */
export function decimal(value: number): string {
  const size = Math.abs(value);
  if (size < 1e16 && (size >= 1e-4 || size === 0)) return String(value);
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  const sign = exponent[0] ?? "+";
  return `${digits}e${sign}${exponent.slice(1).padStart(2, "0")}`;
}
