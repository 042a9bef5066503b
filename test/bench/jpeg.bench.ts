/**
 * JPEG at quality 90 beside Pillow's, in ms: minimum and median of many runs.
 *
 * usage: bun test/bench/jpeg.bench.ts [aerial.jpg]
 *
 * Without a file the "aerial" picture is seeded noise of several octaves. Pillow is measured if `python3` has it.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJpeg, encodeJpeg } from "../../src/image/kernels/jpeg.ts";
import type { RasterView } from "../../src/image/picture.ts";
import { newView, samplesOf, windowOf } from "../../src/image/view.ts";

const SIDES = [256, 1024];
const RUNS = { 256: 400, 1024: 50 } as Record<number, number>;

const PILLOW = `
import io, sys, time
from PIL import Image
side, runs = int(sys.argv[2]), int(sys.argv[3])
picture = Image.frombytes("RGB", (side, side), open(sys.argv[1], "rb").read())
def encode():
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=90)
    return stream.getvalue()
data = encode()
def decode():
    Image.open(io.BytesIO(data)).load()
for work in (encode, decode):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    print("%.3f %.3f" % (times[0], times[runs // 2]))
`;

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Noise of several octaves, as of land seen from above. */
function terrain(side: number): RasterView {
  const next = random(7);
  const view = newView([side, side], 3);
  const heights = new Float64Array(side * side);
  for (let cell = 128; cell >= 2; cell /= 2) {
    const cells = Math.ceil(side / cell) + 2;
    const corners = Float64Array.from({ length: cells * cells }, () => next() - 0.5);
    for (let i = 0; i < heights.length; i++) {
      const [x, y] = [(i % side) / cell, Math.floor(i / side) / cell];
      const at = Math.floor(y) * cells + Math.floor(x);
      const [fx, fy] = [x % 1, y % 1];
      const top = corners[at]! * (1 - fx) + corners[at + 1]! * fx;
      const bottom = corners[at + cells]! * (1 - fx) + corners[at + cells + 1]! * fx;
      heights[i]! += (top * (1 - fy) + bottom * fy) * cell ** 0.8;
    }
  }
  heights.forEach((height, i) => {
    view.data.set([90 + height * 2, 100 + height, 60 - height * 0.7].map(clamp), i * 3);
  });
  return view;
}

/** Flat areas and thin lines. */
function map(side: number): RasterView {
  const next = random(3);
  const view = newView([side, side], 3, new Uint8Array(side * side * 3).fill(238));
  for (let n = 0; n < side / 2; n++) {
    const color = [0, 0, 0].map(() => Math.floor(next() * 5) * 63);
    const isArea = n < side / 16;
    const [x, y] = [Math.floor(next() * side), Math.floor(next() * side)];
    const wide = isArea || next() < 0.5;
    const width = wide ? Math.floor((next() * side) / 5) : 2;
    const height = isArea || !wide ? Math.floor((next() * side) / 5) : 2;
    for (let dy = 0; dy < height && y + dy < side; dy++) {
      for (let dx = 0; dx < width && x + dx < side; dx++) {
        view.data.set(color, ((y + dy) * side + x + dx) * 3);
      }
    }
  }
  return view;
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}

function time(runs: number, work: () => void): string {
  for (let i = 0; i < runs / 5; i++) work();
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return `${times[0]!.toFixed(3)} ${times[runs >> 1]!.toFixed(3)}`;
}

const file = process.argv[2];
const aerial = file ? decodeJpeg(new Uint8Array(readFileSync(file))) : terrain(1024);
if (aerial?.channels !== 3) throw new TypeError(`Cannot use ${file}: not a color JPEG`);

for (const side of SIDES) {
  const runs = RUNS[side]!;
  const corner = (whole: RasterView) =>
    windowOf(whole, (whole.width - side) >> 1, (whole.height - side) >> 1, [side, side]);
  for (const [name, view] of [
    ["aerial", corner(aerial)],
    ["map", map(side)],
  ] as const) {
    const packed = newView([side, side], 3, samplesOf(view));
    const bytes = encodeJpeg(packed, 90);
    const raw = join(tmpdir(), "jpeg-bench.raw");
    writeFileSync(raw, packed.data);
    const pillow = spawnSync("python3", ["-c", PILLOW, raw, String(side), String(runs)], {
      encoding: "utf8",
    });
    const answer = pillow.status === 0 ? pillow.stdout.trim().split("\n") : [];
    const [pillowEncode = "-", pillowDecode = "-"] = answer;
    console.log(`${name} ${side} (${bytes.length} bytes)`);
    console.log(`  encode ${time(runs, () => encodeJpeg(packed, 90))}   Pillow ${pillowEncode}`);
    console.log(`  decode ${time(runs, () => decodeJpeg(bytes))}   Pillow ${pillowDecode}`);
  }
}
