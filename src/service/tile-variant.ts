/** Tiles in another format than they are stored in, for clients that say that they want it. */
import { Lru } from "../core/lru.ts";
import { toBytes } from "../image/codec.ts";
import { sniff } from "../image/peek.ts";
import type { ServiceDeps } from "../model/define.ts";
import type { LayerMetadata } from "../model/metadata.ts";
import type { OutgoingTile } from "./tile-picture.ts";

const WEBP = "image/webp";

/** Bytes of all kept variants together. */
const KEPT_BYTES = 2 ** 24;

/** Whether answers for a layer depend on `Accept`. */
export function isNegotiated({ acceptFormats }: Pick<LayerMetadata, "acceptFormats">): boolean {
  return acceptFormats?.includes(WEBP) ?? false;
}

/** Whether a client prefers WebP: it says so by name, as browsers do; `*` is no wish. */
export function wantsWebp(headers: Headers): boolean {
  const accept = headers.get("accept") ?? "";
  return /\bimage\/webp\b(?!\s*;\s*q=0(?:\.0{1,3})?\s*(?:,|$))/i.test(accept);
}

/**
 * Turns tiles into WebP, each once as long as it is kept.
 *
 * @returns a function that takes the key under which the tile is known: equal keys are equal bytes
 */
export function webpVariants(
  deps: Pick<ServiceDeps, "imageOptions">,
): (tile: OutgoingTile, key: string, size: readonly [number, number]) => Promise<OutgoingTile> {
  const kept = new Lru<string, Uint8Array>(KEPT_BYTES);
  const wanted = deps.imageOptions(WEBP, undefined);
  return async (tile, key, size) => {
    let bytes = kept.get(key);
    if (!bytes) {
      const format = sniff(tile.bytes) ?? "png";
      const picture = { kind: "encoded", bytes: tile.bytes, format } as const;
      const options = deps.imageOptions(`image/${format}`, undefined);
      bytes = (await toBytes({ picture, options }, wanted, size)).bytes;
      kept.set(key, bytes, bytes.length + key.length);
    }
    return { ...tile, bytes, type: WEBP };
  };
}
