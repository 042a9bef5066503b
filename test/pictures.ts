/** Pictures for tests: fixtures, noise, and comparisons with a stated tolerance. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { inflateSync } from "node:zlib";
import type { ImageOptions } from "../src/image/options.ts";
import type { RasterView } from "../src/image/picture.ts";
import { newView } from "../src/image/view.ts";

const FOLDER = new URL("fixtures/images/", import.meta.url);

/** Bytes of a file of `test/fixtures/images`. */
export async function fixture(name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(new URL(name, FOLDER)));
}

/** Samples of a `.raw` or `.rgba` file. */
export async function samples(name: string): Promise<Uint8Array> {
  return new Uint8Array(inflateSync(await fixture(name)));
}

export async function cases(): Promise<Cases> {
  return JSON.parse(new TextDecoder().decode(await fixture("cases.json")));
}

type Size = readonly [width: number, height: number];

export interface Cases {
  readonly png: readonly { file: string; size: Size; rgba: string }[];
  readonly warp: readonly {
    source: string;
    method: "nearest" | "bilinear" | "bicubic";
    size: Size;
    quads: readonly { box: readonly number[]; corners: readonly number[] }[];
    raw: string;
  }[];
  readonly over: { size: Size } & Record<
    "bottom" | "top" | "opaque" | "over" | "overOpaque" | "paste" | "blend",
    string
  >;
  readonly quantize: readonly {
    file: string;
    colors: number;
    fastoctree: number;
    mediancut?: number;
  }[];
}

/** Numbers from 0 to 1 that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Noise, with many fully opaque and fully transparent pixels. It lies in a larger array, with rows `gap`
 * samples apart, so that offsets and strides are put to the test.
 */
export function noise(
  size: Size,
  channels: RasterView["channels"],
  { seed = 1, gap = 0 }: { seed?: number; gap?: number } = {},
): RasterView {
  const random = seeded(seed);
  const stride = size[0] * channels + gap;
  const offset = gap;
  const data = new Uint8Array(offset + stride * size[1]);
  for (let i = 0; i < data.length; i++) data[i] = random() * 256;
  if (channels % 2 === 0) {
    for (let y = 0; y < size[1]; y++) {
      for (let x = 0; x < size[0]; x++) {
        const kind = random();
        const at = offset + y * stride + x * channels + channels - 1;
        if (kind < 0.3) data[at] = 255;
        else if (kind < 0.5) data[at] = 0;
      }
    }
  }
  return { width: size[0], height: size[1], channels, data, offset, stride };
}

/** A view of one color. */
export function plain(size: Size, ...color: number[]): RasterView {
  const view = newView(size, color.length as RasterView["channels"]);
  for (let i = 0; i < view.data.length; i++) view.data[i] = color[i % color.length]!;
  return view;
}

/** Samples of one pixel. */
export function pixel(view: RasterView, x: number, y: number): number[] {
  const at = view.offset + y * view.stride + x * view.channels;
  return Array.from(view.data.subarray(at, at + view.channels));
}

/** Samples without gaps. */
export function flat(view: RasterView): Uint8Array {
  const row = view.width * view.channels;
  const all = new Uint8Array(row * view.height);
  for (let y = 0; y < view.height; y++) {
    const from = view.offset + y * view.stride;
    all.set(view.data.subarray(from, from + row), y * row);
  }
  return all;
}

/** Fails unless size, channels and all samples agree within `tolerance`. */
export function assertSame(actual: RasterView, expected: RasterView, tolerance = 0): void {
  const shape = ({ width, height, channels }: RasterView) => `${width} x ${height} x ${channels}`;
  assert.equal(shape(actual), shape(expected));
  assertNear(flat(actual), flat(expected), tolerance);
}

/** Fails unless both have the same number of samples, none of which differ by more than `tolerance`. */
export function assertNear(
  actual: Uint8Array,
  expected: Uint8Array,
  tolerance = 0,
  what = "picture",
): void {
  assert.equal(actual.length, expected.length, "number of samples");
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (difference > tolerance) {
      assert.fail(`${what}: sample ${i} is ${actual[i]}, expected ${expected[i]} +- ${tolerance}`);
    }
  }
}

/** Peak signal-to-noise ratio in dB. */
export function psnr(a: RasterView, b: RasterView): number {
  const [x, y] = [flat(a), flat(b)];
  assert.equal(x.length, y.length, "number of samples");
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! - y[i]!) ** 2;
  return 10 * Math.log10((65025 * x.length) / Math.max(1e-9, sum));
}

/** Options of a PNG that is not reduced, with some of them changed. */
export function imageOptions(changes: Partial<ImageOptions> = {}): ImageOptions {
  return {
    format: "png",
    mime: "image/png",
    mode: undefined,
    transparent: undefined,
    opacity: undefined,
    resampling: "bicubic",
    background: undefined,
    colors: 0,
    jpegQuality: undefined,
    quantizer: undefined,
    tiffCompression: undefined,
    ...changes,
  };
}
