import { jpeg } from "#kernels";

/** Exports of `wasm/jpeg`. Addresses and positions are bytes; a new start makes older addresses void. */
export interface JpegKernel {
  readonly memory: WebAssembly.Memory;

  encodeStart(width: number, height: number, channels: number, quality: number): number;
  /** Where the pixels of the next strip go, without gaps between rows. */
  stripAddress(): number;
  stripRows(): number;
  encodeStrip(rows: number): void;
  encodeEnd(): void;
  outputAddress(): number;
  outputLength(): number;
  isOutputFull(): number;
  clearOutput(): void;

  openFile(length: number): number;
  defineHuffman(at: number, length: number): number;
  defineQuant(id: number, at: number, bytes: 1 | 2): void;
  defineRestart(interval: number): void;
  defineComponent(index: number, h: number, v: number, quant: number): void;
  frameStart(width: number, height: number, components: number, ...more: [number, number]): number;
  scanComponent(slot: number, index: number, dc: number, ac: number): number;
  scanStart(components: number, at: number): void;
  /** Decodes some rows; answers 0, or an index into {@linkcode FAULTS}. */
  decodeBand(): number;
  isScanDone(): number;
  scanEnd(): number;
  /** Makes rows of pixels at `rowsAddress()`; answers how many. */
  emitRows(complete: number): number;
  rowsAddress(): number;
}

/** What `decodeBand` can find wrong. */
export const FAULTS: readonly string[] = [
  "",
  "impossible code in the picture data",
  "too few picture data before a marker",
  "restart marker missing or out of order",
  "ends within the picture data",
  "data left over before a marker",
];

/** An instance whose memory has grown beyond this many bytes is not kept: memory never shrinks. */
const KEPT_MEMORY = 16 * 1024 * 1024;

let instance: JpegKernel | undefined;

/**
 * Runs `work` with the kernel. It has to be done with the kernel's memory when it returns: nothing is awaited in
 * between, so requests that share an isolate cannot see each other's pixels.
 */
export function withJpegKernel<T>(work: (kernel: JpegKernel) => T): T {
  instance ??= new WebAssembly.Instance(jpeg(), {}).exports as unknown as JpegKernel;
  const kernel = instance;
  try {
    return work(kernel);
  } finally {
    if (kernel.memory.buffer.byteLength > KEPT_MEMORY) instance = undefined;
  }
}
