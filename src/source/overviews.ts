import type { RasterView } from "../image/picture.ts";

/** Overviews end when a picture is this small: half of it would save nothing. */
const SMALLEST = 256;

/**
 * The picture, and smaller ones of half, a quarter, … of its size: drawing it small from the full
 * pixels would show only every nth of them.
 */
export function buildOverviews(full: RasterView): RasterView[] {
  const views = [full];
  for (let view = full; Math.max(view.width, view.height) > SMALLEST; ) {
    view = halve(view);
    views.push(view);
  }
  return views;
}

/**
 * A view of half the size, odd sizes rounded up: each pixel is the mean of up to four. Colors count
 * by their alpha, so that what is not seen does not shine through.
 */
export function halve(view: RasterView): RasterView {
  const width = Math.ceil(view.width / 2);
  const height = Math.ceil(view.height / 2);
  const { channels, data, stride } = view;
  const colors = channels % 2 === 0 ? channels - 1 : channels;
  const half = new Uint8Array(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const top = view.offset + 2 * y * stride;
    // the last row or column of an odd size counts twice
    const below = 2 * y + 1 < view.height ? stride : 0;
    for (let x = 0; x < width; x++, to += channels) {
      const a = top + 2 * x * channels;
      const b = 2 * x + 1 < view.width ? a + channels : a;
      const c = a + below;
      const d = b + below;
      if (colors === channels) {
        for (let i = 0; i < channels; i++) {
          half[to + i] = (data[a + i]! + data[b + i]! + data[c + i]! + data[d + i]! + 2) >> 2;
        }
        continue;
      }
      const wa = data[a + colors]!;
      const wb = data[b + colors]!;
      const wc = data[c + colors]!;
      const wd = data[d + colors]!;
      const weight = wa + wb + wc + wd;
      half[to + colors] = (weight + 2) >> 2;
      if (weight === 0) continue;
      for (let i = 0; i < colors; i++) {
        const sum = data[a + i]! * wa + data[b + i]! * wb + data[c + i]! * wc + data[d + i]! * wd;
        half[to + i] = Math.round(sum / weight);
      }
    }
  }
  return { width, height, channels, data: half, offset: 0, stride: width * channels };
}
