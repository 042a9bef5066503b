import type { Bucket } from "../../platform/platform.ts";
import type { R2Bucket } from "./bindings.ts";

/** A bucket of R2 as caches see it. */
export function r2Bucket(bucket: R2Bucket): Bucket {
  return {
    async get(key) {
      const object = await bucket.get(key);
      if (!object) return undefined;
      return {
        bytes: new Uint8Array(await object.arrayBuffer()),
        modified: object.uploaded.getTime(),
        etag: object.httpEtag,
      };
    },
    async put(key, bytes, contentType) {
      // R2 replaces an object as a whole: a reader sees the old bytes or the new.
      await bucket.put(key, bytes, { httpMetadata: { contentType } });
    },
    delete: (key) => bucket.delete(key),
    async *list(prefix) {
      let cursor: string | undefined;
      do {
        const page = await bucket.list({ prefix, ...(cursor !== undefined && { cursor }) });
        for (const { key } of page.objects) yield key;
        cursor = page.truncated ? page.cursor : undefined;
      } while (cursor !== undefined);
    },
  };
}
