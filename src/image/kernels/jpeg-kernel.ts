/** What `wasm/jpeg` exports. Addresses and positions are bytes; a new start makes older addresses void. */
export interface JpegKernel {
  /** Where the memory begins that the codec may use: what lies above is void after a call. */
  jpegBegin(at: number): void;

  encodeStart: (
    ...picture: [
      width: number,
      height: number,
      channels: number,
      quality: number,
      isYcc: number,
      isFine: number,
    ]
  ) => number;
  /** Where pixels of the next strip may be put that are not in memory. */
  stripAddress(): number;
  stripRows(): number;
  encodeStrip(at: number, rowBytes: number, rows: number): void;
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
  frameStart: (
    ...frame: [
      width: number,
      height: number,
      components: number,
      color: number,
      whole: number,
      left: number,
      top: number,
      right: number,
      bottom: number,
    ]
  ) => number;
  scanComponent(slot: number, index: number, dc: number, ac: number): number;
  scanStart(components: number, at: number): void;
  /** Decodes some rows; answers 0, or an index into {@linkcode FAULTS}. */
  decodeBand(): number;
  isScanDone(): number;
  scanEnd(): number;
  /** Makes rows of pixels at `to`; answers how many there are by now. */
  emitRows(complete: number, most: number, to: number, stride: number, channels: number): number;
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
