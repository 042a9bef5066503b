import decoder from "@jsquash/webp/codec/dec/webp_dec.wasm";
import encoder from "@jsquash/webp/codec/enc/webp_enc_simd.wasm";

/** The decoder of `@jsquash/webp`: Workers take modules that were compiled before. */
export const webpDecoder = async (): Promise<WebAssembly.Module> => decoder;

/** The encoder of `@jsquash/webp`, with SIMD. */
export const webpEncoder = async (): Promise<WebAssembly.Module> => encoder;
