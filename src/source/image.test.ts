import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import * as v from "valibot";
import { testContext } from "../../test/platform.ts";
import { mapQuery, pixelAt, plainView, sourceDeps } from "../../test/source-deps.ts";
import { SourceError } from "../core/errors.ts";
import type { RasterView } from "../image/picture.ts";
import { encodePng } from "../image/png-encode.ts";
import { ConfigFault } from "../model/define.ts";
import type { MapQuery, Source } from "../model/source.ts";
import { parseSrs } from "../srs/srs.ts";
import { imageSource } from "./image.ts";
import { buildOverviews, halve } from "./overviews.ts";
import { parseWorldFile, worldFilePaths } from "./world-file.ts";

/** West half red, east half blue, by columns. */
function halves([width, height]: readonly [number, number]): RasterView {
  const view = plainView([width, height], [255, 0, 0]);
  for (let y = 0; y < height; y++) {
    for (let x = width / 2; x < width; x++) view.data.set([0, 0, 255], (y * width + x) * 3);
  }
  return view;
}

/** Black and white pixels in turn: grey from afar. */
function checkerboard(side: number): RasterView {
  const view = plainView([side, side], [0, 0, 0]);
  for (let y = 0; y < side; y++) {
    for (let x = y % 2; x < side; x += 2) view.data.set([255, 255, 255], (y * side + x) * 3);
  }
  return view;
}

async function create(
  view: RasterView | Uint8Array | undefined,
  options: Record<string, unknown> = {},
  files: Record<string, string> = {},
): Promise<{ source: Source; reads: () => number; get: (q?: Partial<MapQuery>) => Promise<View> }> {
  let reads = 0;
  const bytes = view instanceof Uint8Array ? view : view && encodePng(view);
  const platformOverrides = {
    resource: async (path: string) => {
      if (path === "/etc/rhumb/world.png") {
        reads++;
        return bytes;
      }
      const text = files[path];
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
  };
  const parsed = v.parse(imageSource.options, {
    type: "image",
    file: "world.png",
    srs: "EPSG:4326",
    bbox: [-180, -90, 180, 90],
    image: { resampling_method: "bilinear" },
    ...options,
  });
  const source = await imageSource.create(parsed, sourceDeps(undefined, { platformOverrides }));
  const get = async (query: Partial<MapQuery> = {}): Promise<View> => {
    const result = await source.map?.get(mapQuery(query), testContext());
    if (!result) return undefined;
    assert.equal(result.picture.kind, "raster");
    return {
      ...(result.picture as { view: RasterView }).view,
      transparent: result.options.transparent,
    };
  };
  return { source, get, reads: () => reads };
}
type View = (RasterView & { transparent: boolean | undefined }) | undefined;

const WEB = parseSrs("EPSG:3857");

describe("image source", () => {
  it("draws any window in its own system", async () => {
    const { get } = await create(halves([360, 180]));
    const view = await get({ bbox: [-10, -10, 10, 10], size: [100, 100] });
    assert.equal(view?.channels, 3);
    assert.deepEqual(pixelAt(view!, 10, 50), [255, 0, 0]);
    assert.deepEqual(pixelAt(view!, 90, 50), [0, 0, 255]);
    assert.notEqual(view?.transparent, true);
  });

  it("draws any window in another system", async () => {
    const { get } = await create(halves([360, 180]));
    const view = await get({ bbox: [-2e6, 1e6, 2e6, 5e6], srs: WEB, size: [128, 128] });
    assert.deepEqual(pixelAt(view!, 20, 64), [255, 0, 0, 255]);
    assert.deepEqual(pixelAt(view!, 108, 64), [0, 0, 255, 255]);
  });

  it("is transparent outside, in either system", async () => {
    const { get, source } = await create(halves([100, 100]), { bbox: "0,0,10,10" });
    const same = { bbox: [-10, 0, 10, 10], size: [200, 100] } as const;
    const view = await get(same);
    assert.equal(view?.transparent, true);
    assert.equal(pixelAt(view!, 50, 50)[3], 0);
    assert.deepEqual(pixelAt(view!, 120, 50), [255, 0, 0, 255]);
    const web = await get({ bbox: [-1e6, 0, 1e6, 1e6], srs: WEB, size: [200, 100] });
    assert.equal(pixelAt(web!, 50, 50)[3], 0);
    assert.deepEqual(pixelAt(web!, 120, 50), [255, 0, 0, 255]);
    assert.deepEqual(source.extent.bbox, [0, 0, 10, 10]);
    assert.equal(await get({ bbox: [20, 20, 30, 30] }), undefined);
  });

  it("does not alias where it is drawn small", async () => {
    const { get } = await create(checkerboard(512));
    for (const query of [{ size: [64, 64] }, { srs: WEB, size: [64, 64] }] as const) {
      const bbox =
        "srs" in query ? ([-2e7, -1e7, 2e7, 1e7] as const) : ([-180, -90, 180, 90] as const);
      const view = await get({ ...query, bbox });
      for (let x = 8; x < 56; x++) {
        const [red = 0] = pixelAt(view!, x, 32);
        assert.ok(Math.abs(red - 128) <= 2, `${red} at ${x}`);
      }
    }
  });

  it("keeps every pixel where it is drawn in its own size", async () => {
    const board = checkerboard(256);
    const { get } = await create(board, { bbox: [0, 0, 256, 256] });
    const view = await get({ bbox: [0, 0, 256, 256], size: [256, 256] });
    for (let i = 0; i < 256; i++) assert.deepEqual(pixelAt(view!, i, 7), pixelAt(board, i, 7));
  });

  it("hides what is below only where it is known to be opaque", async () => {
    const { source, get } = await create(halves([100, 100]), { bbox: [0, 0, 90, 90] });
    const inside = mapQuery();
    assert.equal(source.map?.isOpaque(inside), false);
    await get();
    assert.equal(source.map?.isOpaque(inside), true);
    assert.equal(source.map?.isOpaque(mapQuery({ bbox: [-5, 0, 5, 5] })), false);
  });

  it("decodes the file once", async () => {
    const { get, reads } = await create(halves([360, 180]));
    await get();
    await get();
    assert.equal(reads(), 2, "once to look at it, once to decode it");
  });

  it("finds its place by a world file beside it", async () => {
    const text = "0.5\n0\n0\n-0.5\n-179.75\n89.75\n";
    for (const ending of ["wld", "pgw"]) {
      const { source } = await create(
        halves([720, 360]),
        { bbox: undefined },
        { [`/etc/rhumb/world.${ending}`]: text },
      );
      assert.deepEqual(source.extent.bbox, [-180, -90, 180, 90]);
    }
  });

  it("refuses a missing file, one that is no picture, and a picture without a place", async () => {
    await assert.rejects(create(undefined), ConfigFault);
    await assert.rejects(create(new TextEncoder().encode("<svg/>")), ConfigFault);
    await assert.rejects(create(halves([4, 4]), { bbox: undefined }), /world\.pgw/);
    await assert.rejects(create(halves([4, 4]), { bbox: [0, 0, 0, 1] }), ConfigFault);
  });

  it("is a failing source if the file is damaged", async () => {
    const { get } = await create(encodePng(halves([40, 40])).subarray(0, 60));
    await assert.rejects(get(), SourceError);
  });
});

describe("parseWorldFile()", () => {
  it("is the inverse of writing one", () => {
    const coordinate = fc.integer({ min: -1e6, max: 1e6 });
    const side = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(coordinate, coordinate, side, side, (minx, maxy, width, height) => {
        const text = `0.25\n0\n0\n-0.5\n${minx + 0.125}\n${maxy - 0.25}`;
        assert.deepEqual(parseWorldFile(text, [width, height]), [
          minx,
          maxy - height * 0.5,
          minx + width * 0.25,
          maxy,
        ]);
      }),
    );
  });

  it("refuses rotation, pictures upside down and less than six numbers", () => {
    for (const text of ["1 1 0 -1 0 0", "1 0 0 1 0 0", "1 0 0 -1 0", "a b c d e f"]) {
      assert.throws(() => parseWorldFile(text, [1, 1]), RangeError);
    }
  });

  it("is looked for under the usual names", () => {
    assert.deepEqual(worldFilePaths("/a.b/x.JPG"), ["/a.b/x.jgw", "/a.b/x.jpgw", "/a.b/x.wld"]);
    assert.deepEqual(worldFilePaths("/a.b/x"), ["/a.b/x.wld"]);
  });
});

describe("halve()", () => {
  it("takes the mean of four pixels, and of fewer at odd edges", () => {
    const view = plainView([3, 1], [0]);
    view.data.set([10, 20, 40]);
    assert.deepEqual([...halve(view).data], [15, 40]);
  });

  it("does not let colors of transparent pixels shine through", () => {
    const view = plainView([2, 1], [0, 0, 0, 0]);
    view.data.set([200, 100, 50, 255, 7, 7, 7, 0]);
    assert.deepEqual([...halve(view).data], [200, 100, 50, 128]);
  });

  it("keeps a plain picture plain, in every overview", () => {
    const size = fc.integer({ min: 1, max: 700 });
    fc.assert(
      fc.property(size, size, (width, height) => {
        for (const view of buildOverviews(plainView([width, height], [1, 2, 3, 200]))) {
          assert.deepEqual(pixelAt(view, view.width - 1, view.height - 1), [1, 2, 3, 200]);
        }
      }),
      { numRuns: 10 },
    );
  });
});
