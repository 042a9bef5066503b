/** Kernels against plain twins, bit for bit, over sizes from 1 x 1 to 4096 x 4096 and odd strides. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { assertNear, assertSame, flat, noise, seeded } from "../../../test/pictures.ts";
import type { RasterView } from "../picture.ts";
import { newView } from "../view.ts";
import { withArena } from "./arena.ts";
import { newPatch, putView, takeView } from "./patch.ts";
import { type Quad, warpQuads } from "./warp.ts";

/** Sides as they come, and now and then the longest ones: as strips, so that a run stays short. */
const sides = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 9 })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 4000, max: 4096 }), fc.integer({ min: 1, max: 3 })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 4000, max: 4096 })),
  },
);

/** A square of the largest size, of a pattern that is cheap to make. */
function huge(channels: 1 | 4): RasterView {
  const view = newView([4096, 4096], channels);
  for (let i = 0; i < view.data.length; i++) view.data[i] = (i * 7 + (i >> 13)) & 255;
  return view;
}

/** What a kernel leaves of RGBA pixels. */
function inPlace(view: RasterView, work: (at: number, pixels: number) => void): Uint8Array {
  return withArena((arena) => {
    const patch = newPatch(arena, view.width, view.height);
    putView(arena, view, patch);
    work(patch.at, view.width * view.height);
    return takeView(arena, patch, 4).data;
  });
}

describe("putView(), takeView()", () => {
  it("are inverse for any kind, size and stride", () => {
    fc.assert(
      fc.property(sides, fc.constantFrom(1, 2, 3, 4), fc.nat(7), (size, channels, gap) => {
        const view = noise(size, channels as 1 | 2 | 3 | 4, { gap });
        const back = withArena((arena) => {
          const patch = newPatch(arena, ...size);
          putView(arena, view, patch);
          return takeView(arena, patch, view.channels);
        });
        assertNear(back.data, flat(view));
      }),
    );
    const view = huge(4);
    assertNear(
      inPlace(view, () => undefined),
      view.data,
    );
  });
});

describe("makeOpaque(), isOpaque()", () => {
  it("equal their twins", () => {
    fc.assert(
      fc.property(sides, fc.nat(99), (size, seed) => {
        const view = noise(size, 4, { seed });
        withArena(({ kernel }) => {
          const made = inPlace(view, (at, pixels) => {
            const wanted = flat(view).every((value, i) => i % 4 !== 3 || value === 255);
            assert.equal(kernel.isOpaque(at, pixels) !== 0, wanted);
            kernel.makeOpaque(at, pixels);
            assert.ok(kernel.isOpaque(at, pixels));
          });
          assertNear(
            made,
            flat(view).map((value, i) => (i % 4 === 3 ? 255 : value)),
          );
        });
      }),
    );
  });

  it("finds the one pixel that is not opaque, wherever it is", () => {
    for (let pixels = 1; pixels < 20; pixels++) {
      for (let clear = 0; clear < pixels; clear++) {
        const view = newView([pixels, 1], 4);
        view.data.fill(255);
        view.data[4 * clear + 3] = 254;
        withArena(({ kernel }) => {
          inPlace(view, (at) => assert.ok(!kernel.isOpaque(at, pixels)));
        });
      }
    }
  });
});

describe("maskOut()", () => {
  const color = 0x40302010;

  function masked(view: RasterView, mask: Uint8Array): Uint8Array {
    return withArena((arena) =>
      inPlace(view, (at, pixels) => {
        const from = arena.alloc(mask.length);
        arena.bytes.set(mask, from);
        arena.kernel.maskOut(at, from, pixels, color);
      }),
    );
  }

  const twin = (view: RasterView, mask: Uint8Array) =>
    flat(view).map((value, i) => (mask[i >> 2] ? value : (color >> ((i % 4) * 8)) & 255));

  it("equals its twin", () => {
    fc.assert(
      fc.property(sides, fc.constantFrom(0.01, 0.5, 0.99), (size, share) => {
        const view = noise(size, 4);
        const random = seeded(size[0]);
        const mask = Uint8Array.from({ length: size[0] * size[1] }, () =>
          random() < share ? 1 : 0,
        );
        assertNear(masked(view, mask), twin(view, mask));
      }),
    );
    const view = huge(4);
    const mask = Uint8Array.from({ length: 4096 * 4096 }, (_, i) => (i >> 6) & 1);
    assertNear(masked(view, mask), twin(view, mask));
  });
});

describe("lookUp()", () => {
  it("equals its twin for windows of any size and stride", () => {
    fc.assert(
      fc.property(sides, fc.nat(9), fc.constantFrom(3, 4), (size, gap, channels) => {
        const indices = noise(size, 1, { gap });
        // half of them in runs, as in maps
        for (let i = 0; i < indices.data.length; i++) if (i & 64) indices.data[i] = i >> 7;
        const table = noise([256, 1], 4, { seed: gap });
        const stride = size[0] * channels + gap;
        const made = withArena((arena) => {
          const from = arena.alloc(indices.data.length);
          const at = arena.alloc(1024);
          const to = arena.alloc(stride * size[1] + 16);
          arena.bytes.set(indices.data, from);
          arena.bytes.set(table.data, at);
          const start = from + indices.offset;
          arena.kernel.lookUp(start, indices.stride, to, stride, ...size, at, channels);
          return arena.bytes.slice(to, to + stride * size[1]);
        });
        const plain = flat(indices);
        for (let i = 0; i < plain.length; i++) {
          const to = Math.floor(i / size[0]) * stride + (i % size[0]) * channels;
          for (let c = 0; c < channels; c++) {
            assert.equal(made[to + c], table.data[plain[i]! * 4 + c]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("countCells(), mapCells()", () => {
  const cellOf = ([r = 0, g = 0, b = 0, a = 0]: Uint8Array, withAlpha: boolean) =>
    withAlpha
      ? ((r >> 5) << 10) | ((g >> 4) << 6) | ((b >> 5) << 3) | (a >> 5)
      : ((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4);

  it("equal their twins", () => {
    fc.assert(
      fc.property(sides, fc.boolean(), fc.nat(99), (size, withAlpha, seed) => {
        const view = noise(size, 4, { seed });
        // what keeps no alpha is opaque
        if (!withAlpha) for (let i = 3; i < view.data.length; i += 4) view.data[i] = 255;
        // runs of equal pixels too
        for (let i = 0; i + 4 < view.data.length; i += 4) {
          if (i & 128) view.data.copyWithin(i + 4, i, i + 4);
        }
        const data = flat(view);
        const count = data.length / 4;
        const cells = Array.from({ length: count }, (_, i) =>
          cellOf(data.subarray(4 * i, 4 * i + 4), withAlpha),
        );
        const entries = Uint8Array.from({ length: 8192 }, (_, i) => i * 31);
        const sums = new Uint32Array(8192 * 8);
        cells.forEach((cell, i) => {
          for (let c = 0; c < 4; c++) sums[cell * 8 + c]! += data[4 * i + c]!;
          sums[cell * 8 + 4]!++;
        });
        withArena((arena) => {
          const patch = newPatch(arena, ...size);
          putView(arena, view, patch);
          const cellsAt = arena.alloc(count * 2);
          const sumsAt = arena.alloc(sums.byteLength);
          const entriesAt = arena.alloc(entries.length);
          const to = arena.alloc(count + size[1]);
          const { kernel, bytes } = arena;
          bytes.fill(0, sumsAt, sumsAt + sums.byteLength);
          bytes.set(entries, entriesAt);
          kernel.countCells(patch.at, count, cellsAt, sumsAt, withAlpha ? 1 : 0);
          assert.deepEqual([...new Uint16Array(bytes.buffer, cellsAt, count)], cells);
          const own = new Uint32Array(bytes.buffer, sumsAt, sums.length);
          assert.ok(own.every((sum, i) => sum === sums[i]));
          kernel.mapCells(cellsAt, ...size, entriesAt, to);
          for (let y = 0; y < size[1]; y++) {
            const row = to + y * (size[0] + 1);
            assert.equal(bytes[row], 0);
            for (let x = 0; x < size[0]; x++) {
              assert.equal(bytes[row + 1 + x], entries[cells[y * size[0] + x]!]);
            }
          }
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe("resize kernels", () => {
  it("equal the kernels that warp, within a level: positions may differ in their last bit", () => {
    const place = fc.integer({ min: -40, max: 400 }).map((n) => n / 16 + 0.0137);
    const methods = fc.constantFrom("nearest", "bilinear", "bicubic");
    fc.assert(
      fc.property(
        sides,
        sides,
        fc.tuple(place, place),
        methods,
        (from, size, [x0, y0], resampling) => {
          const view = noise(from, 4, { gap: size[0] & 7 });
          const [x1, y1] = [x0 + from[0] * 0.83, y0 + from[1] * 1.21];
          const [width, height] = size;
          const quad = (corners: number[]): Quad => ({ x: 0, y: 0, width, height, corners });
          // a corner that is off by less than any position can tell takes the long way
          const off = 1e-9;
          const fast = warpQuads(view, {
            size,
            quads: [quad([x0, y0, x0, y1, x1, y1, x1, y0])],
            resampling,
          });
          const slow = warpQuads(view, {
            size,
            quads: [quad([x0 + off, y0, x0, y1, x1, y1, x1, y0])],
            resampling,
          });
          // Two: one of the sampler, and one of multiplying by alpha again.
          assertSame(opaque(fast), opaque(slow), resampling === "nearest" ? 0 : 2);
        },
      ),
      { numRuns: 80 },
    );
  });

  it("scale the largest pictures: every pixel of a picture that is twice as large is its source's", () => {
    const view = huge(4);
    const side = 8192;
    const corners = [0, 0, 0, 64, 4096, 64, 4096, 0];
    const quads = [{ x: 0, y: 0, width: side, height: 128, corners }];
    const scaled = warpQuads(view, { size: [side, 128], quads, resampling: "nearest" });
    for (let i = 0; i < side * 128; i += 37) {
      const from = (i >> 14) * 4096 + ((i & (side - 1)) >> 1);
      assert.equal(scaled.data[4 * i], view.data[4 * from]);
    }
  });
});

/** Premultiplied: hidden colors of clear pixels, and those of faint ones, have no meaning. */
function opaque(view: RasterView): RasterView {
  const data = view.data.map((value, i) =>
    i % 4 === 3 ? value : Math.round((value * view.data[i | 3]!) / 255),
  );
  return newView([view.width, view.height], 4, data);
}
