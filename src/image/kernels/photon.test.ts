import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { ImageError } from "../../core/errors.ts";
import { decodePng } from "../png-decode.ts";
import { withChannels } from "../view.ts";
import { decodeWithPhoton } from "./photon.ts";

const FIXTURES = new URL("../../../test/fixtures/jpeg/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, FIXTURES)));

describe("decodeWithPhoton()", () => {
  // Other decoders filter chrominance and convert CMYK in their own ways: mean differences of 8-bit samples.
  for (const [file, expected, mean] of [
    ["other-progressive.jpg", "other-progressive.png", 1.5],
    ["other-cmyk.jpg", "other-cmyk.png", 3],
    ["other.gif", "other-gif.png", 0],
    ["other.tif", "other-tif.png", 0],
    ["other.bmp", "other-bmp.png", 0],
  ] as const) {
    it(`decodes ${file} to RGBA`, async () => {
      const view = await decodeWithPhoton(read(file));
      const wanted = withChannels(await decodePng(read(expected)), 4);
      assert.deepEqual([view.width, view.height, view.channels], [wanted.width, wanted.height, 4]);
      let sum = 0;
      for (let i = 0; i < view.data.length; i++) sum += Math.abs(view.data[i]! - wanted.data[i]!);
      assert.ok(sum / view.data.length <= mean, `mean difference ${sum / view.data.length}`);
    });
  }

  it("refuses a progressive JPEG cut off anywhere", async () => {
    const bytes = read("other-progressive.jpg");
    for (let length = 0; length < bytes.length; length += 50) {
      await assert.rejects(decodeWithPhoton(bytes.subarray(0, length)), ImageError);
    }
  });

  it("goes on after bytes that make photon trap", async () => {
    for (let i = 0; i < 20; i++) {
      await assert.rejects(decodeWithPhoton(Uint8Array.of(i, 1, 2, 3)), ImageError);
    }
    assert.equal((await decodeWithPhoton(read("other.gif"))).width, 61);
  });
});
