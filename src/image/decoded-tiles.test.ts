import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { assertSame, imageOptions, noise, seeded } from "../../test/pictures.ts";
import { encode } from "./codec.ts";
import { decodedTilesRoom, findTile, limitDecodedTiles } from "./decoded-tiles.ts";
import { drawView, drawYcc } from "./draw.ts";
import type { TileDrawing } from "./drawing.ts";
import { kernelBytes, withArena } from "./kernels/arena.ts";
import { takeView } from "./kernels/patch.ts";
import type { ImageOptions } from "./options.ts";
import type { RasterView } from "./picture.ts";

const SIZE = [64, 48] as const;
const MIB = 2 ** 20;

const KINDS: Record<string, [channels: 1 | 3 | 4, options: Partial<ImageOptions>]> = {
  "PNG with a palette": [3, { format: "png", colors: 200 }],
  "PNG with a palette of 16 colors": [3, { format: "png", colors: 16 }],
  "PNG with a transparent palette": [4, { format: "png", colors: 200, transparent: true }],
  "PNG of RGB": [3, { format: "png", colors: 0 }],
  "PNG of RGBA": [4, { format: "png", colors: 0, transparent: true }],
  "PNG of grey": [1, { format: "png", colors: 0 }],
  "JPEG of RGB": [3, { format: "jpeg" }],
  "JPEG of grey": [1, { format: "jpeg" }],
};

const fileOf = async (channels: 1 | 3 | 4, options: Partial<ImageOptions>, seed = 1) =>
  (await encode(noise(SIZE, channels, { seed }), imageOptions(options))).bytes;

/** Two by two tiles, of which the middle is shown. */
const drawingOf = (
  tiles: TileDrawing["tiles"],
  channels: RasterView["channels"],
  at: readonly [number, number] = [21, 17],
): TileDrawing => ({
  ...{ kind: "tiles", tiles, columns: 2, rows: 2, tileSize: SIZE, ground: [1, 2, 3], channels },
  ...{ size: [50, 40], look: { kind: "cut", at } },
});

afterEach(() => limitDecodedTiles(0));

describe("decoded tiles", () => {
  for (const [name, [channels, options]] of Object.entries(KINDS)) {
    it(`${name}: pixels are the same whether they are decoded, kept or taken`, async () => {
      const file = await fileOf(channels, options);
      const tiles = [file, undefined, await fileOf(channels, options, 2), file.slice()];
      const canvas = channels === 1 ? 3 : channels;
      const places = [
        [21, 17],
        [0, 0],
        [70, 50],
        [21, 17],
      ] as const;
      limitDecodedTiles(0);
      const expected = places.map((at) => drawView(drawingOf(tiles, canvas, at)));
      limitDecodedTiles(MIB);
      for (let round = 0; round < 3; round++) {
        for (const [i, at] of places.entries()) {
          assertSame(drawView(drawingOf(tiles, canvas, at)), expected[i]!);
        }
      }
      assert.equal(typeof findTile(file, "rgb"), "object");
    });
  }

  it("luminance and chrominance are kept apart from red, green and blue", async () => {
    const file = await fileOf(3, { format: "jpeg" });
    const drawing = drawingOf([file, file, file, file], 3);
    const ycc = () =>
      withArena((arena) => {
        const patch = drawYcc(arena, drawing);
        return patch && takeView(arena, patch, 3);
      });
    const expected = [ycc(), drawView(drawing)] as const;
    assert.ok(expected[0]);
    limitDecodedTiles(MIB);
    for (let round = 0; round < 3; round++) {
      assertSame(ycc()!, expected[0]);
      assertSame(drawView(drawing), expected[1]);
    }
  });

  it("what a drawing of many tiles borrows does not grow with their number", async () => {
    const file = await fileOf(3, { format: "jpeg" });
    const side = 24;
    const tiles = new Array(side * side).fill(file);
    const size = [side * SIZE[0], side * SIZE[1]] as const;
    const many: TileDrawing = { ...drawingOf(tiles, 3, [0, 0]), columns: side, rows: side, size };
    const draw = () => withArena((arena) => assert.ok(drawYcc(arena, many)));
    limitDecodedTiles(0);
    draw();
    const before = kernelBytes();
    limitDecodedTiles(MIB);
    draw();
    drawView(many);
    // sheets of all tiles would take 5 MB
    assert.ok(kernelBytes() - before < MIB / 2, `${kernelBytes() - before} bytes`);
  });

  it("files that look alike are told apart by all of their bytes", async () => {
    const one = await fileOf(3, { format: "png", colors: 0 });
    limitDecodedTiles(MIB);
    for (let round = 0; round < 2; round++) drawView(drawingOf([one, one, one, one], 3));
    assert.equal(typeof findTile(one, "rgb"), "object");
    for (let at = 0; at < one.length; at++) {
      const other = one.slice();
      other[at]! ^= 1;
      assert.notEqual(typeof findTile(other, "rgb"), "object", `byte ${at}`);
    }
  });

  it("a tile of another size than the grid's, or one that is damaged, is never taken", async () => {
    const file = await fileOf(3, { format: "png", colors: 0 });
    const damaged = file.slice();
    damaged[60]! ^= 255;
    limitDecodedTiles(MIB);
    for (let round = 0; round < 3; round++) {
      drawView(drawingOf([file, file, file, file], 3));
      const told: number[] = [];
      const onUnreadable = (index: number) => told.push(index);
      const bad = [damaged, damaged, damaged, file];
      const view = drawView({ ...drawingOf(bad, 3), onUnreadable });
      assert.deepEqual(told, [0, 1, 2]);
      assert.deepEqual([...view.data.subarray(0, 3)], [1, 2, 3]);
      told.length = 0;
      const small = { ...drawingOf([file, file, file, file], 3), tileSize: [32, 32] as const };
      drawView({ ...small, onUnreadable, look: { kind: "cut", at: [0, 0] } });
      assert.deepEqual(told, [0, 1, 2, 3]);
    }
  });

  it("pixels stay right while tiles take the places of others, whatever their sizes", async () => {
    const random = seeded(7);
    const files = await Promise.all(
      Array.from({ length: 24 }, (_, i) => {
        const [channels, options] = Object.values(KINDS)[i % 5]!;
        return fileOf(channels, options, i + 1);
      }),
    );
    const expected = files.map((file) => drawView(drawingOf([file, file, file, file], 4)));
    limitDecodedTiles(MIB / 8); // for about eight of them
    let taken = 0;
    for (let n = 0; n < 2000; n++) {
      const i = Math.floor(random() ** 2 * files.length);
      const file = files[i]!;
      if (typeof findTile(file, "rgb") === "object") taken++;
      assertSame(drawView(drawingOf([file, file, file, file], 4)), expected[i]!);
    }
    assert.ok(taken > 500 && taken < 1990, `${taken} taken`);
  });

  it("keeps nothing where there is no room, and forgets all when the room changes", async () => {
    const file = await fileOf(3, { format: "png", colors: 0 });
    const draw = () => drawView(drawingOf([file, file, file, file], 3));
    limitDecodedTiles(0);
    draw();
    draw();
    assert.equal(findTile(file, "rgb"), undefined);
    limitDecodedTiles(MIB);
    draw();
    draw();
    limitDecodedTiles(MIB);
    assert.equal(typeof findTile(file, "rgb"), "object");
    limitDecodedTiles(2 * MIB);
    assert.equal(decodedTilesRoom(), 2 * MIB);
    assert.equal(findTile(file, "rgb"), undefined);
  });
});
