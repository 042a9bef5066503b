import { ImageError } from "../../core/errors.ts";
import type { RasterView } from "../picture.ts";
import { hasEndMarker } from "./jpeg-markers.ts";

/** What of photon's module is used, by the conventions of wasm-bindgen. Addresses are bytes into `memory`. */
interface PhotonExports {
  readonly memory: WebAssembly.Memory;
  __wbindgen_start(): void;
  __wbindgen_malloc(length: number, alignment: number): number;
  __wbindgen_free(at: number, length: number, alignment: number): void;
  /** Takes over the bytes; answers a picture. Traps on bytes that it cannot decode. */
  photonimage_new_from_byteslice(at: number, length: number): number;
  photonimage_get_width(picture: number): number;
  photonimage_get_height(picture: number): number;
  /** Address and length of a copy of the RGBA samples. */
  photonimage_get_raw_pixels(picture: number): [at: number, length: number];
  __wbg_photonimage_free(picture: number, unused: number): void;
}

/** An instance whose memory has grown beyond this many bytes is not kept: memory never shrinks. */
const KEPT_MEMORY = 32 * 1024 * 1024;

let instance: PhotonExports | undefined;

/**
 * Decodes what no kernel of ours does (progressive JPEG, TIFF, GIF, BMP and other formats of photon's) to RGBA.
 *
 * Photon is loaded with the first call. Its decoders trap on bytes they cannot read and leave their stack as it is; after
 * some ten thousand such pictures photon's own instance answers no more. So here it runs in an
 * instance of our own, which is thrown away after a trap.
 *
 * @throws ImageError if the bytes cannot be decoded, or are a JPEG that is cut off
 */
export async function decodeWithPhoton(bytes: Uint8Array): Promise<RasterView> {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && !hasEndMarker(bytes)) {
    // photon would fill up with grey
    throw new ImageError("Cannot decode JPEG: ends before its end marker");
  }
  const { photonWasmModule } = await import("@cf-wasm/photon");
  if (!photonWasmModule) {
    throw new ImageError(
      "Cannot decode progressive JPEG, TIFF, GIF or BMP: photon is left out here",
    );
  }
  instance ??= instantiate(photonWasmModule);
  const photon = instance;
  try {
    return decodeIn(photon, bytes);
  } catch (cause) {
    instance = undefined;
    throw new ImageError("Cannot decode picture: unknown format, cut off or corrupt", { cause });
  } finally {
    if (photon.memory.buffer.byteLength > KEPT_MEMORY) instance = undefined;
  }
}

/** An instance without the functions of a browser; the decoders need none of them but to report a panic. */
function instantiate(module: WebAssembly.Module): PhotonExports {
  const imports: Record<string, Record<string, () => void>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = name.includes("init_externref_table")
      ? () => undefined
      : () => {
          throw new ImageError(`photon called ${name}`);
        };
  }
  const photon = new WebAssembly.Instance(module, imports).exports as unknown as PhotonExports;
  photon.__wbindgen_start();
  return photon;
}

function decodeIn(photon: PhotonExports, bytes: Uint8Array): RasterView {
  const from = photon.__wbindgen_malloc(bytes.length, 1) >>> 0;
  new Uint8Array(photon.memory.buffer).set(bytes, from);
  const picture = photon.photonimage_new_from_byteslice(from, bytes.length);
  const width = photon.photonimage_get_width(picture) >>> 0;
  const height = photon.photonimage_get_height(picture) >>> 0;
  const [at, length] = photon.photonimage_get_raw_pixels(picture);
  const data = new Uint8Array(photon.memory.buffer).slice(at >>> 0, (at >>> 0) + length);
  photon.__wbindgen_free(at, length, 1);
  photon.__wbg_photonimage_free(picture, 0);
  return { width, height, channels: 4, data, offset: 0, stride: width * 4 };
}
