import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imageOptions, noise } from "../../test/pictures.ts";
import { ImageError } from "../core/errors.ts";
import { decode, encode, forDrawing } from "./codec.ts";
import { cut } from "./mosaic.ts";
import type { ImageOptions } from "./options.ts";
import { encodeWindows } from "./windows.ts";

const SIZE = [40, 30] as const;
const AT = [
  [0, 0],
  [7, 11],
  [60, 66],
] as const;
const PALETTE: ImageOptions = imageOptions({ format: "png", colors: 255 });

const pictures: Record<string, () => Promise<Uint8Array>> = {
  "PNG of RGB": async () =>
    (await encode(noise([100, 96], 3), imageOptions({ format: "png", colors: 0 }))).bytes,
  "PNG with alpha": async () =>
    (await encode(noise([100, 96], 4), imageOptions({ format: "png", colors: 0 }))).bytes,
  "PNG with a palette": async () => (await encode(noise([100, 96], 3), PALETTE)).bytes,
  "PNG of grey": async () =>
    (await encode(noise([100, 96], 1), imageOptions({ format: "png", colors: 0 }))).bytes,
  JPEG: async () => (await encode(noise([100, 96], 3), imageOptions({ format: "jpeg" }))).bytes,
};

describe("encodeWindows()", () => {
  for (const [name, make] of Object.entries(pictures)) {
    for (const [kind, options] of Object.entries({
      palette: PALETTE,
      "palette with alpha": { ...PALETTE, transparent: true },
      jpeg: imageOptions({ format: "jpeg" }),
      mixed: imageOptions({ format: "mixed", colors: 255 }),
    } satisfies Record<string, ImageOptions>)) {
      it(`${name} as ${kind}: the files that cutting and encoding makes`, async () => {
        const file = await make();
        const files = encodeWindows(await forDrawing(file), { at: AT, size: SIZE }, options);
        assert.ok(files);
        const whole = await decode(file);
        for (const [i, at] of AT.entries()) {
          const expected = await encode(cut(whole, at, SIZE, options), options);
          assert.equal(files[i]?.format, expected.format);
          assert.deepEqual(files[i]?.bytes, expected.bytes, `window ${i}`);
        }
      });
    }
  }

  it("is undefined for a window beyond the picture, and for files that it cannot make", async () => {
    const drawing = await forDrawing(await pictures["PNG of RGB"]!());
    const windows = { at: [[61, 0]] as const, size: SIZE };
    assert.equal(encodeWindows(drawing, windows, PALETTE), undefined);
    for (const other of [
      imageOptions({ format: "png", colors: 0 }),
      imageOptions({ format: "webp" }),
      { ...PALETTE, quantizer: "mediancut" } as const,
      { ...PALETTE, mode: "RGB" } as const,
    ]) {
      assert.equal(encodeWindows(drawing, { at: AT, size: SIZE }, other), undefined);
    }
  });

  it("a damaged file is an error", async () => {
    const file = (await pictures["PNG of RGB"]!()).slice();
    file[file.length >> 1]! ^= 255;
    const drawing = await forDrawing(file);
    assert.throws(() => encodeWindows(drawing, { at: AT, size: SIZE }, PALETTE), ImageError);
  });
});
