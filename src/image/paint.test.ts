import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imageOptions } from "../../test/pictures.ts";
import { ImageError } from "../core/errors.ts";
import type { Threads } from "../platform/platform.ts";
import { drawView } from "./draw.ts";
import type { Drawing, TileDrawing } from "./drawing.ts";
import { encodeSomewhere, type PaintJob, paint } from "./paint.ts";
import { encodePng } from "./png-encode.ts";
import { newView } from "./view.ts";

/** Another thread as the main one sees it: all that goes and comes is a copy. */
function elsewhere(): Threads & { calls: number } {
  return {
    calls: 0,
    async run(_task, input) {
      this.calls++;
      return structuredClone(await paint(structuredClone(input) as PaintJob));
    },
  };
}

const tile = (value: number) => {
  const view = newView([64, 64], 3);
  view.data.fill(value);
  return encodePng(view);
};

function tiles(files: TileDrawing["tiles"], size: readonly [number, number]): TileDrawing {
  return {
    kind: "tiles",
    tiles: files,
    columns: 2,
    rows: 1,
    tileSize: [64, 64],
    ground: [255, 255, 255, 255],
    channels: 3,
    size,
    look: { kind: "cut", at: [0, 0] },
  };
}

const wanted = imageOptions({ format: "png" });
const large = [600, 600] as const;

describe("encodeSomewhere()", () => {
  it("leaves large drawings to another thread, which makes the same bytes", async () => {
    const threads = elsewhere();
    const job = { drawing: tiles([tile(10), tile(200)], large), wanted, geo: undefined };
    const there = await encodeSomewhere(job, threads);
    const here = await encodeSomewhere(job, undefined);
    assert.equal(threads.calls, 1);
    assert.deepEqual(there, here);
  });

  it("draws small ones where it is", async () => {
    const threads = elsewhere();
    const job = { drawing: tiles([tile(1), tile(2)], [128, 64]), wanted, geo: undefined };
    await encodeSomewhere(job, threads);
    assert.equal(threads.calls, 0);
  });

  it("tells which tiles of which layer cannot be read", async () => {
    const seen: [string, number, unknown][] = [];
    const layer = (name: string, files: TileDrawing["tiles"]): TileDrawing => ({
      ...tiles(files, large),
      onUnreadable: (index, error) => seen.push([name, index, error]),
    });
    const damaged = tile(3).slice(0, 60);
    const layers = [layer("lower", [tile(1), damaged]), layer("upper", [damaged, undefined])].map(
      (drawing) => ({ drawing, how: { kind: "over" } as const, masks: [] }),
    );
    const drawing: Drawing = {
      kind: "stack",
      size: large,
      ground: [0, 0, 0, 255],
      channels: 3,
      layers,
      limit: undefined,
    };
    await encodeSomewhere({ drawing, wanted, geo: undefined }, elsewhere());
    assert.deepEqual(
      seen.map(([name, index]) => [name, index]),
      [
        ["lower", 1],
        ["upper", 0],
      ],
    );
    assert.ok(seen.every(([, , error]) => error instanceof ImageError));
  });

  it("throws ImageError for what the other thread cannot write", async () => {
    const drawing = tiles([tile(1), tile(2)], large);
    const job = { drawing, wanted: imageOptions({ format: "mvt" }), geo: undefined };
    await assert.rejects(encodeSomewhere(job, elsewhere()), ImageError);
  });
});

describe("drawView()", () => {
  it("imaging 6.1: leaves the ground where a tile is missing or cannot be decoded", () => {
    const view = drawView(tiles([undefined, tile(9).slice(0, 50)], [128, 64]));
    assert.ok(view.data.every((value) => value === 255));
  });

  it("decodes nothing of tiles that are not looked at", () => {
    let faults = 0;
    const drawing = {
      ...tiles([tile(9), new Uint8Array(5)], [40, 40] as const),
      onUnreadable: () => faults++,
    };
    assert.equal(drawView(drawing).data[0], 9);
    assert.equal(faults, 0);
  });
});
