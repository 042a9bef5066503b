import type { ServiceDeps } from "../model/define.ts";
import type { LayerMetadata } from "../model/metadata.ts";
import { setTags } from "./cache-tags.ts";
import {
  type CachePolicy,
  cachedResponse,
  isNotModified,
  policyOf,
  tileValidators,
} from "./caching.ts";
import { respond } from "./responses.ts";
import type { OutgoingTile } from "./tile-picture.ts";
import { isNegotiated, wantsWebp, webpVariants } from "./tile-variant.ts";

/** What layers say of how their tiles are sent. */
export type SendingOptions = Pick<LayerMetadata, "maxAge" | "acceptFormats">;

/** Which tile is sent. */
export interface SentTile {
  readonly metadata: SendingOptions;
  /** Names the tile: two of one name and one entity tag are the same bytes. */
  name(): string;
  /** By which shared caches forget it. */
  tags(): readonly string[];
  /** Pixels. */
  readonly size: readonly [width: number, height: number];
}

/** What holds for a tile of several layers: the shortest time, and the formats that all of them allow. */
export function sentTogether(layers: readonly SendingOptions[]): SendingOptions {
  const ages = layers.flatMap(({ maxAge }) => maxAge ?? []);
  const [first, ...others] = layers;
  return {
    maxAge: ages.length > 0 ? Math.min(...ages) : undefined,
    acceptFormats: first?.acceptFormats?.filter((format) =>
      others.every(({ acceptFormats }) => acceptFormats?.includes(format)),
    ),
  };
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
  const isPublic = !authorizer.restricts;
  const policies = new Map<number | undefined, CachePolicy>();
  /** One for all tiles of the same age: {@linkcode cachedResponse} knows it again. */
  const policyFor = ({ maxAge }: SendingOptions): CachePolicy => {
    const policy = policies.get(maxAge) ?? policyOf(deps, { maxAge, isPublic });
    policies.set(maxAge, policy);
    return policy;
  };
  return async (out, sent, asked) => {
    const { metadata } = sent;
    const isVaried = isNegotiated(metadata);
    const headers = isVaried ? { vary: "Accept" } : {};
    if (!out.cacheable) return respond(out.bytes, out.type, { noCache: true, headers });

    const asWebp = isVaried && out.type !== "image/webp" && wantsWebp(asked);
    let validators = tileValidators(out, platform.clock.now());
    if (asWebp) validators = { etag: `${validators.etag}-webp`, modified: validators.modified };
    // Nothing is encoded for a client that has it already.
    const isEncoded = asWebp && !isNotModified(asked, validators);
    const body = isEncoded
      ? await toWebp(out, `${sent.name()} ${validators.etag}`, sent.size)
      : out;
    const policy = policyFor(metadata);
    const about = { type: body.type, validators, policy, isStale: out.isStale };
    const response = cachedResponse(body.bytes, about, asked);
    if (isVaried) response.headers.set("vary", "Accept");
    if (deps.sharing.hasTags) setTags(response.headers, sent.tags());
    return response;
  };
}
