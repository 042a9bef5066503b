import { AwsV4Signer } from "aws4fetch";
import * as v from "valibot";
import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import { md5Hex } from "../core/hash.ts";
import type { HttpAnswer } from "../http/client.ts";
import type { TileCache } from "../model/cache.ts";
import { type CacheDeps, ConfigFault, defineCache } from "../model/define.ts";
import { cacheEntries } from "../model/options.ts";
import { awsCredentials, awsRegion } from "./aws-credentials.ts";
import { requireLayout } from "./layout.ts";
import { keyPrefix, type ObjectStore, objectCache } from "./object-cache.ts";
import { encodeKey, lastModified, ownContext, patiently, unlessStatus } from "./remote.ts";
import { extensionOf } from "./tile-bytes.ts";

/** Tiles as objects of Amazon S3, or of a store that speaks its protocol. */
export const s3Cache = defineCache({
  type: "s3",
  needs: [],
  options: v.strictObject({
    ...cacheEntries,
    type: v.literal("s3"),
    bucket_name: v.optional(v.string()),
    directory: v.optional(v.string()),
    directory_layout: v.optional(v.string(), "tms"),
    profile_name: v.optional(v.string()),
    region_name: v.optional(v.string()),
    endpoint_url: v.optional(v.string()),
    access_control_list: v.optional(v.string()),
    use_http_get: v.optional(v.boolean()),
    include_grid_name: v.optional(v.boolean()),
  }),
  async create(options, deps): Promise<TileCache> {
    const text = (key: TextOption): string | undefined => {
      const value = options[key] ?? deps.global(`cache.s3.${key}`);
      return typeof value === "string" ? value : undefined;
    };
    const flag = (key: "use_http_get" | "include_grid_name") =>
      (options[key] ?? deps.global(`cache.s3.${key}`)) === true;
    const bucket = text("bucket_name");
    if (!bucket) {
      throw new ConfigFault("bucket_name", `no bucket_name configured for s3 cache ${deps.name}`);
    }
    const profile = text("profile_name");
    const { env } = deps.platform;
    const region = text("region_name") ?? (await awsRegion(profile, deps.platform));
    const endpoint = text("endpoint_url") ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
    const s3: S3 = {
      deps,
      region,
      url: bucketUrl(bucket, region, endpoint),
      credentials: awsCredentials(profile, deps.platform),
    };
    await checkBucket(s3, bucket);
    const directory = keyPrefix(options.directory, deps);
    const withGrid = options.directory !== undefined && flag("include_grid_name");
    const prefix = withGrid ? `${directory}/${deps.grid.name}` : directory;
    return objectCache(
      objectStore(s3, { plainGet: flag("use_http_get"), acl: text("access_control_list") }),
      {
        layout: requireLayout(options.directory_layout),
        prefix,
        lockId: md5Hex(`${prefix}${bucket}`),
      },
      deps,
    );
  },
});

type TextOption =
  | "bucket_name"
  | "profile_name"
  | "region_name"
  | "endpoint_url"
  | "access_control_list";

interface S3 {
  readonly deps: CacheDeps;
  readonly region: string;
  /** Of the bucket, without trailing slash. */
  readonly url: string;
  readonly credentials: ReturnType<typeof awsCredentials>;
}

/** Custom endpoints have the bucket in the path; Amazon's have it in the host name where it can. */
function bucketUrl(bucket: string, region: string, endpoint: string | undefined): string {
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, "")}/${encodeKey(bucket)}`;
  const host = `s3.${region}.amazonaws.com`;
  return /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)
    ? `https://${bucket}.${host}`
    : `https://${host}/${encodeKey(bucket)}`;
}

/**
 * A bucket that is not there or not ours is a fault of the configuration; one that does not
 * answer is no reason not to start.
 */
async function checkBucket(s3: S3, bucket: string): Promise<void> {
  const { deps } = s3;
  try {
    await signed(s3, { method: "HEAD", key: "" }, ownContext(deps));
  } catch (error) {
    const status = error instanceof SourceError ? error.status : undefined;
    if (status === 404) throw new ConfigFault("bucket_name", `No such bucket: ${bucket}`);
    if (status === 403) {
      throw new ConfigFault("bucket_name", "Access denied. Check your credentials");
    }
    deps.log.error("cache-unusable", { cache: deps.name, bucket, error });
  }
}

function objectStore(
  s3: S3,
  { plainGet, acl }: { plainGet: boolean; acl: string | undefined },
): ObjectStore {
  const { deps } = s3;
  const extension = extensionOf(deps.image);
  const known = extension === "jpeg" || extension === "png";
  const read = (method: "GET" | "HEAD", key: string, ctx: Context) =>
    plainGet
      ? // a public bucket says 403 for what is not there, unless it may be listed
        unlessStatus([403, 404], () =>
          deps.http.request(`${s3.url}/${encodeKey(key)}`, { method: "GET" }, ctx),
        )
      : unlessStatus([404], () => signed(s3, { method, key }, ctx));
  return {
    async get(key, ctx) {
      const answer = await read("GET", key, ctx);
      return answer && { bytes: answer.bytes, modified: lastModified(answer.headers) };
    },
    async head(key, ctx) {
      const answer = await read("HEAD", key, ctx);
      return answer && { modified: lastModified(answer.headers) };
    },
    async put(key, bytes, ctx) {
      const headers = {
        ...(known && { "content-type": `image/${extension}` }),
        ...(acl !== undefined && { "x-amz-acl": acl }),
      };
      // a copy of its own buffer: what is signed must be what is sent
      await signed(s3, { method: "PUT", key, headers, body: bytes.slice() }, ctx);
    },
    async delete(key, ctx) {
      await unlessStatus([404], () => signed(s3, { method: "DELETE", key }, ctx));
    },
  };
}

/** @throws SourceError for every status but 2xx */
function signed(
  s3: S3,
  request: {
    readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
    readonly key: string;
    readonly headers?: Record<string, string>;
    readonly body?: Uint8Array<ArrayBuffer>;
  },
  ctx: Context,
): Promise<HttpAnswer> {
  const { deps, region } = s3;
  const { method, key, headers = {}, body } = request;
  const ask = async (): Promise<HttpAnswer> => {
    const hash = await crypto.subtle.digest("SHA-256", body ?? new Uint8Array());
    const { accessKeyId, secretAccessKey, sessionToken } = await s3.credentials();
    const signer = new AwsV4Signer({
      method,
      url: key === "" ? s3.url : `${s3.url}/${encodeKey(key)}`,
      headers: { ...headers, "x-amz-content-sha256": toHex(new Uint8Array(hash)) },
      ...(body && { body }),
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      service: "s3",
      region,
      datetime: new Date(deps.platform.clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ""),
    });
    const { url, headers: complete } = await signer.sign();
    return deps.http.request(
      url.href,
      { method, headers: Object.fromEntries(complete), ...(body && { body }) },
      ctx,
    );
  };
  return patiently(deps.platform.clock, ask, ctx);
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
