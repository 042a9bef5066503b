/** Every kernel against a plain twin, over odd sizes and strides. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  assertNear,
  assertSame,
  cases,
  fixture,
  flat,
  noise,
  plain,
  psnr,
  samples,
} from "../../../test/pictures.ts";
import { fromIndexed, quantize } from "../indexed.ts";
import type { RasterView } from "../picture.ts";
import { decodePng } from "../png-decode.ts";
import { hasTransparency, newView, withChannels } from "../view.ts";
import { borrow, kernelBytes } from "./arena.ts";
import { compose } from "./compose.ts";
import { lzw } from "./lzw.ts";
import { polygonMask } from "./polygon-mask.ts";
import { type Quad, warpQuads } from "./warp.ts";

const long = fc.integer({ min: 4080, max: 4096 });
const short = fc.integer({ min: 1, max: 2 });
/** Small pictures and, now and then, strips as long as the largest ones. */
const sizes = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 })),
  },
  { weight: 1, arbitrary: fc.tuple(long, short) },
  { weight: 1, arbitrary: fc.tuple(short, long) },
);
const own = (view: RasterView) => newView([view.width, view.height], view.channels, flat(view));
const div255 = (value: number) => {
  const t = value + 128;
  return (t + (t >> 8)) >> 8;
};

/** Source-over in whole numbers: weights of 15 bits, rounded as written. */
function overTwin(bottom: Uint8Array, top: Uint8Array): Uint8Array {
  const out = bottom.slice();
  for (let i = 0; i < out.length; i += 4) {
    const a = top[i + 3]!;
    if (a === 0) continue;
    const alpha = a * 255 + bottom[i + 3]! * (255 - a);
    const weight = Math.floor((a * 255 * 255 * 128) / alpha);
    for (let c = 0; c < 3; c++) {
      const t = top[i + c]! * weight + bottom[i + c]! * (255 * 128 - weight) + (128 << 7);
      out[i + c] = ((t >> 8) + t) >> 15;
    }
    out[i + 3] = div255(alpha);
  }
  return out;
}

describe("compose()", () => {
  it("draws over like an independent program, to the bit", async () => {
    const { over } = await cases();
    const view = async (name: string) => newView(over.size, 4, await samples(name));
    const top = await view(over.top);
    const bottom = await view(over.bottom);
    compose(bottom, top, { kind: "over" });
    assertNear(bottom.data, await samples(over.over));
    const opaque = await view(over.opaque);
    compose(opaque, top, { kind: "over" });
    assertNear(opaque.data, await samples(over.overOpaque));
    assertNear(withChannels(opaque, 3).data, await samples(over.paste));
    const blended = await view(over.opaque);
    compose(blended, top, { kind: "blend", opacity: 0.3 });
    assertNear(withChannels(blended, 3).data, await samples(over.blend));
  });

  it("equals its twin for any size, stride and alpha", () => {
    fc.assert(
      fc.property(sizes, fc.nat(9), fc.nat(999), (size, gap, seed) => {
        const bottom = own(noise(size, 4, { seed }));
        const top = noise(size, 4, { seed: seed + 1, gap });
        const expected = overTwin(bottom.data, flat(top));
        compose(bottom, top, { kind: "over" });
        assertNear(bottom.data, expected);
      }),
    );
  });

  it("equals its twin for every pair of alphas", () => {
    const bottom = newView([256, 256], 4);
    const top = newView([256, 256], 4);
    for (let i = 0; i < 65536; i++) {
      bottom.data.set([i & 255, 7, 255, i >> 8], 4 * i);
      top.data.set([255 - (i >> 8), 200, 0, i & 255], 4 * i);
    }
    const expected = overTwin(bottom.data, top.data);
    compose(bottom, top, { kind: "over" });
    assertNear(bottom.data, expected);
  });

  it("imaging 8.2: scales alpha by a factor / 255, rounded down", () => {
    for (const alpha of [0, 1, 76, 127, 254, 255]) {
      const view = newView([256, 1], 4);
      for (let i = 0; i < 256; i++) view.data[4 * i + 3] = i;
      const target = newView([256, 1], 4);
      compose(target, view, { kind: "over", alpha });
      for (let i = 0; i < 256; i++) {
        assert.equal(target.data[4 * i + 3], Math.floor((i * alpha) / 255));
      }
    }
  });

  it("blends in single precision, rounded down", () => {
    for (const opacity of [0, 0.1, 0.3, 0.5, 0.99]) {
      const bottom = own(noise([37, 5], 4, { seed: 3 }));
      const top = noise([37, 5], 4, { seed: 4, gap: 5 });
      const expected = bottom.data.map((b, i) => {
        if (i % 4 === 3) return b;
        return Math.fround(b + Math.fround(Math.fround(opacity) * (flat(top)[i]! - b)));
      });
      compose(bottom, top, { kind: "blend", opacity });
      assertNear(bottom.data, expected);
    }
  });

  it("cuts what reaches beyond the canvas and works on windows of it", () => {
    const canvas = plain([8, 8], 1, 2, 3, 255);
    const window = { ...canvas, width: 3, height: 2, offset: canvas.stride + 4 };
    compose(window, plain([9, 9], 9, 9, 9), { kind: "over" });
    const changed = canvas.data.filter((value, i) => i % 4 === 0 && value === 9).length;
    assert.equal(changed, 6);
  });
});

describe("withChannels()", () => {
  it("equals its twin for any size, kind and stride", () => {
    const kinds = fc.constantFrom<RasterView["channels"]>(1, 2, 3, 4);
    fc.assert(
      fc.property(sizes, kinds, kinds, fc.nat(7), (size, from, to, gap) => {
        const view = noise(size, from, { gap });
        const source = flat(view);
        const expected: number[] = [];
        for (let i = 0; i < source.length; i += from) {
          const s = source.subarray(i, i + from);
          const [r, g, b] = from >= 3 ? [s[0]!, s[1]!, s[2]!] : [s[0]!, s[0]!, s[0]!];
          const alpha = from % 2 === 0 ? s[from - 1]! : 255;
          const grey = from < 3 ? r : (r * 19595 + g * 38470 + b * 7471 + 32768) >> 16;
          expected.push(...(to >= 3 ? [r, g, b] : [grey]), ...(to % 2 === 0 ? [alpha] : []));
        }
        assertNear(flat(withChannels(view, to)), Uint8Array.from(expected));
      }),
    );
  });
});

describe("premultiply(), unpremultiply()", () => {
  it("equal their twins for every color and alpha", () => {
    const pixels = newView([256, 256], 4);
    for (let i = 0; i < 65536; i++) pixels.data.set([i & 255, 255, i >> 9, i >> 8], 4 * i);
    const run = (name: "premultiply" | "unpremultiply", data: Uint8Array) =>
      borrow(data.length, (exports, memory, base) => {
        memory.set(data, base);
        exports[name](base, data.length / 4);
        return memory.slice(base, base + data.length);
      });
    const twin = (data: Uint8Array, of: (value: number, alpha: number) => number) =>
      data.map((v, i) => (i % 4 === 3 ? v : of(v, data[i | 3]!)));
    const inner = run("premultiply", pixels.data);
    assertNear(
      inner,
      twin(pixels.data, (v, a) => div255(v * a)),
    );
    const wild = noise([64, 64], 4, { seed: 8 });
    const back = (v: number, a: number) =>
      a === 0 || a === 255 ? v : Math.min(255, Math.floor((v * 255) / a));
    assertNear(run("unpremultiply", wild.data), twin(wild.data, back));
  });
});

describe("PNG filters", () => {
  const predict = [
    () => 0,
    (a: number) => a,
    (_a: number, b: number) => b,
    (a: number, b: number) => (a + b) >> 1,
    (a: number, b: number, c: number) => {
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
      return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    },
  ];

  const filterTwin = (data: Uint8Array, rowBytes: number, step: number, type: number) => {
    const out: number[] = [];
    for (let y = 0; y * rowBytes < data.length; y++) {
      const at = (x: number, row: number) => (x < 0 || row < 0 ? 0 : data[row * rowBytes + x]!);
      const lines = predict.map((guess) =>
        Array.from({ length: rowBytes }, (_, x) => {
          const value = at(x, y) - guess(at(x - step, y), at(x, y - 1), at(x - step, y - 1));
          return value & 255;
        }),
      );
      const cost = (line: number[]) => line.reduce((s, v) => s + (v < 128 ? v : 256 - v), 0);
      const costs = lines.map(cost);
      const chosen = type < 5 ? type : costs.indexOf(Math.min(...costs));
      out.push(chosen, ...lines[chosen]!);
    }
    return Uint8Array.from(out);
  };

  it("equal their twin, and unfilter() undoes them", () => {
    const steps = fc.constantFrom(1, 2, 3, 4, 6, 8);
    const types = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(sizes, steps, types, fc.nat(99), ([width, rows], step, type, seed) => {
        const rowBytes = width * step;
        const data = flat(noise([rowBytes, rows], 1, { seed }));
        const room = rowBytes + 64 + data.length + 64;
        const made = (rowBytes + 1) * rows;
        const filtered = borrow(room + made + 64, (png, memory, base) => {
          memory.fill(0, base, base + room);
          const from = base + rowBytes + 64;
          memory.set(data, from);
          png.filter(from, rowBytes, rows, step, base + room, type, base + 16);
          return memory.slice(base + room, base + room + made);
        });
        assertNear(filtered, filterTwin(data, rowBytes, step, type));
        const back = borrow(made + 64, (png, memory, base) => {
          memory.set(filtered, base);
          assert.ok(png.unfilter(base, rowBytes, rows, step));
          return memory.slice(base, base + data.length);
        });
        assertNear(back, data);
      }),
    );
  });
});

describe("warpQuads()", () => {
  it("imaging 7.4: samples within one of an independent program, nearest to the bit", async () => {
    for (const { source, method, size, quads, raw } of (await cases()).warp) {
      const view = decodePng(await fixture(source));
      const parts: Quad[] = quads.map(({ box, corners }) => {
        const [x, y, x1, y1] = box as [number, number, number, number];
        return { x, y, width: x1 - x, height: y1 - y, corners };
      });
      const actual = warpQuads(view, { size, quads: parts, resampling: method });
      const expected = newView(size, view.channels, await samples(raw));
      // One level of a premultiplied color is more than one where alpha is low.
      if (view.channels === 4 && method !== "nearest") {
        assertNear(premultiplied(actual), premultiplied(expected), 2);
      } else assertSame(actual, expected, method === "nearest" ? 0 : 1);
    }
  });

  it("equals the plain formula within one, for any picture and quad", () => {
    // Not on pixel edges, where the last bit decides about in or out.
    const corner = fc.integer({ min: -160, max: 640 }).map((n) => n / 16 + 0.0137);
    const corners = fc.array(corner, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(sizes, sizes, corners, fc.nat(5), (from, size, at, gap) => {
        const view = noise(from, 3, { gap, seed: from[0] });
        const quad = { x: 0, y: 0, width: size[0], height: size[1], corners: at };
        for (const method of ["bilinear", "bicubic"] as const) {
          const actual = warpQuads(view, { size, quads: [quad], resampling: method });
          assertSame(actual, warpTwin(view, quad, method), method === "bicubic" ? 2 : 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("imaging checklist: Resampling RGBA has no dark fringes (premultiplied)", () => {
    const view = plain([20, 20], 200, 100, 50, 255);
    for (let i = 0; i < 200; i++) view.data.set([0, 0, 0, 0], i * 8);
    const corners = [0, 0, 0, 20, 20, 20, 20, 0];
    const quad = { x: 0, y: 0, width: 33, height: 33, corners };
    const { data } = warpQuads(view, { size: [33, 33], quads: [quad], resampling: "bilinear" });
    for (let i = 0; i < data.length; i += 4) {
      // Premultiplied samples have whole levels: low alphas leave few of them.
      if (data[i + 3]! > 60) assert.ok(Math.abs(data[i]! - 200) <= 5, `red ${data[i]}`);
    }
    const flatArea = warpQuads(plain([9, 9], 7, 99, 255), {
      size: [33, 33],
      quads: [quad],
      resampling: "bicubic",
    });
    assert.deepEqual([...flatArea.data.subarray(0, 3)], [7, 99, 255]);
  });
});

function premultiplied(view: RasterView): Uint8Array {
  return view.data.map((v, i) => (i % 4 === 3 ? v : (v * view.data[i | 3]!) / 255));
}

/** Double precision, pixel by pixel. */
function warpTwin(view: RasterView, quad: Quad, method: "bilinear" | "bicubic"): RasterView {
  const { width, height } = quad;
  const out = newView([width, height], 3);
  const data = flat(view);
  const clamp = (v: number, most: number) => Math.max(0, Math.min(most, v));
  const at = (x: number, y: number, c: number) =>
    data[(clamp(y, view.height - 1) * view.width + clamp(x, view.width - 1)) * 3 + c]!;
  const [nwx, nwy, swx, swy, sex, sey, nex, ney] = quad.corners as number[] & { length: 8 };
  const cubic = (d: number) => [
    -d + 2 * d * d - d ** 3,
    1 - 2 * d * d + d ** 3,
    d + d * d - d ** 3,
    -d * d + d ** 3,
  ];
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const [s, t] = [(u + 0.5) / width, (v + 0.5) / height];
      const mix = (nw: number, sw: number, se: number, ne: number) =>
        nw + (ne - nw) * s + (sw - nw) * t + (se - sw - ne + nw) * s * t;
      const x = mix(nwx!, swx!, sex!, nex!);
      const y = mix(nwy!, swy!, sey!, ney!);
      if (x < 0 || y < 0 || x >= view.width || y >= view.height) continue;
      const [fx, fy] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
      const [dx, dy] = [x - 0.5 - fx, y - 0.5 - fy];
      const wx = method === "bicubic" ? cubic(dx) : [0, 1 - dx, dx, 0];
      const wy = method === "bicubic" ? cubic(dy) : [0, 1 - dy, dy, 0];
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let j = 0; j < 4; j++) {
          for (let i = 0; i < 4; i++) sum += wx[i]! * wy[j]! * at(fx - 1 + i, fy - 1 + j, c);
        }
        out.data[(v * width + u) * 3 + c] = Math.floor(clamp(sum, 255));
      }
    }
  }
  return out;
}

describe("quantize()", () => {
  it("is no worse than Pillow's quantisers on a map, an aerial picture and a faded one", async () => {
    for (const { file, colors, fastoctree, mediancut } of (await cases()).quantize) {
      const view = decodePng(await fixture(file));
      const transparent = hasTransparency(view);
      const run = (quantizer: "fastoctree" | "mediancut") => {
        const reduced = quantize(view, { colors, transparent, quantizer });
        assert.ok(reduced.palette.length <= colors * 4);
        return psnr(withChannels(fromIndexed(reduced), view.channels), view);
      };
      // Ties between equally full cells fall as they may: a hundredth of a decibel.
      assert.ok(run("fastoctree") >= fastoctree - 0.05, `${file} ${colors}: ${run("fastoctree")}`);
      if (mediancut !== undefined) {
        assert.ok(run("mediancut") >= mediancut - 0.05, `${file} ${colors}: ${run("mediancut")}`);
      }
    }
  });

  it("never makes more entries than asked for, and points to existing ones", () => {
    const colors = fc.integer({ min: 1, max: 256 });
    const quantizers = fc.constantFrom("fastoctree" as const, "mediancut" as const);
    fc.assert(
      fc.property(sizes, colors, quantizers, fc.boolean(), (size, n, quantizer, transparent) => {
        const view = noise(size, 4, { seed: n, gap: 3 });
        const reduced = quantize(view, { colors: n, transparent, quantizer });
        const entries = reduced.palette.length / 4;
        const most = quantizer === "mediancut" && transparent ? Math.max(2, n) : n;
        assert.ok(entries >= 1 && entries <= most);
        assert.ok(reduced.indices.every((index) => index < entries));
      }),
      { numRuns: 60 },
    );
  });

  it("imaging 4.1: mediancut has one transparent entry for alpha up to 128", () => {
    const view = newView([3, 1], 4, Uint8Array.of(1, 2, 3, 128, 1, 2, 3, 129, 9, 9, 9, 255));
    const options = { colors: 256, transparent: true, quantizer: "mediancut" as const };
    const { data } = fromIndexed(quantize(view, options));
    assert.deepEqual([data[3], data[7], data[11]], [0, 255, 255]);
  });
});

describe("lzw()", () => {
  it("is undone by a plain reader, in both formats", () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 9000 });
    for (const format of ["gif", "tiff"] as const) {
      fc.assert(
        fc.property(bytes, fc.boolean(), (list, isNoise) => {
          const data = isNoise
            ? flat(noise([list.length + 1, 1], 1, { seed: list.length }))
            : Uint8Array.from(list);
          assertNear(unlzw(lzw(data, { bits: 8, format }), format), data);
        }),
        { numRuns: 40 },
      );
    }
  });
});

function unlzw(bytes: Uint8Array, format: "gif" | "tiff"): Uint8Array {
  let bit = 0;
  const read = (width: number) => {
    let code = 0;
    for (let i = 0; i < width; i++, bit++) {
      const byte = bytes[bit >> 3] ?? 0;
      if (format === "gif") code |= ((byte >> (bit & 7)) & 1) << i;
      else code = (code << 1) | ((byte >> (7 - (bit & 7))) & 1);
    }
    return code;
  };
  const out: number[] = [];
  let table: number[][] = [];
  let last: number[] | undefined;
  let width = 9;
  for (;;) {
    const code = read(width);
    if (code === 257) return Uint8Array.from(out);
    if (code === 256) {
      table = Array.from({ length: 258 }, (_, i) => [i]);
      width = 9;
      last = undefined;
      continue;
    }
    const entry = table[code] ?? [...last!, last![0]!];
    out.push(...entry);
    if (last && table.length < 4096) table.push([...last, entry[0]!]);
    const early = format === "tiff" ? 1 : 0;
    if (table.length + early >= 1 << width && width < 12) width++;
    last = entry;
  }
}

describe("polygonMask()", () => {
  it("equals the even-odd rule at pixel middles", () => {
    // Not on pixel middles, where the last bit decides about in or out.
    const side = fc.integer({ min: -40, max: 200 }).map((n) => n / 8 + 0.0137);
    const point = fc.tuple(side, side);
    fc.assert(
      fc.property(fc.array(point, { minLength: 3, maxLength: 9 }), (points) => {
        const ring = [...points, points[0]!];
        const mask = polygonMask([[ring]], [20, 13]);
        for (let y = 0; y < 13; y++) {
          for (let x = 0; x < 20; x++) {
            let isIn = false;
            let isOn = false;
            for (let i = 0; i + 1 < ring.length; i++) {
              const [[ax, ay], [bx, by]] = [ring[i]!, ring[i + 1]!];
              const crosses = ay <= y + 0.5 !== by <= y + 0.5;
              const off = x + 0.5 - ax - ((y + 0.5 - ay) * (bx - ax)) / (by - ay);
              if (crosses && Math.abs(off) < 1e-9) isOn = true;
              if (crosses && off > 0) isIn = !isIn;
            }
            if (!isOn) assert.equal(mask[y * 20 + x], isIn ? 1 : 0);
          }
        }
      }),
    );
  });
});

describe("borrow()", () => {
  it("drops its memory after a huge picture and works on", () => {
    borrow(200 * 2 ** 20, (_, memory) => assert.ok(memory.length > 200 * 2 ** 20));
    assert.equal(kernelBytes(), 0);
    borrow(16, (_, memory) => assert.ok(memory.length < 2 ** 20));
  });

  it("gives memory back, and lends the same again", () => {
    const first = borrow(1000, (_k, _m, base) => borrow(1000, (_k2, _m2, inner) => [base, inner]));
    assert.ok(first[1]! >= first[0]! + 1000);
    assert.equal(
      borrow(1, (_k, _m, base) => base),
      first[0],
    );
  });

  it("gives memory back when the work throws", () => {
    const base = borrow(1, (_k, _m, at) => at);
    assert.throws(() =>
      borrow(1, () => {
        throw new RangeError("no");
      }),
    );
    assert.equal(
      borrow(1, (_k, _m, at) => at),
      base,
    );
  });
});
