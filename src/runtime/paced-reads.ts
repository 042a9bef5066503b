/** A read on this thread that takes longer (ms) has waited for a disk, not for memory. */
const SLOW = 2;

/** How many reads go to the thread pool after a slow one; doubled while they stay slow. */
const SHORTEST_REST = 16;
const LONGEST_REST = 4096;

/**
 * Chooses between reading at once, on the calling thread, and reading in the thread pool.
 *
 * A file that the system holds in memory is read in 10 µs on the spot; the way through the pool
 * takes 50 to 150 µs and twice the processor time (Bun, Node and Deno alike). A disk that has to
 * be waited for would stop all other requests meanwhile. So reads are made at once until one was
 * slow; then the next ones go to the pool, the longer the more often that happens.
 *
 * @param now reads at once, if it can
 * @param elapsed ms on a clock that never steps back
 */
export function pacedReads<T>(
  now: (path: string) => T | undefined | "later",
  later: (path: string) => Promise<T | undefined>,
  elapsed: () => number = () => performance.now(),
): (path: string) => Promise<T | undefined> {
  let toPool = 0;
  let rest = SHORTEST_REST;
  return async (path) => {
    if (toPool > 0) {
      toPool--;
      return later(path);
    }
    const start = elapsed();
    const result = now(path);
    if (elapsed() - start > SLOW) {
      toPool = rest;
      rest = Math.min(rest * 2, LONGEST_REST);
    } else if (rest > SHORTEST_REST) {
      rest /= 2;
    }
    return result === "later" ? later(path) : result;
  };
}
