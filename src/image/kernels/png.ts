/** What `wasm/png` exports; pointers are byte offsets into the memory. */
export interface PngExports {
  /** Inflates a zlib stream to exactly `expected` bytes; answers 0, or an index into {@linkcode INFLATE_FAULTS}. */
  inflate(from: number, length: number, to: number, expected: number): number;
  /** Compresses by runs; answers the number of bytes. */
  deflateRuns(from: number, length: number, to: number): number;
  unfilter(at: number, rowBytes: number, rows: number, step: number): number;
  filter(
    from: number,
    rowBytes: number,
    rows: number,
    step: number,
    to: number,
    type: number,
    zeros: number,
  ): void;
  unpackBits(
    from: number,
    to: number,
    width: number,
    rows: number,
    bits: number,
    factor: number,
  ): void;
  packBits(from: number, to: number, width: number, rows: number, bits: number): void;
  highBytes(from: number, to: number, count: number): void;
  lookUp: (
    ...rows: [
      from: number,
      fromStride: number,
      to: number,
      toStride: number,
      width: number,
      rows: number,
      table: number,
      channels: number,
    ]
  ) => void;
}

/** What `inflate` can find wrong. */
export const INFLATE_FAULTS: readonly string[] = [
  "",
  "compressed data is damaged",
  "more pixels than its size tells",
  "compressed data is cut short",
];
