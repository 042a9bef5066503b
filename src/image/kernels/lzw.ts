/** Codes have at most 12 bits in both formats. */
const MAX_BITS = 12;

const SLOTS = 1 << 14;

/** In which order bits fill bytes, and when codes grow. */
export interface LzwOptions {
  /** Bits of the data symbols: 8 for bytes, 2 to 8 for GIF. */
  readonly bits: number;
  /** GIF fills bytes from the lowest bit; TIFF from the highest, and widens codes one step early. */
  readonly format: "gif" | "tiff";
}

/** Lempel-Ziv-Welch codes of `data` (GIF89a, appendix F; TIFF 6.0, 13). */
export function lzw(data: Uint8Array, { bits, format }: LzwOptions): Uint8Array {
  const clear = 1 << bits;
  const early = format === "tiff" ? 1 : 0;
  const limit = (1 << MAX_BITS) - 2 * early;
  const out = bitWriter(format, data.length);
  const keys = new Int32Array(SLOTS);
  const codes = new Int16Array(SLOTS);
  let next = clear + 2;
  let width = bits + 1;
  const grow = () => {
    // The reader learns an entry one code later than the writer.
    if (next + early === 1 << width && width < MAX_BITS) width++;
    next++;
  };

  keys.fill(-1);
  out.write(clear, width);
  let prefix = data[0] ?? 0;
  for (let i = 1; i < data.length; i++) {
    const symbol = data[i]!;
    const key = (prefix << 8) | symbol;
    let slot = (Math.imul(key, 0x9e3779b1) >>> 18) & (SLOTS - 1);
    while (keys[slot] !== key && keys[slot] !== -1) slot = (slot + 1) & (SLOTS - 1);
    if (keys[slot] === key) {
      prefix = codes[slot]!;
      continue;
    }
    out.write(prefix, width);
    keys[slot] = key;
    codes[slot] = next;
    grow();
    if (next >= limit) {
      out.write(clear, width);
      keys.fill(-1);
      next = clear + 2;
      width = bits + 1;
    }
    prefix = symbol;
  }
  if (data.length > 0) {
    out.write(prefix, width);
    grow();
  }
  out.write(clear + 1, width);
  return out.bytes();
}

function bitWriter(format: "gif" | "tiff", expected: number) {
  let buffer = new Uint8Array(Math.max(64, expected >> 1));
  let length = 0;
  let pending = 0;
  let count = 0;
  const push = (byte: number) => {
    if (length === buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
    buffer[length++] = byte;
  };
  return {
    write(code: number, width: number): void {
      if (format === "gif") {
        pending |= code << count;
        count += width;
        for (; count >= 8; count -= 8, pending >>>= 8) push(pending & 255);
      } else {
        pending = (pending << width) | code;
        count += width;
        for (; count >= 8; count -= 8) push((pending >>> (count - 8)) & 255);
        pending &= (1 << count) - 1;
      }
    },
    bytes(): Uint8Array {
      if (count > 0) push(format === "gif" ? pending & 255 : (pending << (8 - count)) & 255);
      return buffer.subarray(0, length);
    },
  };
}
