import type { BBox } from "../geo/bbox.ts";
import type { Srs } from "./srs.ts";

/** A bbox with its reference system. */
export interface Extent {
  readonly bbox: BBox;
  readonly srs: Srs;
  /** The whole world because nobody said otherwise: contains everything, neutral in unions. */
  readonly isDefault?: boolean;
}
