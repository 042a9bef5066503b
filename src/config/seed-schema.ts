import * as v from "valibot";
import { coverageConfig, integer, number, strings } from "../model/options.ts";
import { refreshBefore } from "./schema-parts.ts";

const range = v.strictObject({ from: v.optional(number), to: v.optional(number) });

const target = {
  caches: strings,
  grids: v.optional(strings),
  coverages: v.optional(strings),
  levels: v.optional(v.union([v.array(integer), range])),
  resolutions: v.optional(v.union([v.array(number), range])),
};

const seed = v.strictObject({ ...target, refresh_before: v.optional(refreshBefore) });
export type SeedConfig = v.InferOutput<typeof seed>;

const cleanup = v.strictObject({
  ...target,
  remove_before: v.optional(refreshBefore),
  remove_all: v.optional(v.boolean(), false),
});
export type CleanupConfig = v.InferOutput<typeof cleanup>;

/** A file that says what to seed and what to clean up. Keys keep MapProxy's spelling. */
export const seedFileSchema = v.strictObject({
  seeds: v.optional(v.record(v.string(), seed), {}),
  cleanups: v.optional(v.record(v.string(), cleanup), {}),
  coverages: v.optional(v.record(v.string(), coverageConfig), {}),
});
export type SeedFile = v.InferOutput<typeof seedFileSchema>;
