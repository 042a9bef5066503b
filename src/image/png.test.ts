import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  assertNear,
  assertSame,
  cases,
  fixture,
  noise,
  plain,
  samples,
} from "../../test/pictures.ts";
import { ImageError } from "../core/errors.ts";
import { fromIndexed, quantize } from "./indexed.ts";
import { crc32, crc32Plain, deflate } from "./kernels/deflate.ts";
import type { RasterView } from "./picture.ts";
import { readChunks, writeChunks } from "./png-chunks.ts";
import { decodePng, verifyPng } from "./png-decode.ts";
import { encodeIndexedPng, encodePng } from "./png-encode.ts";
import { withChannels } from "./view.ts";

const sizes = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 20 }));
const channels = fc.constantFrom<RasterView["channels"]>(1, 2, 3, 4);

describe("decodePng()", () => {
  it("reads every color type, depth, filter and interlacing as an independent program does", async () => {
    for (const { file, rgba, size } of (await cases()).png) {
      const view = decodePng(await fixture(file));
      assert.deepEqual([view.width, view.height], size, file);
      assertNear(withChannels(view, 4).data, await samples(rgba), 0, file);
    }
  });

  it("imaging 4.2: gives palettes without transparency no alpha", async () => {
    assert.equal(decodePng(await fixture("png-3-8.png")).channels, 3);
    assert.equal(decodePng(await fixture("png-3-8-trns.png")).channels, 4);
  });

  it("throws ImageError wherever a file is cut off", async () => {
    const file = await fixture("png-6-8.png");
    for (let length = 0; length < file.length; length += 13) {
      assert.throws(() => decodePng(file.subarray(0, length)), ImageError);
      assert.throws(() => verifyPng(file.subarray(0, length)), ImageError);
    }
    assert.throws(() => decodePng(file.subarray(0, file.length - 1)), ImageError);
  });

  it("throws ImageError for a flipped bit in any chunk that matters", async () => {
    const file = await fixture("png-3-8-trns.png");
    for (let at = 0; at < file.length; at += 7) {
      const broken = file.slice();
      broken[at]! ^= 16;
      assert.throws(() => decodePng(broken), ImageError, `byte ${at}`);
    }
  });

  it("stops inflating at the size that the header tells", () => {
    const header = { width: 4, height: 4, bits: 8, colorType: 0, interlaced: false };
    const bomb = writeChunks({
      header,
      palette: undefined,
      transparency: undefined,
      pixels: deflate(new Uint8Array(10_000_000), 9),
    });
    assert.throws(() => decodePng(bomb), ImageError);
  });

  it("throws ImageError for an unknown filter and for too little data", () => {
    const header = { width: 4, height: 2, bits: 8, colorType: 0, interlaced: false };
    for (const rows of [
      [9, 1, 2, 3, 4, 0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]) {
      const pixels = deflate(Uint8Array.from(rows), 6);
      const file = writeChunks({ header, palette: undefined, transparency: undefined, pixels });
      assert.throws(() => decodePng(file), ImageError);
    }
  });
});

describe("encodePng()", () => {
  it("is undone by decodePng(), for any size, kind and stride", () => {
    fc.assert(
      fc.property(sizes, channels, fc.nat(9), (size, kind, gap) => {
        const view = noise(size, kind, { gap, seed: size[0] });
        assertSame(decodePng(encodePng(view)), view);
      }),
      { numRuns: 60 },
    );
  });

  it("filters pictures, but not drawings", async () => {
    const aerial = decodePng(await fixture("quantize-aerial.png"));
    const unfiltered = deflate(aerial.data, 3).length;
    assert.ok(encodePng(aerial).length < unfiltered * 0.9);
    const drawing = plain([64, 64], 10, 20, 30);
    assertSame(decodePng(encodePng(drawing)), drawing);
  });
});

describe("encodeIndexedPng()", () => {
  it("keeps pictures of few colors exactly, in 1, 2, 4 or 8 bits", () => {
    for (const [colors, bits] of [
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
      [5, 4],
      [16, 4],
      [17, 8],
      [256, 8],
    ] as const) {
      for (const width of [1, 7, 64]) {
        const view = noise([width, 37], 4, { seed: colors });
        for (let i = 0; i < view.data.length; i += 4) {
          const color = (i / 4) % Math.min(colors, width * 37);
          view.data.set([color, 255 - color, 7, color % 3 ? 255 : color], i);
        }
        const reduced = quantize(view, { colors, transparent: true, quantizer: undefined });
        const file = encodeIndexedPng(reduced);
        if (width === 64) assert.equal(readChunks(file).header.bits, bits);
        assertSame(withChannels(decodePng(file), 4), view);
        assertSame(decodePng(file), fromIndexed(reduced));
      }
    }
  });

  it("imaging 4.1: writes entries of any alpha", () => {
    const view = noise([40, 40], 4, { seed: 5 });
    const reduced = quantize(view, { colors: 256, transparent: true, quantizer: undefined });
    const chunks = readChunks(encodeIndexedPng(reduced));
    assert.equal(chunks.header.colorType, 3);
    assert.ok(chunks.transparency?.some((alpha) => alpha > 0 && alpha < 255));
  });
});

describe("crc32()", () => {
  it("agrees with the plain one", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (b) => crc32(b) === crc32Plain(b)));
    assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  });
});
