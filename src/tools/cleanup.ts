import { seed } from "./seed.ts";
import type { Tool } from "./tool.ts";

/** Does the cleanups of a seed file, all if none is named; its options are those of `rhumb seed`. */
export const cleanup: Tool = (argv, deps) => {
  const isNamed = argv.some((word) => word === "--cleanup" || word.startsWith("--cleanup="));
  return seed(isNamed || argv.length === 0 ? argv : [...argv, "--cleanup", "ALL"], deps);
};
