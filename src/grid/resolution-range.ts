/** Resolutions at which something is shown, in metres a pixel. */
export interface ResolutionRange {
  /** Coarse limit (the larger number), inclusive; `undefined`: none. */
  readonly min: number | undefined;
  /** Fine limit (the smaller number), inclusive; `undefined`: none. */
  readonly max: number | undefined;
}
