import { image } from "#kernels";
import { ImageError } from "../../core/errors.ts";
import type { JpegKernel } from "./jpeg-kernel.ts";
import type { PngExports } from "./png.ts";
import type { RasterExports } from "./raster.ts";

/** Bytes of memory the kernels may keep for the next call; a larger one is dropped after use. */
const KEEP_BYTES = 64 * 2 ** 20;

const PAGE = 65536;

/** Bytes after every piece that kernels may read or write: they work on whole vectors. */
const SLACK = 64;

/** All exports of `wasm/image`; addresses are byte offsets into `memory`. */
export interface ImageKernel extends RasterExports, PngExports, JpegKernel {
  readonly memory: WebAssembly.Memory;
  /** First byte that belongs to the caller. */
  heapBase(): number;
}

/** Kernels, and memory that is lent for one piece of work. */
export interface Arena {
  readonly kernel: ImageKernel;
  /** All of the memory; to be fetched anew after any `alloc`, which may move it. */
  readonly bytes: Uint8Array;
  /**
   * Lends `bytes` bytes, aligned to 16, with whatever is in them.
   *
   * @throws ImageError if the engine gives no more memory
   */
  alloc(bytes: number): number;
  /** First byte that is not lent: the JPEG codec works from there on. */
  readonly top: number;
}

let kernel: ImageKernel | undefined;
let bytes = new Uint8Array();
let top = 0;
let depth = 0;

const arena: Arena = {
  get kernel() {
    return kernel!; // lent by withArena() only, which makes it
  },
  get bytes() {
    if (bytes.buffer !== kernel!.memory.buffer) bytes = new Uint8Array(kernel!.memory.buffer);
    return bytes;
  },
  alloc(length) {
    const at = top;
    const end = align(at + length + SLACK);
    const missing = end - kernel!.memory.buffer.byteLength;
    if (missing > 0) grow(kernel!.memory, missing);
    top = end;
    return at;
  },
  get top() {
    return top;
  },
};

/**
 * Lends the kernels and their memory to `work`; all that it takes is given back when it returns.
 *
 * `work` is synchronous, so requests that share an isolate cannot see each other's pixels; it may call functions that
 * lend for themselves. WebAssembly memory never shrinks, so an instance that grew beyond 64 MiB is dropped
 * after the outermost work, and one huge picture does not stay with the process.
 */
export function withArena<T>(work: (arena: Arena) => T): T {
  kernel ??= new WebAssembly.Instance(image()).exports as unknown as ImageKernel;
  if (depth === 0) top = align(kernel.heapBase());
  const before = top;
  depth++;
  try {
    return work(arena);
  } finally {
    depth--;
    top = before;
    if (depth === 0 && kernel.memory.buffer.byteLength > KEEP_BYTES) {
      kernel = undefined;
      bytes = new Uint8Array();
    }
  }
}

/** Lends `length` bytes to `work`, which gets the exports, the memory and its first byte. */
export function borrow<T>(
  length: number,
  work: (kernel: ImageKernel, memory: Uint8Array, base: number) => T,
): T {
  return withArena((lent) => {
    const base = lent.alloc(length);
    return work(lent.kernel, lent.bytes, base);
  });
}

/** Bytes that the kernels hold now, for those who watch memory. */
export function kernelBytes(): number {
  return kernel?.memory.buffer.byteLength ?? 0;
}

function grow(memory: WebAssembly.Memory, missing: number): void {
  try {
    memory.grow(Math.ceil(missing / PAGE));
  } catch (cause) {
    throw new ImageError("Cannot draw picture: not enough memory for its pixels", { cause });
  }
}

/** The next multiple of 16, for places in kernel memory. */
export function align(length: number): number {
  return Math.ceil(length / 16) * 16;
}
