/**
 * Runs `work` over `items`, at most `limit` at a time; results in the order of `items`.
 *
 * The first failure rejects; work that has begun is not awaited, work not begun is not started.
 */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  if (items.length === 1) return [await work(items[0] as T, 0)];
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, limit), items.length) }, lane));
  return results;
}

/** A signal that aborts with any of `signals`, or after `ms`. */
export function withDeadline(ms: number, ...signals: AbortSignal[]): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(ms), ...signals]);
}

/** The value of `work`, or a rejection when the signal aborts first, even if `work` takes no notice. */
export async function within<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
