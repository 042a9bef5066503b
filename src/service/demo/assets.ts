import { fromBase64 } from "../../core/bytes.ts";
import { respond } from "../responses.ts";
import { assets } from "./dist/assets.js";

/** Where assets are, below the mount. */
export const ASSETS = "/demo/static/";

const FOREVER = "public, max-age=31536000, immutable";
const AN_HOUR = "public, max-age=3600";

/**
 * What the pages load. Names are looked up, not opened: there is no path to go astray on.
 *
 * @param version `v=…` as the pages write it: with the right one the answer can be kept for ever
 * @param acceptedEncoding value of `Accept-Encoding`: assets are kept as gzip and sent so if they may
 */
export async function assetAnswer(
  name: string,
  version: string,
  acceptedEncoding: string | null,
): Promise<Response> {
  const asset = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (!asset) return respond("file not found", "text/plain", { status: 404 });
  const gzip = fromBase64(asset.gzip);
  const isZipped = /(?:^|,)\s*gzip\s*(?:,|$)/i.test(acceptedEncoding ?? "");
  const isExact = version === `v=${asset.hash}`;
  return respond(isZipped ? gzip : await unzip(gzip), asset.type, {
    headers: {
      "cache-control": isExact ? FOREVER : AN_HOUR,
      vary: "Accept-Encoding",
      ...(isZipped && { "content-encoding": "gzip" }),
    },
  });
}

async function unzip(gzip: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([gzip]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** URL of an asset below the mount that changes with its content: `demo/static/site.css?v=…`. */
export function assetUrl(name: string): string {
  return `demo/static/${name}?v=${assets[name]?.hash ?? ""}`;
}
