import type { RasterView } from "./picture.ts";

/** The samples that all pixels share, one a channel; `undefined` if they differ. */
export function singleColor(view: RasterView): Uint8Array | undefined {
  const { data, width, height, channels, offset, stride } = view;
  for (let y = 0; y < height; y++) {
    const start = offset + y * stride;
    const end = start + width * channels;
    for (let c = 0; c < channels; c++) {
      const wanted = data[offset + c];
      for (let i = start + c; i < end; i += channels) if (data[i] !== wanted) return undefined;
    }
  }
  return data.slice(offset, offset + channels);
}
