import { wellKnownDefinition } from "../../srs/definitions/lookup.ts";
import type { Srs } from "../../srs/srs.ts";

/** What the map on a page has to know of a reference system. */
export interface ClientSrs {
  readonly code: string;
  /** proj4 string; absent where the library in the browser would not understand it. */
  readonly definition: string | undefined;
  readonly isGeographic: boolean;
  readonly metresPerUnit: number;
}

/** Describes a reference system to the script of the page. */
export function clientSrs({ code, definition, isGeographic, metresPerUnit }: Srs): ClientSrs {
  const proj = definition.startsWith("+") ? definition : wellKnownDefinition(definition)?.proj;
  return {
    code,
    // Units of our own: the map works without, it only cannot be drawn over a background.
    definition: proj?.includes("+angle=") ? undefined : proj && withUnits(proj, isGeographic),
    isGeographic,
    metresPerUnit,
  };
}

/** The map takes the unit from the definition, and has none where that leaves metres unsaid. */
function withUnits(proj: string, isGeographic: boolean): string {
  return isGeographic || /\+(?:units|to_meter)=/.test(proj) ? proj : `${proj} +units=m`;
}
