import type { Fault } from "../core/errors.ts";
import type { Path } from "./plain.ts";

/** A fault found by a step that knows the path of the option but not yet its line. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly severity: Fault["severity"];
}
