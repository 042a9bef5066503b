/** Every decoder against damaged, cut and lying files: an error of the kind that callers expect, never a crash. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { assertSame, seeded } from "../../test/pictures.ts";
import { ImageError } from "../core/errors.ts";
import { decode, verify } from "./codec.ts";
import { drawView } from "./draw.ts";
import { borrow, kernelBytes } from "./kernels/arena.ts";
import { decodesAtOnce, peek } from "./peek.ts";
import type { RasterView } from "./picture.ts";
import { writeChunks } from "./png-chunks.ts";
import { newView, windowOf } from "./view.ts";

const FOLDERS = ["images", "jpeg"].map(
  (name) => new URL(`../../test/fixtures/${name}/`, import.meta.url),
);

/** Every picture of the corpus that is not the expected result of another. */
const CORPUS = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(png|jpg|webp|gif|tif|bmp)$/.test(name))
    .filter((name) => folder.pathname.includes("images") || !name.endsWith(".png"))
    .filter((name) => !/^(quantize|warp)/.test(name))
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(new URL(name, folder))) })),
);

/** What comes of bytes: pixels of the size their head tells, or an ImageError. */
async function outcome(bytes: Uint8Array): Promise<RasterView | undefined> {
  try {
    const view = await decode(bytes, { pixels: 1 << 20 });
    const head = peek(bytes);
    assert.deepEqual([view.width, view.height], [head?.width, head?.height]);
    assert.ok(view.data.length >= view.offset + (view.height - 1) * view.stride);
    return view;
  } catch (error) {
    assert.ok(error instanceof ImageError, `${error}`);
    return undefined;
  }
}

/** Rounds of each fuzzer: few in every test run, more where somebody has the time. */
const ROUNDS = Number(process.env.RHUMB_FUZZ_ROUNDS ?? 5);

describe("decode() of hostile files", () => {
  it("T12: refuses every file of the corpus that is cut in half, or in the middle of its data", async () => {
    for (const { name, bytes } of CORPUS) {
      // Sampling factors that do not divide each other are read by no decoder we have.
      assert.equal((await outcome(bytes)) !== undefined, name !== "other-fractional.jpg", name);
      for (const share of [0.9, 0.5, 0.2]) {
        const part = bytes.subarray(0, Math.floor(bytes.length * share));
        assert.equal(await outcome(part), undefined, `${name} ${share}`);
      }
    }
  });

  it("answers any damage with a picture of the size that the head tells, or ImageError", async () => {
    const random = seeded(77);
    for (const { bytes } of CORPUS) {
      for (let run = 0; run < ROUNDS; run++) {
        const damaged = bytes.slice();
        for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
          damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
        }
        await outcome(damaged);
      }
    }
  });

  it("survives random bytes behind every kind of head", async () => {
    const heads = ["small.bmp", "small.gif", "small.jpg", "small.tif", "small.webp", "png-6-8.png"];
    const kinds = CORPUS.filter(({ name }) => heads.includes(name));
    assert.equal(kinds.length, heads.length);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...kinds),
        fc.integer({ min: 2, max: 60 }),
        fc.uint8Array({ maxLength: 300 }),
        async ({ bytes }, kept, rest) => {
          await outcome(Uint8Array.of(...bytes.subarray(0, kept), ...rest));
        },
      ),
      { numRuns: 20 * ROUNDS },
    );
  });

  it("T3: refuses huge pictures by their heads, before it takes memory for them", async () => {
    borrow(100 << 20, () => undefined); // too much to be kept
    const change = (name: string, work: (view: DataView) => void) => {
      const bytes = CORPUS.find((file) => file.name === name)!.bytes.slice();
      work(new DataView(bytes.buffer));
      return bytes;
    };
    const jpegFrame = (view: DataView) => {
      for (let at = 0; at < view.byteLength; at++) if (view.getUint16(at) === 0xffc0) return at;
      throw new Error("no frame");
    };
    const bombs = {
      png: change("png-6-8.png", (view) => {
        view.setUint32(16, 60000);
        view.setUint32(20, 60000);
      }),
      jpeg: change("small.jpg", (view) => {
        view.setUint16(jpegFrame(view) + 5, 65000);
        view.setUint16(jpegFrame(view) + 7, 65000);
      }),
      gif: change("small.gif", (view) => view.setUint32(6, 0xfde8fde8)),
      bmp: change("small.bmp", (view) => {
        view.setInt32(18, 60000, true);
        view.setInt32(22, 60000, true);
      }),
      webp: change("small.webp", (view) => view.setUint32(26, 0x3fff3fff, true)),
    };
    for (const [kind, bytes] of Object.entries(bombs)) {
      await assert.rejects(decode(bytes), /too large/, kind);
      await assert.rejects(decode(bytes, { size: [33, 17] }), /were asked for/, kind);
      await assert.rejects(verify(bytes, { size: [33, 17] }), /were asked for/, kind);
    }
    assert.ok(kernelBytes() < 1 << 20);
  });

  it("T3: inflates no more than the size tells, of a stream that holds a thousand times as much", async () => {
    const header = { width: 16, height: 16, bits: 8, colorType: 6, interlaced: false };
    for (const interlaced of [false, true]) {
      const bomb = writeChunks({
        header: { ...header, interlaced },
        palette: undefined,
        transparency: undefined,
        pixels: deflateSync(new Uint8Array(64 << 20), { level: 9 }),
      });
      assert.ok(bomb.length < 1 << 17);
      assert.equal(await outcome(bomb), undefined);
      assert.throws(() => drawView({ kind: "file", bytes: bomb, size: [16, 16] }), ImageError);
      await assert.rejects(verify(bomb, {}), ImageError);
    }
    assert.ok(kernelBytes() < 8 << 20);
  });

  it("T3: follows no offset of a TIFF that lies beyond its end", async () => {
    const { bytes } = CORPUS.find(({ name }) => name === "small.tif")!;
    const view = new DataView(bytes.buffer.slice(0));
    const directory = view.getUint32(4, true);
    for (let i = 0; i < view.getUint16(directory, true); i++) {
      for (const value of [0xffffffff, 0x7fffffff, bytes.length, 0]) {
        const lying = bytes.slice();
        new DataView(lying.buffer).setUint32(directory + 2 + 12 * i + 8, value, true);
        await outcome(lying);
      }
    }
    const far = bytes.slice();
    new DataView(far.buffer).setUint32(4, 0xfffffff0, true);
    assert.equal(await outcome(far), undefined);
  });

  it("T12: refuses the page of a login, an exception, and nothing at all", async () => {
    for (const text of ["<html><body>Log in</body></html>", "<ServiceExceptionReport/>", ""]) {
      assert.equal(await outcome(new TextEncoder().encode(text)), undefined);
    }
  });
});

describe("drawView() of a file", () => {
  it("makes the pixels that decode() makes, of any kind that decodes at once", async () => {
    let seen = 0;
    for (const { name, bytes } of CORPUS) {
      if (!decodesAtOnce(bytes)) continue;
      seen++;
      const whole = await decode(bytes);
      const size = [whole.width, whole.height] as const;
      assertSame(drawView({ kind: "file", bytes, size }), whole);
      assert.ok(name);
    }
    assert.ok(seen > 80, `${seen} files`);
  });

  it("makes the part of them that is looked at, wherever it lies", async () => {
    const random = seeded(5);
    for (const { bytes } of CORPUS) {
      if (!decodesAtOnce(bytes)) continue;
      const whole = await decode(bytes);
      for (let run = 0; run < 6; run++) {
        const width = 1 + Math.floor(random() * whole.width);
        const height = 1 + Math.floor(random() * whole.height);
        const x = Math.floor(random() * (whole.width - width + 1));
        const y = Math.floor(random() * (whole.height - height + 1));
        const part = drawView({
          kind: "tiles",
          tiles: [bytes],
          columns: 1,
          rows: 1,
          tileSize: [whole.width, whole.height],
          ground: [1, 2, 3, 255],
          channels: 3,
          size: [width, height],
          look: { kind: "cut", at: [x, y] },
        });
        const wanted = newView([width, height], whole.channels);
        const seen = windowOf(whole, x, y, [width, height]);
        for (let row = 0; row < height; row++) {
          const from = seen.offset + row * seen.stride;
          wanted.data.set(seen.data.subarray(from, from + wanted.stride), row * wanted.stride);
        }
        assertSame(part, wanted);
      }
    }
  });
});
