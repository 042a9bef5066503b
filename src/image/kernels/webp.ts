import { webpDecoder, webpEncoder } from "#webp";
import { ImageError } from "../../core/errors.ts";
import type { RasterView } from "../picture.ts";
import { samplesOf, withChannels } from "../view.ts";

/** Settings of libwebp, all of which have to be given; these are Pillow's, which are the library's. */
const SETTINGS = {
  target_size: 0,
  target_PSNR: 0,
  method: 4,
  sns_strength: 50,
  filter_strength: 60,
  filter_sharpness: 0,
  filter_type: 1,
  partitions: 0,
  segments: 4,
  pass: 1,
  show_compressed: 0,
  preprocessing: 0,
  autofilter: 0,
  partition_limit: 0,
  alpha_compression: 1,
  alpha_filtering: 1,
  alpha_quality: 100,
  exact: 0,
  image_hint: 0,
  emulate_jpeg_size: 0,
  thread_level: 0,
  low_memory: 0,
  near_lossless: 100,
  use_delta_palette: 0,
  use_sharp_yuv: 0,
};

/** Longest side of a WebP picture (RFC 9649, 2.5). */
const MAX_SIDE = 16383;

/** An instance whose memory has grown beyond this many bytes is not kept: memory never shrinks. */
const KEPT_MEMORY = 48 * 1024 * 1024;

interface Encoder {
  encode(data: Uint8Array, width: number, height: number, settings: object): Uint8Array | null;
}

interface Decoder {
  decode(data: Uint8Array): Pick<ImageData, "data" | "width" | "height"> | null;
}

/** A codec and the memory it runs in. */
interface Loaded<Codec> {
  readonly codec: Codec;
  readonly memory: WebAssembly.Memory;
}

let encoder: Loaded<Encoder> | undefined;
let decoder: Loaded<Decoder> | undefined;

/**
 * Encodes pixels as WebP (RFC 9649). Alpha is kept; the color of wholly transparent pixels is not.
 *
 * @param quality 0 to 100; of lossless pictures it is the effort
 * @throws ImageError if the format has no room for the size
 */
export async function encodeWebp(
  view: RasterView,
  { quality, lossless }: { readonly quality: number; readonly lossless: boolean },
): Promise<Uint8Array> {
  const { width, height } = view;
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw new ImageError(
      `Cannot encode ${width}x${height} pixels as WebP: sides are 1 to ${MAX_SIDE}`,
    );
  }
  // Only what has been resolved is kept: on Workers requests must not wait for each other's promises.
  encoder ??= await load<Encoder>(
    import("@jsquash/webp/codec/enc/webp_enc_simd.js"),
    await webpEncoder(),
  );
  const { codec, memory } = encoder;
  const pixels = samplesOf(withChannels(view, 4));
  try {
    const settings = { ...SETTINGS, quality, lossless: lossless ? 1 : 0 };
    const bytes = codec.encode(pixels, width, height, settings);
    if (!bytes) throw new TypeError("no bytes");
    return bytes;
  } catch (cause) {
    encoder = undefined;
    throw new ImageError(`Cannot encode ${width}x${height} pixels as WebP`, { cause });
  } finally {
    if (memory.buffer.byteLength > KEPT_MEMORY) encoder = undefined;
  }
}

/**
 * Decodes a still WebP picture to RGBA.
 *
 * @throws ImageError if it is none, cut off, corrupt or animated
 */
export async function decodeWebp(bytes: Uint8Array): Promise<RasterView> {
  decoder ??= await load<Decoder>(
    import("@jsquash/webp/codec/dec/webp_dec.js"),
    await webpDecoder(),
  );
  const { codec, memory } = decoder;
  try {
    const picture = codec.decode(bytes);
    if (!picture) throw new TypeError("no pixels");
    const { width, height } = picture;
    const data = new Uint8Array(picture.data.buffer, picture.data.byteOffset, width * height * 4);
    return { width, height, channels: 4, data, offset: 0, stride: width * 4 };
  } catch (cause) {
    decoder = undefined;
    throw new ImageError("Cannot decode WebP: unknown kind, cut off or corrupt", { cause });
  } finally {
    if (memory.buffer.byteLength > KEPT_MEMORY) decoder = undefined;
  }
}

/** Starts a codec that Emscripten made, on a module that is compiled already. */
async function load<Codec>(
  factory: Promise<{ default: unknown }>,
  module: WebAssembly.Module,
): Promise<Loaded<Codec>> {
  let memory: WebAssembly.Memory | undefined;
  const start = (await factory).default as (options: object) => Promise<Codec>;
  const codec = await start({
    noInitialRun: true,
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance) => void,
    ): WebAssembly.Exports {
      const instance = new WebAssembly.Instance(module, imports);
      memory = Object.values(instance.exports).find((e) => e instanceof WebAssembly.Memory);
      done(instance);
      return instance.exports;
    },
  });
  if (!memory) throw new TypeError("Cannot find the memory of the WebP codec");
  return { codec, memory };
}
