import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imageOptions, noise, psnr } from "../../test/pictures.ts";
import { drawView } from "./draw.ts";
import type { TileDrawing } from "./drawing.ts";
import { encodeDrawing } from "./encode-drawn.ts";
import { decodeJpeg, encodeJpeg } from "./kernels/jpeg.ts";
import { encodePng } from "./png-encode.ts";
import { newView } from "./view.ts";

/** Tile `n` of a soft pattern in color, with a grain, that goes on from tile to tile. */
function waves(n: number, channels: 1 | 3 = 3) {
  const view = newView([64, 64], channels);
  for (let i = 0; i < 64 * 64; i++) {
    const x = n * 64 + (i % 64);
    const y = i >> 6;
    for (let c = 0; c < channels; c++) {
      view.data[i * channels + c] = 110 + 90 * Math.sin(x / (9 + 4 * c) + y / (15 - 3 * c));
      view.data[i * channels + c]! += (i * 7919 + c * 31) % 24;
    }
  }
  return view;
}

const jpegs = [0, 1].map((n) => encodeJpeg(waves(n), 95));

function tiles(
  files: TileDrawing["tiles"],
  changes: Partial<TileDrawing> & Pick<TileDrawing, "look">,
): TileDrawing {
  return {
    kind: "tiles",
    tiles: files,
    columns: 2,
    rows: 1,
    tileSize: [64, 64],
    ground: [255, 255, 255, 255],
    channels: 3,
    size: [100, 50],
    ...changes,
  };
}

/** Half a pixel off, so that it must be sampled. */
const SCALED = {
  kind: "warp",
  quads: [{ x: 0, y: 0, width: 100, height: 50, corners: [4.5, 3, 4.5, 58, 120, 58, 120, 3] }],
  resampling: "bilinear",
} as const;

function jpegOf(drawing: TileDrawing) {
  const answer = encodeDrawing(drawing, imageOptions({ format: "jpeg", jpegQuality: 95 }));
  assert.ok("bytes" in answer);
  const view = decodeJpeg(answer.bytes);
  assert.ok(view);
  return { bytes: answer.bytes, view };
}

describe("encodeDrawing()", () => {
  for (const [name, look] of [
    ["scaled", SCALED],
    ["cut", { kind: "cut", at: [10, 5] }],
    ["cut, reaching beyond them,", { kind: "cut", at: [-20, -7] }],
  ] as const) {
    it(`makes the same JPEG of JPEG tiles, ${name} without a conversion of colors as with it`, () => {
      const drawing = tiles(jpegs, { look });
      const exact = drawView(drawing);
      const { bytes, view } = jpegOf(drawing);
      const twice = decodeJpeg(encodeJpeg(exact, 95));
      assert.ok(twice);
      // Two roundings less: as near to the pixels as what comes by way of RGB, but for what is left to chance.
      assert.ok(psnr(view, exact) > psnr(twice, exact) - 0.5);
      assert.ok(psnr(view, twice) > 40);
      // What is only cut comes out of the conversions as it went in; what is scaled does not.
      if (look.kind === "warp") assert.notDeepEqual(bytes, encodeJpeg(exact, 95));
    });
  }

  const grey = encodeJpeg(waves(1, 1), 95);
  for (const [name, second] of [
    ["a grey one", grey],
    ["a PNG", encodePng(waves(1))],
    ["none", undefined],
    ["pixels", waves(1)],
  ] as const) {
    it(`converts the colors of all tiles where ${name} is among them`, () => {
      const drawing = tiles([jpegs[0], second], { look: SCALED });
      assert.deepEqual(jpegOf(drawing).bytes, encodeJpeg(drawView(drawing), 95));
    });
  }

  it("shows the ground for a JPEG that is cut off, and tells of it once", () => {
    const told: number[] = [];
    const drawing = tiles([jpegs[0], jpegs[1]!.subarray(0, 600)], {
      look: SCALED,
      onUnreadable: (index) => told.push(index),
    });
    const { bytes } = jpegOf(drawing);
    assert.deepEqual(told, [1]);
    assert.deepEqual(bytes, encodeJpeg(drawView({ ...drawing, onUnreadable: undefined }), 95));
  });

  it("makes a JPEG of one that says it is RGB by way of RGB", () => {
    // A picture of noise, whose components are named R, G and B and which has no JFIF marker.
    const file = encodeJpeg(noise([64, 64], 3), 95);
    const plain = [...file.subarray(0, 2), ...file.subarray(20)];
    const frame = plain.findIndex((byte, i) => byte === 0xff && plain[i + 1] === 0xc0);
    const scan = plain.findIndex((byte, i) => byte === 0xff && plain[i + 1] === 0xda);
    for (const [i, name] of [..."RGB"].entries()) {
      plain[frame + 10 + 3 * i] = name.charCodeAt(0);
      plain[scan + 5 + 2 * i] = name.charCodeAt(0);
    }
    const drawing = tiles([Uint8Array.from(plain), jpegs[1]], { look: SCALED });
    assert.deepEqual(jpegOf(drawing).bytes, encodeJpeg(drawView(drawing), 95));
  });
});
