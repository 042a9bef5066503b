import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { concat } from "../../core/bytes.ts";
import { ImageError } from "../../core/errors.ts";
import type { RasterView } from "../picture.ts";
import { decodePng } from "../png-decode.ts";
import { newView, samplesOf, withChannels } from "../view.ts";
import { borrow, kernelBytes } from "./arena.ts";
import { decodeJpeg, encodeJpeg } from "./jpeg.ts";
import { hasEndMarker } from "./jpeg-markers.ts";

const FIXTURES = new URL("../../../test/fixtures/jpeg/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, FIXTURES)));
const png = async (name: string) => withChannels(await decodePng(read(`${name}.png`)), 3);
const names = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".jpg"))
  .map((name) => name.slice(0, -4));

/** Decodes what has to be our kind of file. */
function decode(bytes: Uint8Array): RasterView {
  const view = decodeJpeg(bytes);
  assert.ok(view);
  return view;
}

/** Pixels that are neither flat nor noise; `data` longer than the window needs. */
function waves(width: number, height: number, channels: RasterView["channels"]): RasterView {
  const view = newView([width, height], channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        view.data[i++] = 128 + 90 * Math.sin(x / (5 + c) + y / 9) + 30 * Math.cos(y / (3 + c));
      }
    }
  }
  return view;
}

/** Index of the code of the first such marker. */
function markerIn(bytes: Uint8Array, marker: number): number {
  const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === marker);
  assert.ok(at >= 0);
  return at + 1;
}

/** A copy with `values` put `offset` bytes behind the code of a marker. */
function patched(bytes: Uint8Array, marker: number, offset: number, ...values: number[]) {
  const copy = bytes.slice();
  copy.set(values, markerIn(bytes, marker) + offset);
  return copy;
}

describe("decodeJpeg()", () => {
  // Tolerance 0: the kernel rounds as libjpeg-turbo does.
  for (const name of names.filter((n) => /^(pillow|own)-/.test(n))) {
    it(`makes the pixels that Pillow makes: ${name}`, async () => {
      const view = decode(read(`${name}.jpg`));
      const expected = await png(name);
      assert.deepEqual([view.width, view.height], [expected.width, expected.height]);
      const pixels = withChannels(view, 3).data;
      const differs = pixels.findIndex(
        (sample, i) => sample !== expected.data[expected.offset + i],
      );
      assert.equal(differs, -1);
    });
  }

  it("makes one channel of grey files, three of others", () => {
    assert.equal(decode(read("pillow-grey.jpg")).channels, 1);
    assert.equal(decode(read("own-grey-2x2.jpg")).channels, 1);
    assert.equal(decode(read("pillow-420.jpg")).channels, 3);
  });

  for (const name of names.filter((n) => n.startsWith("other-"))) {
    it(`is undefined for ${name}`, () => {
      assert.equal(decodeJpeg(read(`${name}.jpg`)), undefined);
    });
  }

  it("is undefined for 12 bits, arithmetic coding and lossless", () => {
    const bytes = read("pillow-444.jpg");
    assert.equal(decodeJpeg(patched(bytes, 0xc0, 3, 12)), undefined);
    for (const frame of [0xc2, 0xc3, 0xc5, 0xc7, 0xc9, 0xca, 0xcf, 0xde]) {
      assert.equal(decodeJpeg(patched(bytes, 0xc0, 0, frame)), undefined);
    }
  });

  for (const name of ["pillow-420-optimized", "own-restart-1", "own-scans-apart", "pillow-grey"]) {
    it(`refuses ${name} cut off anywhere`, () => {
      const bytes = read(`${name}.jpg`);
      for (let length = 0; length < bytes.length; length += length < 700 ? 1 : 13) {
        assert.throws(() => decodeJpeg(bytes.subarray(0, length)), ImageError, `${length} bytes`);
      }
      assert.throws(() => decodeJpeg(bytes.subarray(0, -1)), ImageError);
    });
  }

  it("refuses files that lack a piece of the picture data", () => {
    for (const name of ["pillow-420", "own-restart-3-wide-tables", "pillow-grey"]) {
      const bytes = read(`${name}.jpg`);
      const scan = markerIn(bytes, 0xda) + 30;
      const gap = concat([bytes.subarray(0, scan), bytes.subarray(bytes.length - 40)]);
      assert.throws(() => decodeJpeg(gap), /Cannot decode JPEG/);
    }
  });

  it("refuses files with a restart marker out of order", () => {
    assert.throws(
      () => decodeJpeg(patched(read("own-restart-1.jpg"), 0xd1, 0, 0xd3)),
      /restart marker missing or out of order/,
    );
  });

  it("answers corrupt files with a picture of the size they name, undefined or ImageError", () => {
    const sound = ["pillow-420", "own-restart-1", "own-scans-two", "pillow-422-optimized"].map(
      (n) => read(`${n}.jpg`),
    );
    const change = fc.tuple(fc.nat({ max: 3000 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...sound),
        fc.array(change, { maxLength: 12 }),
        (file, changes) => {
          const bytes = file.slice();
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          let view: RasterView | undefined;
          try {
            view = decodeJpeg(bytes);
          } catch (error) {
            assert.ok(error instanceof ImageError, String(error));
          }
          if (view) assert.equal(view.data.length, view.width * view.height * view.channels);
        },
      ),
      { numRuns: 2000 },
    );
    // and is none the worse for it
    assert.equal(decode(read("pillow-420.jpg")).width, 61);
  });

  it("refuses random bytes behind sound headers", () => {
    const file = read("own-scans-apart.jpg");
    const header = file.subarray(0, markerIn(file, 0xda) + 9);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (data) => {
        assert.throws(
          () => decodeJpeg(concat([header, data, Uint8Array.of(0xff, 0xd9)])),
          ImageError,
        );
      }),
      { numRuns: 300 },
    );
  });

  describe("hostile headers", () => {
    const file = read("pillow-444.jpg");
    const frame = markerIn(file, 0xc0);
    const cases: Record<string, Uint8Array> = {
      "65535x65535 pixels of few bytes": patched(file, 0xc0, 4, 0xff, 0xff, 0xff, 0xff),
      "height 0 (DNL)": patched(file, 0xc0, 4, 0, 0),
      "width 0": patched(file, 0xc0, 6, 0, 0),
      "no components": patched(file, 0xc0, 8, 0),
      "more components than the segment holds": patched(file, 0xc0, 8, 4),
      "sampling factor 0": patched(file, 0xc0, 10, 0x01),
      "sampling factor 5": patched(file, 0xc0, 10, 0x51),
      "too many blocks in a unit": patched(file, 0xc0, 10, 0x44),
      "quantisation table 9": patched(file, 0xc0, 11, 9),
      "quantisation table that was not defined": patched(file, 0xc0, 11, 3),
      "a segment of length 0": patched(file, 0xdb, 1, 0, 0),
      "a segment beyond the end": patched(file, 0xdb, 1, 0xff, 0xff),
      "a Huffman table with too many codes": patched(file, 0xc4, 4, 9, 9, 9),
      "a Huffman table with more symbols than bytes": patched(file, 0xc4, 12, 255),
      "a Huffman table of class 2": patched(file, 0xc4, 3, 0x20),
      "a scan with Huffman tables that are not there": patched(file, 0xda, 5, 0x33),
      "a scan with no components": patched(file, 0xda, 3, 0),
      "a scan of an unknown component": patched(file, 0xda, 4, 77),
      "a scan of the same component twice": patched(file, 0xda, 6, 1),
      "restarts that do not come": concat([
        file.subarray(0, frame - 1),
        Uint8Array.of(0xff, 0xdd, 0, 4, 0, 1),
        file.subarray(frame - 1),
      ]),
      "two frames": concat([
        file.subarray(0, frame + 18),
        file.subarray(frame - 1, frame + 18),
        file.subarray(frame + 18),
      ]),
      "no frame": concat([file.subarray(0, frame - 1), file.subarray(frame + 18)]),
      "no scan": concat([file.subarray(0, markerIn(file, 0xda) - 1), Uint8Array.of(0xff, 0xd9)]),
      "a picture twice": concat([file.subarray(0, -2), file.subarray(markerIn(file, 0xda) - 1)]),
      "another start": concat([file.subarray(0, 2), file]),
      "nothing but markers": new Uint8Array(5000).map((_, i) => (i & 1 ? 0xd8 : 0xff)),
      "no JPEG": new TextEncoder().encode("<html>"),
      nothing: new Uint8Array(0),
    };
    for (const [what, bytes] of Object.entries(cases)) {
      it(`refuses ${what}`, () => {
        assert.throws(() => decodeJpeg(bytes), ImageError);
      });
    }
  });

  it("gives back the memory that a huge file took", () => {
    const sound = read("pillow-420.jpg");
    const huge = new Uint8Array(40 << 20);
    huge.set(sound);
    assert.equal(decode(huge).width, 61); // what follows the end marker is nobody's business
    assert.equal(kernelBytes(), 0);
  });

  it("takes memory by the width, not by the height, of a picture in one scan", () => {
    borrow(100 << 20, () => undefined); // too much to be kept
    const bytes = encodeJpeg(newView([64, 60000], 1), 50);
    assert.equal(decode(bytes).height, 60000);
    assert.ok(kernelBytes() < 4 << 20);
  });
});

describe("encodeJpeg()", () => {
  for (const name of ["aerial", "drawing"]) {
    // equal bytes: so PSNR and size are equal too
    for (const quality of [1, 10, 50, 75, 90, 95, 100]) {
      it(`writes the bytes that Pillow writes: ${name}, quality ${quality}`, async () => {
        const bytes = encodeJpeg(await png(`encode-${name}`), quality);
        assert.deepEqual(bytes, read(`encode-${name}-${quality}.jpg`));
      });
    }

    for (const quality of [10, 90, 100]) {
      it(`writes the bytes that Pillow writes: ${name}, 4:4:4, quality ${quality}`, async () => {
        const bytes = encodeJpeg(await png(`encode-${name}`), quality, "4:4:4");
        assert.deepEqual(bytes, read(`encode-${name}-444-${quality}.jpg`));
      });
    }

    it(`writes the bytes that Pillow writes: ${name}, grey`, async () => {
      const grey = withChannels(await png(`encode-${name}`), 1);
      assert.deepEqual(encodeJpeg(grey, 90), read(`encode-${name}-grey.jpg`));
      const withAlpha = newView([grey.width, grey.height], 2);
      grey.data.forEach((sample, i) => {
        withAlpha.data[2 * i] = sample;
      });
      assert.deepEqual(encodeJpeg(withAlpha, 90), read(`encode-${name}-grey.jpg`));
    });
  }

  it("imaging: RGBA pixels to JPEG never fail, alpha is dropped, not composited", () => {
    const opaque = waves(50, 30, 3);
    const view = withChannels(opaque, 4);
    const clear = {
      ...view,
      data: samplesOf(view).map((s, i) => (i % 4 === 3 ? 0 : s)),
      offset: 0,
    };
    assert.deepEqual(encodeJpeg(clear, 90), encodeJpeg(opaque, 90));
  });

  it("imaging: jpeg_quality changes the size", () => {
    const view = waves(100, 100, 3);
    const sizes = [100, 95, 90, 50, 10].map((quality) => encodeJpeg(view, quality).length);
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => b - a),
    );
  });

  it("takes qualities out of range as the nearest", () => {
    const view = waves(20, 20, 3);
    assert.deepEqual(encodeJpeg(view, 0), encodeJpeg(view, 1));
    assert.deepEqual(encodeJpeg(view, 150), encodeJpeg(view, 100));
  });

  it("encodes windows onto larger pictures", () => {
    const whole = waves(90, 70, 4);
    const window = { ...whole, width: 33, height: 21, offset: (7 * 90 + 11) * 4 };
    const copy = newView([33, 21], 4, samplesOf(window).slice());
    assert.deepEqual(encodeJpeg(window, 90), encodeJpeg(copy, 90));
  });

  it("writes files that decode to nearly the same pixels, whatever the size", () => {
    const side = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.constantFrom(1, 3),
        fc.boolean(),
        (width, height, channels, fine) => {
          const view = waves(width, height, channels as 1 | 3);
          const back = decode(encodeJpeg(view, 100, fine ? "4:4:4" : "4:2:0"));
          assert.deepEqual([back.width, back.height, back.channels], [width, height, channels]);
          // Quality 100 leaves rounding; halved chrominance costs colour pictures more.
          const limit = channels === 1 ? 2 : fine ? 4 : 90;
          for (let i = 0; i < view.data.length; i++) {
            assert.ok(Math.abs(view.data[i]! - back.data[i]!) <= limit);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("keeps more bytes than its output holds at once", () => {
    const view = newView([1500, 900], 3);
    let seed = 1;
    for (let i = 0; i < view.data.length; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      view.data[i] = seed >>> 24;
    }
    const bytes = encodeJpeg(view, 100);
    assert.ok(bytes.length > 1 << 20);
    assert.ok(hasEndMarker(bytes));
    assert.equal(decode(bytes).height, 900);
  });

  it("refuses sizes that the format cannot name", () => {
    assert.throws(() => encodeJpeg(newView([65536, 1], 1), 90), ImageError);
    assert.throws(() => encodeJpeg(newView([0, 1], 1), 90), ImageError);
  });
});

describe("the kernel's transforms", () => {
  /** The transform by its definition (T.81, A.3.3), forth and, transposed, back. */
  const cosine = (u: number, x: number) =>
    (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
  function transform(block: readonly number[], backwards: boolean): number[] {
    const along = (rows: readonly number[]) =>
      rows.map((_, i) => {
        const u = i & 7;
        let sum = 0;
        for (let x = 0; x < 8; x++) {
          sum += rows[(i & ~7) + x]! * (backwards ? cosine(x, u) : cosine(u, x));
        }
        return sum;
      });
    const turned = (rows: readonly number[]) => rows.map((_, i) => rows[(i & 7) * 8 + (i >> 3)]!);
    return turned(along(turned(along(block))));
  }
  const block = fc.array(fc.nat({ max: 255 }), { minLength: 64, maxLength: 64 });

  it("go forth and back as by definition, within 3 and 0.5 in the mean", () => {
    fc.assert(
      fc.property(block, (samples) => {
        // quality 100: all steps are 1
        const levels = transform(
          samples.map((s) => s - 128),
          false,
        ).map(Math.round);
        const expected = transform(levels, true).map((s) => Math.min(255, Math.max(0, s + 128)));
        const { data } = decode(encodeJpeg(newView([8, 8], 1, Uint8Array.from(samples)), 100));
        // Levels and pixels near a half may fall on its other side. Of 60,000 blocks of noise and of extremes the
        // largest difference was 1.95, the largest mean of a block 0.40.
        const differences = expected.map((sample, i) => Math.abs(sample - data[i]!));
        assert.ok(Math.max(...differences) < 3, `${samples}`);
        assert.ok(differences.reduce((a, b) => a + b) / 64 < 0.5, `${samples}`);
      }),
    );
  });

  it("convert flat colors as by definition, within 3.3", () => {
    const byte = fc.nat({ max: 255 });
    fc.assert(
      fc.property(byte, byte, byte, (r, g, b) => {
        const flat = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => [r, g, b][i % 3]!);
        const y = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
        const cb = Math.round((b - y) / 1.772);
        const cr = Math.round((r - y) / 1.402);
        const expected = [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb];
        const { data } = decode(encodeJpeg(newView([16, 16], 3, flat), 100));
        // Near a half Y may differ by 1 and chrominance by 1, which is 1.772 in blue; then the pixel is rounded.
        for (let c = 0; c < 3; c++) {
          assert.ok(Math.abs(data[c]! - Math.min(255, Math.max(0, expected[c]!))) < 3.3);
        }
      }),
    );
  });
});
