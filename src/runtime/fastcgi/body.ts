/** A request's body that comes piece by piece from a connection. */
export interface BodySource {
  readonly stream: ReadableStream<Uint8Array>;
  readonly isEnded: boolean;
  /** False if the reader is behind: hold further pieces back until `resume` is called. */
  push(bytes: Uint8Array): boolean;
  end(): void;
  /** Nobody will read what is left. */
  discard(): void;
}

/** Bytes that may wait for their reader. */
const MOST_WAITING = 1 << 20;

/** @param resume called when the reader has caught up, or has gone */
export function bodySource(resume: () => void): BodySource {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let isEnded = false;
  let isOpen = true;
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (own) => {
        controller = own;
      },
      pull: () => resume(),
      cancel: () => {
        isOpen = false;
        resume();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }),
  );
  const close = (): void => {
    if (isOpen) controller.close();
    isOpen = false;
  };
  return {
    stream,
    get isEnded() {
      return isEnded;
    },
    push(bytes) {
      if (!isOpen) return true;
      controller.enqueue(bytes);
      return (controller.desiredSize ?? 0) > 0;
    },
    end() {
      isEnded = true;
      close();
    },
    discard() {
      if (isOpen && !isEnded) controller.error(new Error("The request was given up"));
      isOpen = false;
      isEnded = true;
      resume();
    },
  };
}
