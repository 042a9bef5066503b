/** What `wasm/png` exports; pointers are byte offsets into the memory. */
export interface PngExports {
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
