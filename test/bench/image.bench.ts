/**
 * Medians of the picture kernels, in ms, at 256 and 1024 pixels. Run with `bun test/bench/image.bench.ts`.
 */
import { quantize } from "../../src/image/indexed.ts";
import { compose } from "../../src/image/kernels/compose.ts";
import { warpQuads } from "../../src/image/kernels/warp.ts";
import type { RasterView } from "../../src/image/picture.ts";
import { decodePng } from "../../src/image/png-decode.ts";
import { encodeIndexedPng, encodePng } from "../../src/image/png-encode.ts";
import { newView, withChannels } from "../../src/image/view.ts";
import { fixture, seeded } from "../pictures.ts";

/** A fixture repeated, each time a little brighter, so that the whole is as varied as a large picture. */
function enlarge(tile: RasterView, side: number): RasterView {
  const random = seeded(1);
  const shifts = Array.from({ length: 64 }, () => Math.floor(random() * 24));
  const view = newView([side, side], 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const shift = shifts[((y >> 7) * 8 + (x >> 7)) & 63]!;
      for (let c = 0; c < 3; c++) {
        const from = ((y & 127) * tile.width + (x & 127)) * 3 + c;
        view.data[(y * side + x) * 3 + c] = Math.max(0, tile.data[from]! - shift);
      }
    }
  }
  return view;
}

function median(work: () => unknown, runs: number): number {
  for (let i = 0; i < 5; i++) work();
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[runs >> 1]!;
}

const reduction = { colors: 256, transparent: false, quantizer: undefined };
for (const side of [256, 1024]) {
  const runs = side === 256 ? 60 : 15;
  for (const name of ["map", "aerial"]) {
    const view = enlarge(decodePng(await fixture(`quantize-${name}.png`)), side);
    const rgba = withChannels(view, 4);
    const png = encodePng(rgba);
    const reduced = quantize(view, reduction);
    const faded = newView([side, side], 4, rgba.data.slice());
    for (let i = 3; i < faded.data.length; i += 4) faded.data[i] = (i >> 4) & 255;
    const opaque = newView([side, side], 4, rgba.data.slice());
    const translucent = newView([side, side], 4, faded.data.slice());
    const far = side * 0.97;
    const corners = [side * 0.02, 1, 3, far, far, side - 2, side - 1, side * 0.03];
    const quad = { x: 0, y: 0, width: side, height: side, corners };
    const works = {
      "decode png rgba": () => decodePng(png),
      "encode png rgba": () => encodePng(rgba),
      quantize: () => quantize(view, reduction),
      "encode png palette": () => encodeIndexedPng(reduced),
      "warp bilinear": () =>
        warpQuads(view, { size: [side, side], quads: [quad], resampling: "bilinear" }),
      "warp bicubic": () =>
        warpQuads(view, { size: [side, side], quads: [quad], resampling: "bicubic" }),
      "over opaque": () => compose(opaque, faded, { kind: "over" }),
      "over translucent": () => compose(translucent, faded, { kind: "over" }),
    };
    for (const [what, work] of Object.entries(works)) {
      console.log(`${name} ${side}  ${what.padEnd(20)} ${median(work, runs).toFixed(2)} ms`);
    }
    console.log(
      `${name} ${side}  bytes: rgba ${png.length}, palette ${encodeIndexedPng(reduced).length}`,
    );
  }
}
