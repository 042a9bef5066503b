import { fromBase64 } from "../../core/bytes.ts";
import type { Platform } from "../../platform/platform.ts";
import { respond } from "../responses.ts";
import { assets as known } from "./dist/manifest.js";

/** Where assets are, below the mount. */
export const ASSETS = "/demo/static/";

const FOREVER = "public, max-age=31536000, immutable";
const AN_HOUR = "public, max-age=3600";

/**
 * What the pages load. Names are looked up, not opened: there is no path to go astray on.
 *
 * @param asked with the query `v=…` that the pages write the answer can be kept for ever; assets are
 *   kept as gzip and sent so if `Accept-Encoding` allows it
 */
export async function assetAnswer(
  name: string,
  asked: { readonly query: string; readonly headers: Headers },
  platform: Pick<Platform, "resource">,
): Promise<Response> {
  const asset = Object.hasOwn(known, name) ? known[name] : undefined;
  const gzip = asset && (await gzipOf(name, platform));
  if (!gzip) return respond("file not found", "text/plain", { status: 404 });
  const accepted = asked.headers.get("accept-encoding") ?? "";
  const isZipped = /(?:^|,)\s*gzip\s*(?:,|$)/i.test(accepted);
  const isExact = asked.query === `v=${asset.hash}`;
  return respond(isZipped ? gzip : await unzip(gzip), asset.type, {
    headers: {
      "cache-control": isExact ? FOREVER : AN_HOUR,
      vary: "Accept-Encoding",
      ...(isZipped && { "content-encoding": "gzip" }),
    },
  });
}

/** What there is in memory, where all of it may be, once somebody looks at a page; else from where the platform has it. */
async function gzipOf(
  name: string,
  platform: Pick<Platform, "resource">,
): Promise<Uint8Array | undefined> {
  const { assets } = await import("#demo-assets");
  const gzip = assets[name]?.gzip;
  return gzip === undefined ? platform.resource(`demo/${name}.gz`) : fromBase64(gzip);
}

async function unzip(gzip: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([gzip as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** URL of an asset below the mount that changes with its content: `demo/static/site.css?v=…`. */
export function assetUrl(name: string): string {
  return `demo/static/${name}?v=${assetHash(name)}`;
}

/** What changes with the content of an asset; empty if there is none. */
export function assetHash(name: string): string {
  return (Object.hasOwn(known, name) && known[name]?.hash) || "";
}
