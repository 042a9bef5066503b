import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertNear,
  assertSame,
  fixture,
  imageOptions,
  noise,
  pixel,
  plain,
  psnr,
} from "../../test/pictures.ts";
import { ImageError } from "../core/errors.ts";
import { parseSrs } from "../srs/srs.ts";
import { decode, encode, toBytes, toRaster, verify } from "./codec.ts";
import type { ImageOptions } from "./options.ts";
import { peek, sniff } from "./peek.ts";
import type { Picture, RasterView } from "./picture.ts";
import { readChunks } from "./png-chunks.ts";
import { decodePng } from "./png-decode.ts";
import { formatOf, mimeOf, parseColor, resolveImageOptions } from "./resolve.ts";
import { hasTransparency, withChannels } from "./view.ts";

const FILES = {
  "small.gif": "gif",
  "small.bmp": "bmp",
  "small.tif": "tiff",
  "small-lzw.tif": "tiff",
  "small.jpg": "jpeg",
  "small.webp": "webp",
  "small-lossless.webp": "webp",
  "png-6-8.png": "png",
} as const;

const aerial = async () => decodePng(await fixture("quantize-aerial.png"));
const jpegOptions = (changes: Partial<ImageOptions> = {}) =>
  imageOptions({ format: "jpeg", mime: "image/jpeg", colors: undefined, ...changes });
const tiffOptions = (changes: Partial<ImageOptions> = {}) =>
  imageOptions({ format: "tiff", mime: "image/tiff", ...changes });
const kindOf = (bytes: Uint8Array) => readChunks(bytes).header.colorType;

describe("peek()", () => {
  it("reads format and size from the head of every encoding", async () => {
    for (const [name, format] of Object.entries(FILES)) {
      const bytes = await fixture(name);
      assert.deepEqual(peek(bytes), { format, width: 33, height: 17 }, name);
      assert.equal(sniff(bytes), format);
    }
  });

  it("is undefined for other bytes and for cut heads", async () => {
    assert.equal(
      peek(new TextEncoder().encode("<?xml version='1.0'?><ServiceException/>")),
      undefined,
    );
    assert.equal(peek(new Uint8Array()), undefined);
    for (const name of Object.keys(FILES)) {
      const bytes = await fixture(name);
      for (let n = 0; n < 12; n++) assert.equal(peek(bytes.subarray(0, n))?.width ?? 33, 33);
    }
  });
});

describe("decode()", () => {
  it("reads every encoding", async () => {
    const exact = await decode(await fixture("small.bmp"));
    for (const name of Object.keys(FILES).filter((file) => file.startsWith("small"))) {
      const view = withChannels(await decode(await fixture(name)), 3);
      assert.ok(psnr(view, withChannels(exact, 3)) > 28, name);
    }
    assertSame(
      withChannels(await decode(await fixture("small-lzw.tif")), 3),
      withChannels(exact, 3),
    );
  });

  it("refuses by the head alone: other sizes than asked for, and huge ones", async () => {
    const bytes = await fixture("small.jpg");
    await decode(bytes, { size: [33, 17] });
    await assert.rejects(decode(bytes, { size: [33, 18] }), ImageError);
    await assert.rejects(decode(bytes, { pixels: 560 }), ImageError);
    const bomb = (await fixture("png-6-8.png")).slice();
    new DataView(bomb.buffer).setUint32(16, 60000);
    new DataView(bomb.buffer).setUint32(20, 60000);
    await assert.rejects(decode(bomb), /too large/);
  });
});

describe("verify()", () => {
  it("accepts whole files and refuses those cut short", async () => {
    for (const name of Object.keys(FILES)) {
      const bytes = await fixture(name);
      await verify(bytes, { size: [33, 17] });
      await assert.rejects(verify(bytes, { size: [33, 18] }), ImageError, name);
      for (const length of [bytes.length - 1, bytes.length >> 1, 30, 0]) {
        // A GIF or TIFF may end in padding; half of it is surely too little.
        if (name.endsWith(".tif") && length === bytes.length - 1) continue;
        await assert.rejects(
          verify(bytes.subarray(0, length), {}),
          ImageError,
          `${name} ${length}`,
        );
      }
    }
  });
});

describe("encode()", () => {
  it("imaging 4: writes palettes by default, and 24 or 32 bits with colors 0 or without `paletted`", async () => {
    const rgba = noise([40, 40], 4, { seed: 3 });
    const kind = async (view: RasterView, changes: Partial<ImageOptions>) =>
      kindOf((await encode(view, imageOptions(changes))).bytes);
    assert.equal(await kind(rgba, { colors: undefined }), 3);
    assert.equal(await kind(rgba, { colors: 256, transparent: true }), 3);
    assert.equal(await kind(rgba, { colors: 0 }), 6);
    assert.equal(await kind(rgba, { colors: undefined, paletted: false }), 6);
    assert.equal(await kind(withChannels(rgba, 3), { colors: 0 }), 2);
    assert.equal(await kind(withChannels(rgba, 1), { colors: 0 }), 0);
  });

  it("imaging 4: follows a forced mode after reducing", async () => {
    const view = await aerial();
    const rgb = await encode(view, imageOptions({ colors: 256, mode: "RGB" }));
    assert.equal(kindOf(rgb.bytes), 2);
    const distinct = new Set<string>();
    const decoded = decodePng(rgb.bytes);
    for (let i = 0; i < 128 * 128; i++) distinct.add(pixel(decoded, i % 128, i >> 7).join());
    assert.ok(distinct.size <= 256);
    assert.equal(kindOf((await encode(view, imageOptions({ mode: "RGBA" }))).bytes), 6);
    assert.equal(kindOf((await encode(view, imageOptions({ mode: "L" }))).bytes), 0);
    assert.equal(kindOf((await encode(view, imageOptions({ mode: "P" }))).bytes), 3);
  });

  it("imaging 4: leaves grey with alpha as it is where 256 colors are asked for", async () => {
    const { bytes } = await encode(noise([9, 9], 2), imageOptions({ colors: 256 }));
    assert.equal(kindOf(bytes), 4);
  });

  it("imaging 4: turns grey into a forced mode first: `l` bands with mode RGB", async () => {
    const { bytes } = await encode(plain([9, 9], 50), imageOptions({ mode: "RGB" }));
    assert.deepEqual(pixel(decodePng(bytes), 0, 0), [50, 50, 50]);
    const jpeg = await encode(plain([16, 16], 92), jpegOptions());
    assertNear(withChannels(await decode(jpeg.bytes), 3).data, plain([16, 16], 92, 92, 92).data, 1);
  });

  it("imaging 4.1: drops alpha before reducing unless transparent", async () => {
    const view = plain([9, 9], 1, 2, 3, 4);
    const of = async (transparent: boolean) =>
      pixel(
        decodePng((await encode(view, imageOptions({ colors: 256, transparent }))).bytes),
        0,
        0,
      );
    assert.deepEqual(await of(false), [1, 2, 3]);
    assert.deepEqual(await of(true), [1, 2, 3, 4]);
  });

  it("imaging 4: drops alpha for JPEG without compositing, whatever the mode", async () => {
    for (const mode of [undefined, "RGBA", "P"] as const) {
      const { bytes, format } = await encode(
        plain([16, 16], 200, 100, 50, 0),
        jpegOptions({ mode }),
      );
      assert.equal(format, "jpeg");
      assertNear(withChannels(await decode(bytes), 3).data, plain([16, 16], 200, 100, 50).data, 3);
    }
  });

  it("imaging 4: has JPEG quality 90 unless told otherwise", async () => {
    const view = await aerial();
    const length = async (jpegQuality?: number) =>
      (await encode(view, jpegOptions({ jpegQuality }))).bytes.length;
    assert.equal(await length(), await length(90));
    assert.ok((await length(50)) < (await length()));
  });

  it("imaging 14: mixed is PNG with any transparent pixel, else JPEG", async () => {
    const mixed = imageOptions({ format: "mixed", mime: "mixed", transparent: true });
    const clear = await encode(plain([8, 8], 1, 2, 3, 254), mixed);
    assert.equal(clear.format, "png");
    assert.equal(sniff(clear.bytes), "png");
    assert.equal((await encode(plain([8, 8], 1, 2, 3, 255), mixed)).format, "jpeg");
    // grey with alpha counts as opaque
    assert.equal((await encode(plain([8, 8], 1, 0), mixed)).format, "jpeg");
  });

  it("imaging 4: orders TIFF sizes raw, jpeg 90, jpeg 75 = jpeg default, jpeg 50", async () => {
    const view = await aerial();
    const length = async (changes: Partial<ImageOptions>) =>
      (await encode(view, tiffOptions(changes))).bytes.length;
    const jpeg = (jpegQuality?: number) => length({ tiffCompression: "jpeg", jpegQuality });
    assert.ok((await length({})) > (await jpeg(90)));
    assert.ok((await jpeg(90)) > (await jpeg(75)));
    assert.equal(await jpeg(75), await jpeg());
    assert.ok((await jpeg()) > (await jpeg(50)));
  });

  it("writes TIFF, GIF and BMP that come back the same", async () => {
    for (const channels of [1, 3, 4] as const) {
      const view = noise([31, 17], channels, { seed: 2, gap: 3 });
      for (const tiffCompression of ["raw", "tiff_lzw"] as const) {
        const { bytes } = await encode(view, tiffOptions({ tiffCompression }));
        assertSame(withChannels(await decode(bytes), 4), withChannels(view, 4));
      }
    }
    const color = noise([31, 17], 3, { seed: 9 });
    const bmp = await encode(color, imageOptions({ format: "bmp", mime: "image/bmp" }));
    assertSame(withChannels(await decode(bmp.bytes), 3), color);
    const few = plain([31, 17], 1, 2, 3, 255);
    for (let i = 0; i < 100; i++) few.data.set([i, 9, 9, i % 5 ? 255 : 0], i * 12);
    const gif = imageOptions({ format: "gif", mime: "image/gif", transparent: true });
    const back = withChannels(await decode((await encode(few, gif)).bytes), 4);
    for (let i = 0; i < few.data.length; i += 4) {
      assert.equal(back.data[i + 3], few.data[i + 3]);
      if (few.data[i + 3] === 255) assert.equal(back.data[i], few.data[i]);
    }
    const reduced = await encode(plain([9, 9], 7, 8, 9), tiffOptions({ colors: 256 }));
    assert.deepEqual(pixel(withChannels(await decode(reduced.bytes), 3), 3, 3), [7, 8, 9]);
  });

  it("imaging 4.3: writes the tags of GeoTIFF", async () => {
    for (const [code, bbox, model] of [
      ["EPSG:4326", [5, 50, 15, 60], 2],
      ["EPSG:3857", [0, 0, 2000, 1000], 1],
    ] as const) {
      const geo = { bbox, srs: parseSrs(code) };
      const { bytes } = await encode(plain([20, 10], 1, 2, 3), tiffOptions(), geo);
      const tags = readTags(bytes);
      assert.deepEqual(tags.get(33550), [(bbox[2] - bbox[0]) / 20, (bbox[3] - bbox[1]) / 10, 0]);
      assert.deepEqual(tags.get(33922), [0, 0, 0, bbox[0], bbox[3], 0]);
      const keys = [
        1,
        1,
        0,
        3,
        1024,
        0,
        1,
        model,
        1025,
        0,
        1,
        1,
        3072,
        0,
        1,
        Number(code.slice(5)),
      ];
      assert.deepEqual(tags.get(34735), keys);
    }
    const { bytes } = await encode(plain([20, 10], 1, 2, 3), tiffOptions());
    assert.equal(readTags(bytes).has(34735), false);
  });

  it("throws ImageError for formats it cannot write", async () => {
    await assert.rejects(
      encode(plain([2, 2], 1), imageOptions({ format: undefined, mime: "image/x-odd" })),
      ImageError,
    );
  });
});

/** Shorts and doubles of the first directory, by tag. */
function readTags(bytes: Uint8Array): Map<number, number[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(4, true);
  const tags = new Map<number, number[]>();
  for (let i = 0; i < view.getUint16(start, true); i++) {
    const at = start + 2 + 12 * i;
    const type = view.getUint16(at + 2, true);
    const count = view.getUint32(at + 4, true);
    if (type !== 3 && type !== 12) continue;
    const size = type === 3 ? 2 : 8;
    const from = size * count > 4 ? view.getUint32(at + 8, true) : at + 8;
    const value = (n: number) =>
      type === 3 ? view.getUint16(from + 2 * n, true) : view.getFloat64(from + 8 * n, true);
    tags.set(
      view.getUint16(at, true),
      Array.from({ length: count }, (_, n) => value(n)),
    );
  }
  return tags;
}

describe("toBytes()", () => {
  const encoded = async (): Promise<Picture & { kind: "encoded" }> => ({
    kind: "encoded",
    bytes: await fixture("png-2-8.png"),
    format: "png",
  });
  const size = [33, 17] as const;

  it("imaging 5: returns the very bytes where format and mode agree, whatever else differs", async () => {
    const picture = await encoded();
    const own = imageOptions({ colors: 256, transparent: false });
    const wanted = imageOptions({ colors: 8, transparent: true, mime: "image/png; mode=8bit" });
    assert.equal((await toBytes({ picture, options: own }, wanted, size)).bytes, picture.bytes);
    const unknown = imageOptions({ format: undefined, mime: "" });
    assert.equal((await toBytes({ picture, options: unknown }, wanted, size)).bytes, picture.bytes);
  });

  it("imaging 5: counts a picture as what was asked for, not as what came", async () => {
    const picture = await encoded();
    const result = await toBytes({ picture, options: jpegOptions() }, jpegOptions(), size);
    assert.equal(result.bytes, picture.bytes);
    assert.equal(result.format, "png");
  });

  it("imaging 5: encodes anew where format or mode differ", async () => {
    const picture = await encoded();
    const jpeg = await toBytes({ picture, options: imageOptions() }, jpegOptions(), size);
    assert.equal(jpeg.format, "jpeg");
    assert.equal(sniff(jpeg.bytes), "jpeg");
    const wanted = imageOptions({ mode: "RGBA" });
    const rgba = await toBytes({ picture, options: imageOptions() }, wanted, size);
    assert.equal(kindOf(rgba.bytes), 6);
  });

  it("imaging 11: a blank picture is never reduced: 32 bits, (255, 255, 255, 0)", async () => {
    const picture = { kind: "blank" } as const;
    const wanted = imageOptions({ colors: 256, transparent: true });
    const { bytes } = await toBytes({ picture, options: wanted }, wanted, size);
    assert.equal(kindOf(bytes), 6);
    assert.deepEqual(pixel(decodePng(bytes), 32, 16), [255, 255, 255, 0]);
    assert.deepEqual(pixel(await toRaster(picture, size, imageOptions()), 0, 0), [255, 255, 255]);
  });
});

describe("hasTransparency()", () => {
  it("imaging 4.2: looks at pixels, not at what a palette declares", async () => {
    assert.equal(hasTransparency(plain([9, 9], 1, 2, 3, 255)), false);
    const view = plain([9, 9], 1, 2, 3, 255);
    view.data[view.data.length - 1] = 254;
    assert.equal(hasTransparency(view), true);
    assert.equal(hasTransparency(plain([9, 9], 1, 0)), false);
  });
});

describe("resolveImageOptions()", () => {
  const globals = { formats: {}, resampling: "bicubic", paletted: true, jpegQuality: 90 } as const;

  it("imaging 2.2: takes local options over the named entry over the globals", () => {
    const formats = {
      "image/png; mode=8bit": { colors: 8, resampling_method: "nearest" },
      mine: {
        format: "image/png",
        mode: "RGB",
        transparent: true,
        encoding_options: { quantizer: "mediancut" },
      },
    };
    const named = resolveImageOptions("image/png; mode=8bit", undefined, { ...globals, formats });
    assert.deepEqual(
      [named.format, named.mime, named.colors, named.resampling],
      ["png", "image/png; mode=8bit", 8, "nearest"],
    );
    const local = { mode: "RGBA", colors: 0, encoding_options: { jpeg_quality: 50 } };
    const mine = resolveImageOptions("mine", local, { ...globals, formats });
    assert.deepEqual([mine.mode, mine.colors, mine.transparent], ["RGBA", 0, true]);
    assert.deepEqual([mine.quantizer, mine.jpegQuality], [undefined, 50]);
  });

  it("imaging 2.2: gives PNG 256 colors, mixed alpha, JPEG the global quality", () => {
    assert.equal(resolveImageOptions("image/png", {}, globals).colors, 256);
    const plainPng = resolveImageOptions("image/png", {}, { ...globals, paletted: false });
    assert.deepEqual([plainPng.colors, plainPng.paletted], [undefined, false]);
    const mixed = resolveImageOptions("mixed", undefined, globals);
    assert.deepEqual([mixed.format, mixed.transparent, mixed.colors], ["mixed", true, undefined]);
    const jpeg = resolveImageOptions("image/jpeg", {}, { ...globals, jpegQuality: 70 });
    assert.deepEqual([jpeg.jpegQuality, jpeg.colors], [70, undefined]);
    assert.equal(resolveImageOptions("image/tiff", {}, globals).jpegQuality, undefined);
    assert.equal(resolveImageOptions(undefined, {}, globals).format, undefined);
  });

  it("imaging 2.1: refuses impossible encoding options with the known texts", () => {
    const fault = (encoding_options: Record<string, unknown>) => () =>
      resolveImageOptions("image/png", { encoding_options }, globals);
    assert.throws(fault({ jpeg_quality: "90" }), /^RangeError: jpeg_quality is not an integer$/);
    assert.throws(fault({ tiff_compression: "zip" }), /unknown tiff_compression/);
    assert.throws(fault({ quantizer: "best" }), /unknown quantizer/);
    assert.throws(fault({ speed: 1 }), /unknown encoding_options/);
  });

  it("imaging 1.1: tells encodings by what stands after the slash", () => {
    assert.deepEqual(
      ["png8", "image/png; mode=24bit", "image/GeoTIFF", "jpeg", "image/vnd.jpeg-png"].map(
        formatOf,
      ),
      ["png", "png", "tiff", "jpeg", undefined],
    );
    assert.equal(mimeOf(imageOptions({ mime: "image/GeoTIFF" })), "image/GeoTIFF");
    assert.equal(resolveImageOptions("image/png", { format: "tiff" }, globals).mime, "image/tiff");
  });
});

describe("parseColor()", () => {
  it("imaging 15: reads lists and hex strings with and without alpha", () => {
    assert.deepEqual(parseColor("#ff8000"), [255, 128, 0]);
    assert.deepEqual(parseColor("0xff800080"), [255, 128, 0, 128]);
    assert.deepEqual(parseColor("FF8000"), [255, 128, 0]);
    assert.deepEqual(parseColor([1, 2, 3, 4]), [1, 2, 3, 4]);
    for (const wrong of ["red", "#fff", "", [1, 2], [1, 2, 3, 4, 5], [1, 2, 256]]) {
      assert.throws(() => parseColor(wrong), /color needs to be a tuple\/list or 0xrrggbb/);
    }
  });
});
