import type { TileCoord } from "../grid/grid.ts";
import type { ServiceDeps } from "../model/define.ts";
import type { TileLayer } from "../model/layer.ts";
import type { Dimensions } from "../model/source.ts";
import { cachedResponse, isNotModified, tileValidators } from "./caching.ts";
import { respond } from "./responses.ts";
import type { OutgoingTile } from "./tile-picture.ts";
import { isNegotiated, wantsWebp, webpVariants } from "./tile-variant.ts";

/** Which tile is sent. */
export interface SentTile {
  readonly layer: TileLayer;
  /** In the grid's own rows. */
  readonly tile: TileCoord;
  readonly factor: number;
  readonly dimensions: Dimensions;
  /** Pixels. */
  readonly size: readonly [width: number, height: number];
}

/**
 * Makes the answer from a tile: by what its layer says of caches and formats, and by what the client has
 * and wants. `Vary: Accept` is sent only for layers whose answers do vary.
 */
export function tileSender(
  deps: ServiceDeps,
): (out: OutgoingTile, sent: SentTile, asked: Headers) => Promise<Response> {
  const { authorizer, platform } = deps;
  const toWebp = webpVariants(deps);
  return async (out, sent, asked) => {
    const { metadata } = sent.layer;
    const isVaried = isNegotiated(metadata);
    const headers = isVaried ? { vary: "Accept" } : {};
    if (!out.cacheable) return respond(out.bytes, out.type, { noCache: true, headers });

    const asWebp = isVaried && out.type !== "image/webp" && wantsWebp(asked);
    let validators = tileValidators(out, platform.clock.now());
    if (asWebp) validators = { ...validators, etag: `${validators.etag}-webp` };
    // Nothing is encoded for a client that has it already.
    const isEncoded = asWebp && !isNotModified(asked, validators);
    const body = isEncoded ? await toWebp(out, keyOf(sent, validators.etag), sent.size) : out;
    const policy = {
      maxAge: metadata.maxAge ?? deps.maxAge,
      isPublic: !authorizer.restricts,
    };
    const about = {
      type: body.type,
      validators,
      policy,
      isStale: out.isStale,
    };
    const response = cachedResponse(body.bytes, about, asked);
    if (isVaried) response.headers.set("vary", "Accept");
    return response;
  };
}

/** Equal for equal bytes only. */
function keyOf({ layer, tile, factor, dimensions }: SentTile, etag: string): string {
  const { x, y, level } = tile;
  const place = `${level}/${x}/${y}@${factor}`;
  return JSON.stringify([layer.name, layer.grid.name, place, dimensions, etag]);
}
