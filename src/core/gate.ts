import { RequestError } from "./errors.ts";

/** Lets so much work in at a time; the rest waits in line, and beyond the line is sent away. */
export interface Gate {
  /**
   * @param signal aborts while we wait: then the place in the line is given up
   * @throws RequestError with status 503 if the line is full or the wait too long
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** Size of a {@linkcode Gate}. */
export interface GateOptions {
  /** Works that go on at the same time. */
  readonly atOnce: number;
  /** Works that wait at the most. */
  readonly waiting: number;
  /** ms that a work waits at the most. */
  readonly patience: number;
}

/** A gate that lets in by the order of arrival (threats T21). */
export function gate({ atOnce, waiting, patience }: GateOptions): Gate {
  /** In the order of arrival; a set, so that whoever gives up leaves the line at once. */
  const line = new Set<() => void>();
  let inside = 0;

  const turn = (signal: AbortSignal): Promise<void> => {
    if (line.size >= waiting) throw busy();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (reason: unknown) => {
      line.delete(enter);
      reject(reason);
    };
    const timer = setTimeout(() => leave(busy()), patience);
    const aborted = () => leave(signal.reason);
    const enter = () => {
      line.delete(enter);
      resolve();
    };
    signal.addEventListener("abort", aborted, { once: true });
    line.add(enter);
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
    });
  };

  return {
    async run(work, signal) {
      signal.throwIfAborted();
      // whoever leaves hands its place on, so that nobody slips in before the line
      if (inside < atOnce) inside++;
      else await turn(signal);
      try {
        return await work();
      } finally {
        const [next] = line;
        if (next) next();
        else inside--;
      }
    },
  };
}

function busy(): RequestError {
  return new RequestError(
    undefined,
    "Too many maps are asked for at the same time; try again in a few seconds",
    undefined,
    503,
  );
}
