/** Merging, masking, placing, warping and text: what the imaging page says can be observed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertSame, flat, imageOptions, noise, pixel, plain } from "../../test/pictures.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { BBox } from "../geo/bbox.ts";
import { parseSrs } from "../srs/srs.ts";
import { transformBBox } from "../srs/transform.ts";
import { mergeBands } from "./band-merge.ts";
import { canvas } from "./canvas.ts";
import { encode, toRaster } from "./codec.ts";
import { stackLegends } from "./legend.ts";
import { coverageMask, maskView } from "./mask.ts";
import { type MergeLayer, merge } from "./merge.ts";
import { meshQuads } from "./mesh.ts";
import { crop, cut, mosaic } from "./mosaic.ts";
import type { ImageOptions } from "./options.ts";
import type { RasterView } from "./picture.ts";
import { singleColor } from "./single-color.ts";
import { placeSubImage, subImage } from "./sub-image.ts";
import { attributionPicture, messagePicture, watermark } from "./text.ts";
import { makeTransparent } from "./transparent-color.ts";
import { transform } from "./warp.ts";

const WGS84 = parseSrs("EPSG:4326");
const MERCATOR = parseSrs("EPSG:3857");
const BOX: BBox = [0, 0, 10, 10];
const place = { bbox: BOX, srs: WGS84 };

const layer = (view: RasterView, options: Partial<ImageOptions> = {}): MergeLayer => ({
  result: { picture: { kind: "raster", view }, options: imageOptions(options), cacheable: true },
});

async function merged(layers: MergeLayer[], wanted: Partial<ImageOptions>, limit?: Coverage) {
  const size = [100, 100] as const;
  const options = { ...place, size, wanted: imageOptions(wanted), limit };
  const result = await merge(layers, options);
  return toRaster(result.picture, size, options.wanted);
}

const square = (bbox: BBox, clip = true): Coverage => ({
  srs: WGS84,
  bbox,
  polygons: undefined,
  clip,
});
const ring = ([a, b, c, d]: BBox) =>
  [
    [a, b],
    [c, b],
    [c, d],
    [a, d],
    [a, b],
  ] as const;

describe("canvas()", () => {
  it("imaging 1.3: follows mode, transparent and background", () => {
    const first = (options: Partial<ImageOptions>) =>
      pixel(canvas([3, 2], imageOptions(options)), 2, 1);
    assert.deepEqual(first({}), [255, 255, 255]);
    assert.deepEqual(first({ transparent: true }), [255, 255, 255, 0]);
    assert.deepEqual(first({ mode: "P", transparent: true }), [255, 255, 255, 0]);
    assert.deepEqual(first({ mode: "RGB", transparent: true }), [255, 255, 255]);
    assert.deepEqual(first({ mode: "RGBA" }), [255, 255, 255, 255]);
    assert.deepEqual(first({ background: [1, 2, 3, 4] }), [1, 2, 3]);
    assert.deepEqual(first({ background: [1, 2, 3, 4], transparent: true }), [1, 2, 3, 4]);
    assert.deepEqual(first({ background: [1, 2, 3], transparent: true }), [1, 2, 3, 0]);
    assert.deepEqual(first({ background: [7, 2, 3], mode: "L" }), [7]);
  });
});

describe("merge()", () => {
  const red = layer(plain([100, 100], 255, 0, 0));

  it("imaging 8.1: hands a lone layer on untouched", async () => {
    const options = { ...place, size: [100, 100] as const, wanted: imageOptions() };
    assert.equal(await merge([red], options), red.result);
    const faded = layer(plain([100, 100], 255, 0, 0), { opacity: 0.5 });
    assert.equal(await merge([faded], options), faded.result);
    const clear = layer(plain([100, 100], 1, 1, 1, 9), { transparent: true });
    assert.notEqual(await merge([clear], options), clear.result);
    const wanted = imageOptions({ transparent: true });
    assert.equal(await merge([clear], { ...options, wanted }), clear.result);
    assert.notEqual(await merge([red], { ...options, size: [99, 100] }), red.result);
    const clipped = { ...red, clip: square([0, 0, 5, 5]) };
    assert.notEqual(await merge([clipped], options), red.result);
    const unclipped = { ...red, clip: square([0, 0, 5, 5], false) };
    assert.equal(await merge([unclipped], options), red.result);
    assert.notEqual(await merge([red], { ...options, limit: square([0, 0, 5, 5]) }), red.result);
  });

  it("imaging 8.1: makes a blank picture of no layers", async () => {
    const wanted = imageOptions();
    const result = await merge([], { ...place, size: [9, 9], wanted });
    assert.deepEqual(result, { picture: { kind: "blank" }, options: wanted, cacheable: true });
  });

  it("imaging 8.2: draws TRANSPARENT=false over the background", async () => {
    const clear = layer(plain([100, 100], 255, 0, 0, 0), { transparent: true });
    assert.deepEqual(pixel(await merged([clear], { background: [9, 8, 7] }), 5, 5), [9, 8, 7]);
  });

  it("imaging 8.2: composes half-transparent stacks", async () => {
    const half = (r: number, g: number) =>
      layer(plain([100, 100], r, g, 0, 127), { transparent: true });
    const view = await merged([half(0, 255), half(255, 0)], { transparent: true });
    // (170, 84, 0, 191) where halves are rounded at another step
    assert.deepEqual(pixel(view, 5, 5), [170, 85, 0, 191]);
    const solid = layer(plain([100, 100], 0, 255, 0, 255), { transparent: true });
    const over = await merged([solid, half(255, 0)], { transparent: true });
    assert.deepEqual(pixel(over, 5, 5), [127, 128, 0, 255]);
  });

  it("imaging 8.2: fades a layer by int(255 * opacity) over another", async () => {
    const bottom = layer(plain([100, 100], 255, 0, 255), {});
    const top = layer(plain([100, 100], 0, 255, 255), { opacity: 0.5 });
    assert.deepEqual(
      pixel(await merged([bottom, top], { transparent: true }), 5, 5),
      [128, 127, 255, 255],
    );
    assert.deepEqual(pixel(await merged([bottom, top], {}), 5, 5), [127, 127, 255]);
  });

  it("imaging 8.2: mixes hidden colors of a transparent layer with opacity into an opaque ground", async () => {
    const hidden = layer(plain([100, 100], 0, 0, 0, 0), { opacity: 0.5, transparent: true });
    assert.deepEqual(pixel(await merged([red, hidden], {}), 5, 5), [127, 0, 0]);
  });

  it("is not cacheable if a part is not", async () => {
    const stale = { result: { ...red.result, cacheable: false } };
    const options = { ...place, size: [100, 100] as const, wanted: imageOptions() };
    assert.equal((await merge([red, stale], options)).cacheable, false);
  });

  it("imaging 10: fills outside of the limit with the ground of the request", async () => {
    const view = await merged([red], { background: [1, 2, 3] }, square([0, 0, 5, 5]));
    assert.deepEqual(pixel(view, 10, 90), [255, 0, 0]);
    assert.deepEqual(pixel(view, 90, 10), [1, 2, 3]);
    const clear = await merged([red], { transparent: true }, square([0, 0, 5, 5]));
    assert.deepEqual(pixel(clear, 90, 10), [255, 255, 255, 0]);
  });

  it("imaging 10: cuts a layer along its coverage", async () => {
    const blue = { ...layer(plain([100, 100], 0, 0, 255)), clip: square([5, 5, 30, 30]) };
    const view = await merged([red, blue], {});
    assert.deepEqual(pixel(view, 75, 25), [0, 0, 255]);
    assert.deepEqual(pixel(view, 25, 75), [255, 0, 0]);
  });
});

describe("coverageMask()", () => {
  const count = (coverage: Coverage, at = place, size = [100, 100] as const) =>
    coverageMask(coverage, at, size).reduce((sum, value) => sum + value, 0);

  it("imaging checklist: Clip coverage pixel counts 2500 / 3200 / 400 as listed", () => {
    assert.equal(count(square([5, 5, 30, 30])), 2500);
    const polygons = [[ring([2, 2, 8, 8]), ring([4, 4, 6, 6])]];
    assert.equal(count({ ...square([2, 2, 8, 8]), polygons }), 3200);
    assert.equal(count(square([50, 50, 60, 60])), 0);
    const metric = { ...square([0, 0, 222000, 222000]), srs: MERCATOR };
    assert.ok(Math.abs(count(metric) - 400) <= 40);
  });

  it("imaging 10: leaves out pixels that are merely touched", () => {
    const at = { bbox: [5, 0, 15, 10] as BBox, srs: WGS84 };
    const mask = coverageMask(square([0, 0, 10, 10]), at, [10, 10]);
    assert.deepEqual([...mask.subarray(0, 10)], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
  });

  it("maskView() makes the outside transparent white and leaves its argument alone", () => {
    const view = plain([100, 100], 1, 2, 3, 200);
    const masked = maskView(view, place, square([5, 5, 30, 30]));
    assert.deepEqual(pixel(masked, 0, 0), [255, 255, 255, 0]);
    assert.deepEqual(pixel(masked, 99, 0), [1, 2, 3, 200]);
    assert.deepEqual(pixel(view, 0, 0), [1, 2, 3, 200]);
  });
});

describe("mosaic(), cut(), crop()", () => {
  it("are inverse: the cut tiles of a mosaic are the tiles", () => {
    const tiles = [0, 1, 2, 3, 4, 5].map((seed) => noise([7, 5], 3, { seed, gap: seed }));
    const whole = mosaic(tiles, { columns: 3, rows: 2 }, [7, 5], imageOptions());
    assert.deepEqual([whole.width, whole.height], [21, 10]);
    tiles.forEach((tile, i) => {
      const at = [(i % 3) * 7, Math.floor(i / 3) * 5] as const;
      assertSame(cut(whole, at, [7, 5], imageOptions()), tile);
    });
  });

  it("imaging 6.1: returns a single tile as it is, and shows the canvas for missing ones", () => {
    const tile = noise([7, 5], 3);
    assert.equal(mosaic([tile], { columns: 1, rows: 1 }, [7, 5], imageOptions()), tile);
    const options = imageOptions({ transparent: true });
    const two = mosaic([undefined, tile], { columns: 2, rows: 1 }, [7, 5], options);
    assert.deepEqual(pixel(two, 0, 0), [255, 255, 255, 0]);
    assert.deepEqual(pixel(two, 7, 0), [...pixel(tile, 0, 0), 255]);
  });

  it("imaging 6.1: takes alpha over, or drops it, without blending", () => {
    const clear = plain([2, 2], 1, 2, 3, 0);
    const two = (options: ImageOptions) =>
      pixel(mosaic([clear, clear], { columns: 2, rows: 1 }, [2, 2], options), 3, 1);
    assert.deepEqual(two(imageOptions({ transparent: true })), [1, 2, 3, 0]);
    assert.deepEqual(two(imageOptions()), [1, 2, 3]);
  });

  it("imaging checklist: Cropping beyond the source leaves (0,0,0,0), the default canvas is (255,255,255,0)", () => {
    const view = noise([3, 3], 4);
    const beyond = crop(view, [1, 2], [4, 4]);
    assert.deepEqual(pixel(beyond, 1, 0), pixel(view, 2, 2));
    assert.deepEqual(pixel(beyond, 2, 0), [0, 0, 0, 0]);
    assert.deepEqual(pixel(beyond, 1, 1), [0, 0, 0, 0]);
    const blank = canvas([2, 2], imageOptions({ transparent: true }));
    assert.deepEqual(pixel(blank, 1, 1), [255, 255, 255, 0]);
  });

  it("imaging checklist: Overhanging meta tile crop is filled with white / transparent white; cropping beyond the source leaves (0,0,0,0)", () => {
    const view = plain([4, 4], 9, 9, 9, 255);
    const beyond = cut(view, [-1, 2], [4, 4], imageOptions({ transparent: true }));
    assert.deepEqual(pixel(beyond, 0, 0), [255, 255, 255, 0]);
    assert.deepEqual(pixel(beyond, 1, 1), [9, 9, 9, 255]);
    assert.deepEqual(pixel(beyond, 1, 2), [255, 255, 255, 0]);
    assert.deepEqual(pixel(crop(view, [-1, 2], [4, 4]), 0, 0), [0, 0, 0, 0]);
  });
});

describe("meshQuads()", () => {
  it("imaging checklist: Mesh quad counts 40 / 16 / 1 for the given inputs", () => {
    const utm = { srs: parseSrs("EPSG:25832") };
    const from = { size: [1335, 1531], bbox: [3.65, 39.84, 17, 55.15], srs: WGS84 } as const;
    const to = { size: [853, 1683], bbox: [158512, 4428236, 1012321, 6111268], ...utm } as const;
    assert.equal(meshQuads(from, to).length, 40);
    for (const [bbox, count] of [
      [[5, 50, 10, 55], 16],
      [[5, 50, 5.1, 50.1], 1],
    ] as const) {
      const metric = transformBBox(bbox, WGS84, MERCATOR);
      const source = { size: [1000, 2000], bbox: metric, srs: MERCATOR } as const;
      assert.equal(meshQuads(source, { size: [1000, 1000], bbox, srs: WGS84 }).length, count);
    }
  });

  it("imaging 7.3: maps a picture onto itself with one quad", () => {
    const itself = { size: [30, 20], ...place } as const;
    const [quad, ...more] = meshQuads(itself, itself);
    assert.deepEqual(more, []);
    assert.deepEqual(quad?.corners, [0, 0, 0, 20, 30, 20, 30, 0]);
  });

  it("covers every pixel of the target once", () => {
    const source = { size: [900, 900], bbox: [0, 0, 2e7, 2e7] as BBox, srs: MERCATOR } as const;
    const quads = meshQuads(source, { size: [701, 533], bbox: [3, 10, 140, 84], srs: WGS84 });
    const hits = new Uint8Array(701 * 533);
    for (const { x, y, width, height } of quads) {
      for (let row = y; row < y + height; row++) {
        for (let column = x; column < x + width; column++) hits[row * 701 + column]!++;
      }
    }
    assert.ok(hits.every((n) => n === 1));
  });
});

describe("transform()", () => {
  const view = noise([20, 10], 3);

  it("imaging 7.1: returns the view itself where nothing has to change", () => {
    const near: BBox = [0.01, -0.01, 10.01, 9.99];
    assert.equal(
      transform(view, place, { bbox: near, srs: WGS84, size: [20, 10] }, "bicubic"),
      view,
    );
  });

  it("imaging 7.2: cuts at the rounded pixel where only the place differs", () => {
    const target = { bbox: [2.6, 0, 12.6, 10] as BBox, srs: WGS84, size: [20, 10] as const };
    const moved = transform(view, place, target, "bicubic");
    assert.deepEqual(pixel(moved, 0, 3), pixel(view, 5, 3));
    assert.deepEqual(pixel(moved, 19, 3), [0, 0, 0]);
  });

  it("imaging checklist: Pixels outside the source after reprojection are transparent black (RGBA)", () => {
    const clear = plain([20, 10], 9, 9, 9, 255);
    const target = { bbox: [-10, 0, 10, 20] as BBox, srs: WGS84, size: [30, 30] as const };
    const scaled = transform(clear, place, target, "bilinear");
    assert.deepEqual(pixel(scaled, 0, 0), [0, 0, 0, 0]);
    assert.deepEqual(pixel(scaled, 29, 29), [9, 9, 9, 255]);
  });

  it("reprojects a picture where every pixel tells its longitude", () => {
    const source = plain([360, 180], 0, 0, 0);
    for (let i = 0; i < 360 * 180; i++) source.data[3 * i] = (i % 360) / 2;
    const world = { bbox: [-180, -90, 180, 90] as BBox, srs: WGS84 };
    const bbox = transformBBox([-100, -60, 100, 60], WGS84, MERCATOR);
    const target = { bbox, srs: MERCATOR, size: [200, 180] as const };
    const warped = transform(source, world, target, "bilinear");
    for (let x = 0; x < 200; x += 7) {
      assert.ok(Math.abs(pixel(warped, x, 90)[0]! - (x + 80) / 2) <= 1, `column ${x}`);
    }
  });
});

describe("subImage(), placeSubImage()", () => {
  const extent = { bbox: [-180, -90, 180, 90] as BBox, srs: WGS84 };
  const ask = (bbox: BBox, size = [600, 300] as const) =>
    subImage({ bbox, srs: WGS84, size }, extent);

  it("imaging 7.6: cut to the extent at whole pixels", () => {
    const both = ask([-200, -100, 200, 100]);
    assert.deepEqual(both, { bbox: extent.bbox, size: [540, 270], offset: [30, 15] });
    const part = ask([-200, -50, 200, 100]);
    assert.ok(typeof part === "object");
    assert.deepEqual(
      [part.size, part.offset],
      [
        [540, 280],
        [30, 20],
      ],
    );
    assert.equal(ask([-10, -10, 10, 10]), "inside");
    assert.equal(ask([190, 0, 200, 10]), "outside");
    assert.equal(ask([179.99, -50, 200, 50]), "outside");
  });

  it("imaging 7.6: place the part on transparent white", async () => {
    const part = { bbox: BOX, size: [2, 1] as const, offset: [1, 1] as const };
    const { result } = layer(plain([2, 1], 5, 6, 7));
    const placed = await placeSubImage(result, part, [4, 3]);
    assert.equal(placed.options.transparent, true);
    assert.ok(placed.picture.kind === "raster");
    assert.deepEqual(pixel(placed.picture.view, 0, 0), [255, 255, 255, 0]);
    assert.deepEqual(pixel(placed.picture.view, 2, 1), [5, 6, 7, 255]);
  });
});

describe("mergeBands()", () => {
  const base = plain([4, 4], 50, 100, 200);
  const step = (to: "r" | "g" | "b" | "a" | "l", band: number, factor = 1) => ({
    to,
    source: 0,
    band,
    factor,
  });

  it("imaging 8.6: gives the expected values", () => {
    const swapped = mergeBands([base], [step("r", 0), step("g", 2), step("b", 1)]);
    assert.deepEqual(pixel(swapped, 1, 1), [50, 200, 100]);
    const grey = mergeBands([base], [step("l", 0, 0.25), step("l", 1, 0.7), step("l", 2, 0.05)]);
    assert.deepEqual(pixel(grey, 1, 1), [92]);
    const colors = [step("r", 0), step("g", 1), step("b", 2)];
    const faded = mergeBands([base], [...colors, step("a", 2, 0.25)]);
    assert.deepEqual(pixel(faded, 1, 1), [50, 100, 200, 50]);
  });

  it("imaging checklist: factor 1.0 replaces, other factors add with saturation and truncation", () => {
    assert.deepEqual(pixel(mergeBands([base], [step("r", 0), step("r", 2)]), 0, 0), [200, 0, 0]);
    assert.deepEqual(
      pixel(mergeBands([base], [step("r", 2), step("r", 2, 0.5)]), 0, 0),
      [255, 0, 0],
    );
    assert.deepEqual(pixel(mergeBands([base], [step("a", 3)]), 0, 0), [0, 0, 0, 255]);
  });
});

describe("stackLegends()", () => {
  it("imaging 8.7: puts the last on top, as wide as the widest", () => {
    const stack = stackLegends([plain([2, 3], 1, 1, 1), plain([5, 4], 9, 9, 9)]);
    assert.deepEqual([stack.width, stack.height], [5, 7]);
    assert.deepEqual(pixel(stack, 4, 3), [9, 9, 9, 255]);
    assert.deepEqual(pixel(stack, 1, 4), [1, 1, 1, 255]);
    assert.deepEqual(pixel(stack, 2, 4), [255, 255, 255, 0]);
    assert.deepEqual(pixel(stackLegends([]), 0, 0), [255, 255, 255, 0]);
  });
});

describe("makeTransparent()", () => {
  it("imaging 9: compares within the tolerance, itself included, and keeps the color", () => {
    const of = (color: number[], tolerance = 5) =>
      pixel(makeTransparent(plain([2, 2], ...color), [130, 150, 120], tolerance), 0, 0);
    assert.deepEqual(of([130, 150, 120]), [130, 150, 120, 0]);
    assert.deepEqual(of([135, 145, 120]), [135, 145, 120, 0]);
    assert.deepEqual(of([136, 150, 120]), [136, 150, 120, 255]);
    assert.deepEqual(of([136, 150, 120, 77]), [136, 150, 120, 77]);
    assert.deepEqual(of([131, 150, 120], 0), [131, 150, 120, 255]);
  });

  it("imaging 9: compares alpha if both have it", () => {
    const of = (color: number[]) =>
      pixel(makeTransparent(plain([2, 2], ...color), [1, 2, 3, 200], 5), 0, 0)[3];
    assert.equal(of([1, 2, 3, 195]), 0);
    assert.equal(of([1, 2, 3, 194]), 194);
    assert.equal(of([1, 2, 3]), 0);
  });
});

describe("singleColor()", () => {
  it("imaging 11: is the shared color, or undefined", () => {
    assert.deepEqual(singleColor(plain([9, 7], 254, 0, 4)), Uint8Array.of(254, 0, 4));
    assert.deepEqual(singleColor(plain([9, 7], 0)), Uint8Array.of(0));
    const almost = plain([9, 7], 1, 2, 3, 4);
    almost.data[almost.data.length - 1] = 5;
    assert.equal(singleColor(almost), undefined);
  });
});

describe("messagePicture()", () => {
  const count = (view: RasterView, ...color: number[]) => {
    let n = 0;
    for (let y = 0; y < view.height; y++) {
      for (let x = 0; x < view.width; x++) {
        if (pixel(view, x, y).every((value, i) => value === color[i])) n++;
      }
    }
    return n;
  };

  it("imaging 12.3: has the asked size and a plain ground without text", () => {
    const view = messagePicture("", [70, 30], imageOptions({ background: [9, 8, 7] }));
    assert.deepEqual([view.width, view.height], [70, 30]);
    assert.equal(count(view, 9, 8, 7), 2100);
  });

  it("imaging 12: writes black on light and transparent grounds, white on dark ones", () => {
    const text = (options: Partial<ImageOptions>) =>
      messagePicture("Hello\nyou", [70, 40], imageOptions(options));
    assert.ok(count(text({}), 0, 0, 0) > 40);
    assert.ok(count(text({ background: [10, 20, 100] }), 255, 255, 255) > 40);
    const clear = text({ background: [10, 20, 100], transparent: true });
    assert.ok(count(clear, 0, 0, 0, 255) > 40);
    assert.ok(count(clear, 10, 20, 100, 0) > 1000);
  });
});

describe("attributionPicture()", () => {
  it("imaging 12.1: stands on a light box in the lower right corner", () => {
    const view = attributionPicture("hello", [100, 100]);
    assert.deepEqual(pixel(view, 0, 0), [255, 255, 255, 0]);
    assert.deepEqual(pixel(view, 99, 99), [255, 255, 255, 120]);
    assert.ok(flat(view).some((value, i) => i % 4 === 3 && value === 255));
  });
});

describe("watermark()", () => {
  const options = { text: "HELLO", color: [128, 128, 128], opacity: 30, fontSize: 24 } as const;
  const changed = (tile: RasterView, x: number, y: number, spacing?: "wide") => {
    const marked = watermark(tile, { x, y }, { ...options, spacing });
    assert.equal(marked.channels, tile.channels);
    const columns: number[] = [];
    for (let column = 0; column < 256; column++) {
      for (let row = 0; row < 256; row++) {
        const isSame = pixel(marked, column, row).join() === pixel(tile, column, row).join();
        if (!isSame) {
          columns.push(column);
          break;
        }
      }
    }
    return columns;
  };

  it("imaging 12.2: stands in the middle of even rows, half over the edges of odd ones", () => {
    const tile = plain([256, 256], 255, 255, 255);
    const middle = changed(tile, 1, 0);
    assert.ok(middle[0]! > 80 && middle.at(-1)! < 176);
    const edges = changed(tile, 0, 1);
    assert.ok(edges.includes(0) && edges.includes(255) && !edges.includes(128));
  });

  it("imaging 12.2: skips every other tile with wide spacing", () => {
    const tile = plain([256, 256], 255, 255, 255);
    assert.deepEqual(changed(tile, 0, 0, "wide"), []);
    assert.deepEqual(changed(tile, 1, 1, "wide"), []);
    assert.ok(changed(tile, 1, 0, "wide").includes(128));
    assert.ok(changed(tile, 0, 1, "wide").includes(128));
  });

  it("imaging 12.2: keeps the ground of a transparent tile transparent", async () => {
    const tile = canvas([256, 256], imageOptions({ transparent: true }));
    const marked = watermark(tile, { x: 0, y: 0 }, { ...options, opacity: 255 });
    assert.deepEqual(pixel(marked, 0, 0), [255, 255, 255, 0]);
    assert.ok(flat(marked).some((value, i) => i % 4 === 3 && value > 200));
    assert.equal((await encode(marked, imageOptions())).format, "png");
  });
});
