/**
 * Codecs and kernels beside Pillow's: minimum of many runs in ms, as a table for README.md.
 *
 * usage: bun test/bench/codecs.bench.ts [--write]
 *
 * Pillow is measured by Debian's python3 (package `python3-pil`; PYTHON names another one), on the same pixels. With `--write` the table in README.md
 * is replaced.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, encode } from "../../src/image/codec.ts";
import { encodeDrawing } from "../../src/image/encode-drawn.ts";
import { decodeJpeg, encodeJpeg } from "../../src/image/kernels/jpeg.ts";
import { warpQuads } from "../../src/image/kernels/warp.ts";
import type { RasterView } from "../../src/image/picture.ts";
import { decodePng } from "../../src/image/png-decode.ts";
import { encodePng } from "../../src/image/png-encode.ts";
import { newView, samplesOf, windowOf, withChannels } from "../../src/image/view.ts";
import { imageOptions } from "../pictures.ts";

const README = new URL("README.md", import.meta.url);
const WORLD = new URL("../../etc/data/world.jpg", import.meta.url);
const [START, END] = ["<!-- codecs -->", "<!-- end of codecs -->"];

const PILLOW = `
import io, sys, time
from PIL import Image, ImageDraw
side, runs, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
photo = Image.frombytes("RGB", (side, side), open(folder + "/photo.raw", "rb").read())
drawn = Image.frombytes("RGB", (side, side), open(folder + "/drawn.raw", "rb").read())
def saved(picture, *args, **kw):
    stream = io.BytesIO(); picture.save(stream, *args, **kw); return stream.getvalue()
def load(data): Image.open(io.BytesIO(data)).load()
jpeg, png = saved(photo, "JPEG", quality=90), saved(drawn, "PNG")
palette = lambda picture: saved(picture.quantize(256, Image.FASTOCTREE), "PNG", compress_type=3)
indexed = palette(drawn)
quad = (10, 5, 3, side - 9, side - 2, side - 4, side - 20, 30)
rgba = photo.convert("RGBA")
works = [
    ("JPEG encode, quality 90", lambda: saved(photo, "JPEG", quality=90)),
    ("JPEG decode", lambda: load(jpeg)),
    ("PNG encode, 24 bits, drawn", lambda: saved(drawn, "PNG")),
    ("PNG encode, 24 bits, photograph", lambda: saved(photo, "PNG")),
    ("PNG decode, 24 bits, drawn", lambda: load(png)),
    ("palette and PNG encode, drawn", lambda: palette(drawn)),
    ("palette and PNG encode, photograph", lambda: palette(photo)),
    ("PNG decode, palette, to RGB", lambda: Image.open(io.BytesIO(indexed)).convert("RGB")),
    ("warp, bilinear", lambda: photo.transform((side, side), Image.QUAD, quad, Image.BILINEAR)),
    ("warp, bicubic", lambda: photo.transform((side, side), Image.QUAD, quad, Image.BICUBIC)),
    ("scale, bilinear", lambda: photo.transform((side, side), Image.EXTENT, (10, 5, side * .8, side * .7), Image.BILINEAR)),
    ("scale, bicubic", lambda: photo.transform((side, side), Image.EXTENT, (10, 5, side * .8, side * .7), Image.BICUBIC)),
]
for name, work in works:
    best = 1e9
    for _ in range(runs):
        start = time.perf_counter(); work(); best = min(best, time.perf_counter() - start)
    result = work()
    print("%s|%.3f|%s" % (name, best * 1000, len(result) if isinstance(result, bytes) else ""))
`;

/** The photograph: Europe out of the world map, enlarged. */
async function photograph(side: number): Promise<RasterView> {
  const world = withChannels(await decode(new Uint8Array(readFileSync(WORLD))), 3);
  const part = windowOf(world, world.width >> 1, world.height >> 3, [256, 256]);
  const corners = [0, 0, 0, 250, 250, 250, 250, 0];
  const quads = [{ x: 0, y: 0, width: side, height: side, corners }];
  return warpQuads(part, { size: [side, side], quads, resampling: "bicubic" });
}

/** Flat areas with antialiased edges. */
function drawing(side: number): RasterView {
  const view = newView([side, side], 3);
  view.data.fill(238);
  for (let n = 0; n < side / 8; n++) {
    const [cx, cy, radius] = [(n * 977) % side, (n * 613) % side, 4 + ((n * 37) % 40)];
    const color = [(n * 53) % 256, (n * 91) % 256, (n * 29) % 256];
    for (let y = Math.max(0, cy - radius); y < Math.min(side, cy + radius); y++) {
      for (let x = Math.max(0, cx - radius); x < Math.min(side, cx + radius); x++) {
        const cover = Math.min(1, Math.max(0, radius - Math.hypot(x - cx, y - cy)));
        const at = (y * side + x) * 3;
        for (let c = 0; c < 3; c++) {
          view.data[at + c] = view.data[at + c]! * (1 - cover) + color[c]! * cover;
        }
      }
    }
  }
  return view;
}

function best(runs: number, work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs + 10; i++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

async function works(photo: RasterView, drawn: RasterView, side: number) {
  const palette = imageOptions({ format: "png", colors: 256 });
  const jpeg = encodeJpeg(photo, 90);
  const png = encodePng(drawn);
  const indexed = (await encode(drawn, palette)).bytes;
  const paletted = (view: RasterView) => {
    const made = encodeDrawing({ kind: "view", view }, palette);
    return "bytes" in made ? made.bytes : undefined;
  };
  const warp = (corners: number[], resampling: "bilinear" | "bicubic") => {
    const quads = [{ x: 0, y: 0, width: side, height: side, corners }];
    return warpQuads(photo, { size: [side, side], quads, resampling });
  };
  const skew = [10, 5, 3, side - 9, side - 2, side - 4, side - 20, 30];
  const [right, bottom] = [side * 0.8, side * 0.7];
  const extent = [10, 5, 10, bottom, right, bottom, right, 5];
  return [
    () => encodeJpeg(photo, 90),
    () => decodeJpeg(jpeg),
    () => encodePng(drawn),
    () => encodePng(photo),
    () => decodePng(png),
    () => paletted(drawn),
    () => paletted(photo),
    () => decodePng(indexed),
    () => warp(skew, "bilinear"),
    () => warp(skew, "bicubic"),
    () => warp(extent, "bilinear"),
    () => warp(extent, "bicubic"),
  ];
}

const rows: string[] = [];
for (const side of [256, 1024]) {
  const runs = side === 256 ? 60 : 12;
  const [photo, drawn] = [await photograph(side), drawing(side)];
  const folder = mkdtempSync(join(tmpdir(), "codecs-"));
  writeFileSync(join(folder, "photo.raw"), samplesOf(photo));
  writeFileSync(join(folder, "drawn.raw"), samplesOf(drawn));
  const pillow = spawnSync(
    process.env.PYTHON ?? "/usr/bin/python3",
    ["-c", PILLOW, String(side), String(runs), folder],
    {
      encoding: "utf8",
    },
  );
  rmSync(folder, { recursive: true });
  if (pillow.status !== 0) throw new Error(`Cannot run Pillow: ${pillow.stderr}`);
  const theirs = pillow.stdout.trim().split("\n");
  for (const [i, work] of (await works(photo, drawn, side)).entries()) {
    const [name = "", time = "", bytes = ""] = theirs[i]!.split("|");
    const ours = best(runs, work);
    const made = work();
    const size = made instanceof Uint8Array && bytes ? ` ${(made.length / 1024).toFixed(1)}` : "";
    const their = bytes ? ` ${(Number(bytes) / 1024).toFixed(1)}` : "";
    const ratio = (Number(time) / ours).toFixed(2);
    rows.push(
      `| ${name} | ${side}² | ${Number(time).toFixed(2)} | ${ours.toFixed(2)} | ${ratio} |${their} |${size} |`,
    );
    console.log(rows.at(-1));
  }
}
if (process.argv.includes("--write")) {
  const text = readFileSync(README, "utf8");
  const [before = "", after = ""] = [text.split(START)[0], text.split(END)[1]];
  const head =
    "| | pixels | Pillow ms | Rhumb ms | times as fast | Pillow KiB | Rhumb KiB |\n|---|---|---|---|---|---|---|";
  writeFileSync(README, `${before}${START}\n${head}\n${rows.join("\n")}\n${END}${after}`);
}
