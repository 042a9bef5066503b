import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * By how many bytes the process may grow between two measurements: many times what a collector leaves
 * lying about, a fraction of the 100 MB and more that the requests between them weigh.
 */
export const SLACK = 32 * 1024 * 1024;

/** Collects garbage now: what Bun gives for it, or what V8 gives when it is asked to. */
function collectorOf(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(wait: boolean): void } };
  if (Bun) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

const collect = collectorOf();

/** Bytes that the process holds on to. */
export function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
