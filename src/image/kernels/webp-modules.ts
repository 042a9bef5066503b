import { readFile } from "node:fs/promises";

/** Compiles the decoder of `@jsquash/webp`. The counterpart for Workers is `webp-modules.workerd.ts`. */
export function webpDecoder(): Promise<WebAssembly.Module> {
  return compile("@jsquash/webp/codec/dec/webp_dec.wasm");
}

/** Compiles the encoder of `@jsquash/webp`, with SIMD. */
export function webpEncoder(): Promise<WebAssembly.Module> {
  return compile("@jsquash/webp/codec/enc/webp_enc_simd.wasm");
}

async function compile(specifier: string): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(await readFile(new URL(import.meta.resolve(specifier))));
}
