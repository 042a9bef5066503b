import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { imageOptions, noise } from "../../test/pictures.ts";
import { ImageError } from "../core/errors.ts";
import { encode } from "./codec.ts";
import { limitDecodedTiles } from "./decoded-tiles.ts";
import type { Encoded } from "./picture.ts";
import { filesOf } from "./repeated-pictures.ts";
import { encodeWindows } from "./windows.ts";

const MIB = 2 ** 20;
const PALETTE = imageOptions({ format: "png", colors: 255 });
const CUTTING = {
  at: [
    [0, 0],
    [7, 11],
  ] as const,
  size: [40, 30] as const,
  options: PALETTE,
};

const pictureOf = async (seed: number) =>
  (await encode(noise([100, 96], 3, { seed }), imageOptions({ format: "png", colors: 0 }))).bytes;

const windowsOf = (bytes: Uint8Array, { options, ...windows } = CUTTING) =>
  encodeWindows({ kind: "file", bytes, size: [100, 96] }, windows, options);

const someFiles = (length: number): Encoded[] => [{ bytes: new Uint8Array(length), format: "png" }];

describe("pictures that come again", () => {
  beforeEach(() => limitDecodedTiles(8 * MIB));
  afterEach(() => limitDecodedTiles(0));

  it("are cut twice and never again", async () => {
    const picture = await pictureOf(1);
    let cuts = 0;
    const files = Array.from({ length: 4 }, () =>
      filesOf(picture.slice(), CUTTING, () => {
        cuts++;
        return someFiles(8);
      }),
    );
    assert.equal(cuts, 2);
    assert.equal(files[3], files[1]);
  });

  it("have the windows that cutting makes, however often they come", async () => {
    const pictures = [await pictureOf(1), await pictureOf(2)];
    limitDecodedTiles(0);
    const expected = pictures.map((picture) => windowsOf(picture));
    assert.notDeepEqual(expected[0], expected[1]);
    limitDecodedTiles(8 * MIB);
    for (let round = 0; round < 4; round++) {
      for (const [i, picture] of pictures.entries()) {
        assert.deepEqual(windowsOf(picture.slice()), expected[i]);
      }
    }
  });

  for (const [what, other] of Object.entries({
    "other options": { ...CUTTING, options: { ...PALETTE, colors: 16 } },
    "other corners": { ...CUTTING, at: [[0, 0], [7, 12]] as const }, // biome-ignore format: a pair
    "fewer windows": { ...CUTTING, at: [[0, 0]] as const },
    "another size": { ...CUTTING, size: [40, 31] as const },
  })) {
    it(`are cut anew for ${what}`, async () => {
      const picture = await pictureOf(1);
      limitDecodedTiles(0);
      const expected = windowsOf(picture, other as typeof CUTTING);
      limitDecodedTiles(8 * MIB);
      for (let i = 0; i < 3; i++) windowsOf(picture);
      assert.deepEqual(windowsOf(picture, other as typeof CUTTING), expected);
    });
  }

  it("are compared by all of their bytes: a damaged copy is an error", async () => {
    const picture = await pictureOf(1);
    for (let i = 0; i < 3; i++) windowsOf(picture);
    // between those that the key is made from
    const step = picture.length >> 6;
    const damaged = picture.slice();
    damaged[step * 20 + (step >> 1)]! ^= 255;
    assert.throws(() => windowsOf(damaged), ImageError);
  });

  it("give way to others, the oldest first, and take a quarter of the memory at most", async () => {
    const picture = (n: number) => Uint8Array.from([n, n, n, n]);
    const cuts: number[] = [];
    const ask = (n: number, bytes: number) =>
      filesOf(picture(n), CUTTING, () => {
        cuts.push(n);
        return someFiles(bytes);
      });
    for (const n of [1, 2, 3]) for (let i = 0; i < 2; i++) ask(n, 0.9 * MIB);
    cuts.length = 0;
    for (const n of [3, 2, 1]) ask(n, 0.9 * MIB);
    assert.deepEqual(cuts, [1], "two of three fit into two of eight MiB");
    for (let i = 0; i < 3; i++) ask(4, 3 * MIB);
    assert.deepEqual(cuts, [1, 4, 4, 4], "too large to be kept");
  });

  it("are not kept where the memory for decoded tiles is 0", async () => {
    limitDecodedTiles(0);
    let cuts = 0;
    for (let i = 0; i < 4; i++) {
      filesOf(Uint8Array.from([9, 9]), CUTTING, () => {
        cuts++;
        return someFiles(1);
      });
    }
    assert.equal(cuts, 4);
  });
});
