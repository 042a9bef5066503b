import { type Markup, xml } from "../../core/xml.ts";

/** Digits that tell levels apart; more only make tables too wide for a phone. */
const DIGITS = 6;
/** Sizes below are written with an exponent: zeros after the point tell nothing. */
const SMALLEST_PLAIN = 0.001;

/** A size on the ground as a cell of a table; the whole number is told where the pointer rests. */
export function sizeCell(value: number): Markup {
  const text = value < SMALLEST_PLAIN ? value.toExponential(DIGITS - 1) : shortened(value);
  return xml`<td class="number" title="${value}">${text}</td>`;
}

/** A scale denominator as a cell of a table, in groups of three digits. */
export function scaleCell(value: number): Markup {
  const text = value < 100 ? shortened(value) : grouped(Math.round(value));
  return xml`<td class="number" title="${value}">${text}</td>`;
}

/** Columns and rows, or pixels each way, as a cell of a table, for which there is no room on a phone. */
export function countCell([across, down]: readonly [number, number]): Markup {
  return xml`<td class="number extra">${grouped(across)} × ${grouped(down)}</td>`;
}

function shortened(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}

/** @param value a whole number */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, "\u202f");
}
