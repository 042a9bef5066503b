/** Palette entries (RGBA) and the index of every pixel. */
export interface Reduced {
  readonly palette: Uint8Array;
  readonly indices: Uint8Array;
}

/** Slots of the hash table; four times the entries keep its chains short. */
const SLOTS = 1024;

/**
 * The palette of a picture that has at most `limit` (up to 256) colors, in the order of their appearance.
 *
 * @param pixels RGBA in 32-bit words
 * @returns `undefined` if there are more
 */
export function exactPalette(pixels: Uint32Array, limit: number): Reduced | undefined {
  const indices = new Uint8Array(pixels.length);
  const entries = new Uint32Array(limit);
  const slots = new Int16Array(SLOTS).fill(-1);
  let count = 0;
  let last = 0;
  let index = -1;
  for (let i = 0; i < pixels.length; i++) {
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
    indices[i] = index;
  }
  return { palette: new Uint8Array(entries.slice(0, count).buffer), indices };
}
