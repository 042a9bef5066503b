// `node:crypto` is the same module on all four runtimes; WebCrypto has no MD5 and is asynchronous.
import { createHash, timingSafeEqual } from "node:crypto";

/** MD5 in lower-case hex: for names that must match what other programs wrote, never for secrets. */
export function md5Hex(data: string | Uint8Array): string {
  return createHash("md5").update(data).digest("hex");
}

/** SHA-1 in lower-case hex. */
export function sha1Hex(data: string | Uint8Array): string {
  return createHash("sha1").update(data).digest("hex");
}

/** SHA-256 in lower-case hex. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Whether two secrets are the same, in a time that tells nothing of where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
