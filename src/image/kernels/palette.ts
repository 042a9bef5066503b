/** Palette entries (RGBA) and the index of every pixel. */
export interface Reduced {
  readonly palette: Uint8Array;
  readonly indices: Uint8Array;
}

/** Slots of the hash table; four times the entries keep its chains short. */
const SLOTS = 1024;

/** Where indices go: rows of `width`, the first at `start` of `into`, `stride` bytes apart. */
export interface IndexRows {
  readonly into: Uint8Array;
  readonly start: number;
  readonly stride: number;
  readonly width: number;
}

/**
 * The palette of a picture that has at most `limit` (up to 256) colors, in the order of their appearance; the index of
 * each pixel goes to `rows`.
 *
 * @param pixels RGBA in 32-bit words
 * @returns RGBA entries; `undefined` if there are more colors
 */
export function exactPalette(
  pixels: Uint32Array,
  limit: number,
  { into, start, stride, width }: IndexRows,
): Uint8Array | undefined {
  const entries = new Uint32Array(limit);
  const slots = new Int16Array(SLOTS).fill(-1);
  let count = 0;
  let last = 0;
  let index = -1;
  let to = start;
  for (let i = 0; i < pixels.length; to += stride - width) {
    for (const end = i + width; i < end; i++, to++) {
      const pixel = pixels[i]!;
      // Most pixels of a map equal their neighbour.
      if (pixel !== last || index < 0) {
        let slot = (Math.imul(pixel, 0x9e3779b1) >>> 22) & (SLOTS - 1);
        index = slots[slot]!;
        while (index >= 0 && entries[index] !== pixel) {
          slot = (slot + 1) % SLOTS;
          index = slots[slot]!;
        }
        if (index < 0) {
          if (count === limit) return undefined;
          index = count++;
          slots[slot] = index;
          entries[index] = pixel;
        }
        last = pixel;
      }
      into[to] = index;
    }
  }
  return new Uint8Array(entries.slice(0, count).buffer);
}
