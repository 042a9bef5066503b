import { sha1Hex } from "../../core/hash.ts";

/** Longest name that is spelled out; longer ones end in a hash. File systems end at 255 bytes. */
const MAX_LENGTH = 120;

/**
 * File name for a lock: letters, digits, `-`, `_` and inner dots as they are, anything else as
 * `%XX`. Two names never share a file; `~` stands only before the hash of a long one.
 *
 * @example lockFileName("mbtiles-0af3-4-5-3") // "mbtiles-0af3-4-5-3"
 */
export function lockFileName(name: string): string {
  let encoded = "";
  for (const byte of new TextEncoder().encode(name)) {
    const char = String.fromCharCode(byte);
    const plain = /[\w-]/.test(char) || (char === "." && encoded !== "");
    encoded += plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  if (encoded.length > 0 && encoded.length <= MAX_LENGTH) return encoded;
  return `${encoded.slice(0, MAX_LENGTH - 41)}~${sha1Hex(name)}`;
}
