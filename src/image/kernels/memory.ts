/** Bytes of memory an instance may keep for the next call; a larger one is dropped after use. */
const KEEP_BYTES = 48 * 2 ** 20;

const PAGE = 65536;

/** What every kernel module exports. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  /** First byte that belongs to the caller. */
  heapBase(): number;
}

/** Calls into one module: `work` gets the exports, the memory and the first free byte of it. */
export type Kernel<E extends KernelExports> = <T>(
  bytes: number,
  work: (exports: E, memory: Uint8Array, base: number) => T,
) => T;

/**
 * A kernel that is instantiated at its first call and lent memory for each.
 *
 * `work` is synchronous and must not call the same kernel again: so requests that share an isolate cannot
 * see each other's pixels. WebAssembly memory never shrinks, so an instance that grew beyond
 * 48 MiB is dropped after the call, and one huge picture does not stay with the process.
 */
export function kernel<E extends KernelExports>(module: () => WebAssembly.Module): Kernel<E> {
  let exports: E | undefined;
  return (bytes, work) => {
    exports ??= new WebAssembly.Instance(module()).exports as unknown as E;
    // Aligned, so that rows of whole pixels are read fast.
    const base = (exports.heapBase() + 15) & ~15;
    const missing = base + bytes - exports.memory.buffer.byteLength;
    if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE));
    const { buffer } = exports.memory;
    try {
      return work(exports, new Uint8Array(buffer), base);
    } finally {
      if (buffer.byteLength > KEEP_BYTES) exports = undefined;
    }
  };
}

/** The next multiple of 16, for places in kernel memory. */
export function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
