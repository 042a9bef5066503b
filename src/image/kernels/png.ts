import { png } from "#kernels";
import { type Kernel, type KernelExports, kernel } from "./memory.ts";

/** The exports of `wasm/png`; pointers are byte offsets into `memory`. */
export interface PngExports extends KernelExports {
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
  lookUp(from: number, to: number, count: number, table: number, channels: number): void;
}

export const runPng: Kernel<PngExports> = kernel(png);
