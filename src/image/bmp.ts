import type { RasterView } from "./picture.ts";
import { withChannels } from "./view.ts";

const HEAD = 54;

/** An uncompressed Windows bitmap: 24 bits a pixel, or 32 with alpha. */
export function encodeBmp(view: RasterView): Uint8Array {
  const channels = view.channels % 2 === 0 ? 4 : 3;
  const { width, height, data, offset, stride } = withChannels(view, channels);
  // Rows fill whole words and go from the bottom up.
  const rowBytes = Math.ceil((width * channels) / 4) * 4;
  const file = new Uint8Array(HEAD + rowBytes * height);
  const head = new DataView(file.buffer);
  head.setUint16(0, 0x424d);
  head.setUint32(2, file.length, true);
  head.setUint32(10, HEAD, true);
  head.setUint32(14, 40, true);
  head.setInt32(18, width, true);
  head.setInt32(22, height, true);
  head.setUint16(26, 1, true);
  head.setUint16(28, channels * 8, true);
  head.setUint32(34, rowBytes * height, true);
  for (let y = 0; y < height; y++) {
    let from = offset + y * stride;
    let to = HEAD + (height - 1 - y) * rowBytes;
    for (let x = 0; x < width; x++, from += channels, to += channels) {
      file[to] = data[from + 2]!;
      file[to + 1] = data[from + 1]!;
      file[to + 2] = data[from]!;
      if (channels === 4) file[to + 3] = data[from + 3]!;
    }
  }
  return file;
}
