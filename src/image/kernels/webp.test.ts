import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { ImageError } from "../../core/errors.ts";
import { decodePng } from "../png-decode.ts";
import { newView, samplesOf, windowOf, withChannels } from "../view.ts";
import { decodeWebp, encodeWebp } from "./webp.ts";

const FIXTURES = new URL("../../../test/fixtures/jpeg/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, FIXTURES)));

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, sample, i) => Math.max(most, Math.abs(sample - b[i]!)), 0);
}

describe("decodeWebp()", () => {
  for (const name of ["lossy", "lossless", "lossy-alpha"]) {
    // Tolerance 1: releases of libwebp round chrominance differently.
    it(`makes the pixels that Pillow makes: ${name}`, async () => {
      const view = await decodeWebp(read(`webp-${name}.webp`));
      const expected = withChannels(await decodePng(read(`webp-${name}.png`)), 4);
      assert.deepEqual([view.width, view.height, view.channels], [61, 45, 4]);
      assert.ok(largestDifference(view.data, samplesOf(expected)) <= 1);
    });

    it(`refuses ${name} cut off anywhere`, async () => {
      const bytes = read(`webp-${name}.webp`);
      for (let length = 0; length < bytes.length; length += 50) {
        await assert.rejects(decodeWebp(bytes.subarray(0, length)), ImageError);
      }
    });
  }

  it("refuses what is no WebP, and goes on", async () => {
    for (let i = 0; i < 20; i++) {
      await assert.rejects(decodeWebp(new TextEncoder().encode("<html>")), ImageError);
    }
    assert.equal((await decodeWebp(read("webp-lossy.webp"))).width, 61);
  });
});

describe("encodeWebp()", () => {
  it("keeps every sample of lossless pictures, windows included", async () => {
    const whole = await decodePng(read("webp-lossless.png"));
    const view = windowOf(whole, 7, 5, [40, 31]);
    const back = await decodeWebp(await encodeWebp(view, { quality: 75, lossless: true }));
    assert.deepEqual([back.width, back.height], [40, 31]);
    const before = samplesOf(view);
    for (let i = 0; i < before.length; i += 4) {
      assert.equal(back.data[i + 3], before[i + 3]);
      if (before[i + 3] === 0) continue; // the color of what is not seen is not kept
      assert.deepEqual(back.data.subarray(i, i + 3), before.subarray(i, i + 3));
    }
  });

  it("takes grey and RGB as opaque", async () => {
    for (const channels of [1, 3] as const) {
      const view = newView([5, 4], channels, new Uint8Array(20 * channels).fill(77));
      const back = await decodeWebp(await encodeWebp(view, { quality: 75, lossless: true }));
      assert.deepEqual([...back.data.subarray(0, 4)], [77, 77, 77, 255]);
    }
  });

  it("makes smaller files of lower quality, near the picture", async () => {
    const view = await decodePng(read("encode-aerial.png"));
    const sizes: number[] = [];
    for (const quality of [95, 75, 30]) {
      const bytes = await encodeWebp(view, { quality, lossless: false });
      sizes.push(bytes.length);
      const back = withChannels(await decodeWebp(bytes), 3);
      const before = samplesOf(withChannels(view, 3));
      let sum = 0;
      for (let i = 0; i < before.length; i++) sum += Math.abs(before[i]! - back.data[i]!);
      assert.ok(sum / before.length < 10);
    }
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => b - a),
    );
  });

  it("refuses sizes that the format cannot name", async () => {
    const view = newView([16384, 1], 1);
    await assert.rejects(encodeWebp(view, { quality: 80, lossless: true }), ImageError);
  });
});
