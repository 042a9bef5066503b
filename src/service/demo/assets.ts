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
 */
export function assetAnswer(name: string, version: string): Response {
  const asset = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (!asset) return respond("file not found", "text/plain", { status: 404 });
  const body = asset.isBase64 ? fromBase64(asset.text) : asset.text;
  const isExact = version === `v=${asset.hash}`;
  return respond(body, asset.type, {
    headers: { "cache-control": isExact ? FOREVER : AN_HOUR },
  });
}

/** URL of an asset below the mount that changes with its content: `demo/static/site.css?v=…`. */
export function assetUrl(name: string): string {
  return `demo/static/${name}?v=${assets[name]?.hash ?? ""}`;
}
