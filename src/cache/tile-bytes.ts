import { CacheError, RhumbError } from "../core/errors.ts";
import type { ImageOptions } from "../image/options.ts";
import { sniff } from "../image/peek.ts";
import type { ImageFormat } from "../image/picture.ts";
import type { StoredTile } from "../model/cache.ts";

/**
 * Largest tile that is read from a store, in bytes. A tile of 4096 x 4096 pixels stays far below;
 * what is larger is a mistake or an attack.
 */
export const MAX_TILE_BYTES = 64 * 1024 * 1024;

/**
 * A tile from the bytes that a store held. An empty one is no tile: it is what remains of a write
 * when the power fails.
 *
 * @param timestamp ms since 1970, or `undefined` if the store does not know
 */
export function storedTile(
  bytes: Uint8Array | undefined,
  image: ImageOptions,
  timestamp: number | undefined,
): StoredTile | undefined {
  if (!bytes || bytes.length === 0) return undefined;
  return { bytes, format: formatOf(bytes, image), timestamp };
}

/** What the bytes are; tiles of tile sources are stored as they came, whatever the cache's format. */
function formatOf(bytes: Uint8Array, image: ImageOptions): ImageFormat {
  const seen = sniff(bytes);
  if (seen !== undefined) return seen;
  return image.format === undefined || image.format === "mixed" ? "png" : image.format;
}

/** File name extension of the tiles, without dot: `png`, `jpeg`, `mixed`. */
export function extensionOf(image: ImageOptions): string {
  if (image.format === "mixed") return "mixed";
  const subtype = /^[^/]*\/([^;\s]+)/.exec(image.mime)?.[1];
  return subtype ?? image.format ?? "png";
}

/**
 * Result of `work`, which does `action` ("read tile").
 *
 * @throws CacheError for any failure but Rhumb's own errors, which pass
 */
export async function guarded<T>(
  cache: string,
  action: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RhumbError) throw cause;
    throw new CacheError(cache, action, cause);
  }
}
