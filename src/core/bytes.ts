/** One array with the bytes of all `parts`, in order. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two pieces are the same, word by word where they lie so. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  const { length } = a;
  if (length !== b.length) return false;
  let at = 0;
  if ((a.byteOffset | b.byteOffset) % 4 === 0) {
    const words = length >> 2;
    const [x, y] = [a, b].map((part) => new Uint32Array(part.buffer, part.byteOffset, words));
    for (let i = 0; i < words; i++) if (x![i] !== y![i]) return false;
    at = words * 4;
  }
  for (; at < length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/**
 * Differs for nearly all files (FNV-1a, 32 bits): made from their length, their end, where PNG has a checksum, and bytes that lie
 * apart.
 */
export function sampleHash(file: Uint8Array): number {
  const { length } = file;
  let key = (2166136261 ^ length) | 0;
  const step = Math.max(1, length >> 6);
  for (let at = 0; at < length; at += step) key = Math.imul(key ^ file[at]!, 16777619);
  for (let at = Math.max(0, length - 16); at < length; at++)
    key = Math.imul(key ^ file[at]!, 16777619);
  return key;
}

/** Standard base64 with padding (RFC 4648, 4). */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return btoa(text);
}

/** Bytes of standard base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}
