import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cacheDeps, TEST_TIME } from "../../test/cache-deps.ts";
import { pngTile, tileCacheContract } from "../../test/contract/tile-cache.ts";
import { type TestPlatform, testContext, testPlatform } from "../../test/platform.ts";
import { CacheError, RhumbError, SourceError } from "../core/errors.ts";
import { type CacheDeps, ConfigFault } from "../model/define.ts";
import type { Bucket, Platform } from "../platform/platform.ts";
import { azureblobCache } from "./azureblob.ts";
import { r2Cache } from "./r2.ts";
import { s3Cache } from "./s3.ts";

const ctx = testContext();
const MODIFIED = "Fri, 02 Jan 2026 03:04:05 GMT";

interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
}

/** A web server that keeps what is put; `status` answers instead where it says something. */
function objectServer(status: (seen: Seen) => number | undefined = () => undefined) {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  const seen: Seen[] = [];
  const fetch = (async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    const { method, headers } = request;
    const url = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    seen.push({ method, url, headers });
    const said = status({ method, url, headers });
    if (said !== undefined) return new Response("<Error/>", { status: said });
    const key = url.pathname;
    if (method === "PUT") objects.set(key, body);
    if (method === "DELETE") objects.delete(key);
    const found = objects.get(key);
    const isBucket = key === "/" || key === "/bucket";
    if (!found && method !== "DELETE" && !isBucket) return new Response("", { status: 404 });
    if (method === "PUT") return new Response("", { status: 201 });
    if (method === "DELETE") return new Response(null, { status: 204 });
    return new Response(method === "HEAD" ? null : found, {
      headers: { "last-modified": MODIFIED },
    });
  }) as typeof globalThis.fetch;
  return { objects, seen, fetch };
}

const AWS = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "SECRET" };

function platformOf(fetch: Platform["fetch"], env: Platform["env"] = AWS): TestPlatform {
  const platform = testPlatform({ fetch, env });
  platform.time = TEST_TIME;
  return platform;
}

type S3Options = Parameters<typeof s3Cache.create>[0];
const s3 = async (
  platform: Platform,
  more: Partial<S3Options> = {},
  deps: Partial<CacheDeps> = {},
) =>
  await s3Cache.create(
    {
      type: "s3",
      bucket_name: "bucket",
      region_name: "eu-central-1",
      directory_layout: "tms",
      ...more,
    },
    cacheDeps("/", { platform, ...deps }),
  );

tileCacheContract("s3", () => s3(platformOf(objectServer().fetch)));
tileCacheContract("s3 (arcgis, own endpoint)", () =>
  s3(platformOf(objectServer().fetch), {
    endpoint_url: "http://minio:9000/",
    directory_layout: "arcgis",
  }),
);

describe("s3 cache", () => {
  const key = { x: 12345, y: 67890, level: 12 };

  it("caches 45: has keys of the layout tms without leading slash, below cache and grid", async () => {
    const server = objectServer();
    const platform = platformOf(server.fetch);
    await (await s3(platform)).put(key, pngTile(1), ctx);
    await (await s3(platform, { directory: "/my/dir/" })).put(key, pngTile(1), ctx);
    await (await s3(platform, { directory: "d", include_grid_name: true })).put(
      key,
      pngTile(1),
      ctx,
    );
    await (await s3(platform, { directory_layout: "tc" })).put(key, pngTile(1), ctx);
    assert.deepEqual(
      [...server.objects.keys()],
      [
        "/tiles/g/12/12345/67890.png",
        "/my/dir/12/12345/67890.png",
        "/d/g/12/12345/67890.png",
        "/tiles/g/12/000/012/345/000/067/890.png",
      ],
    );
    assert.ok(server.seen.every(({ url }) => url.host === "bucket.s3.eu-central-1.amazonaws.com"));
  });

  it("has the values of dimensions in the key, below the prefix", async () => {
    const server = objectServer();
    const cache = await s3(platformOf(server.fetch));
    await cache.put({ ...key, dimensions: { time: "2020" } }, pngTile(1), ctx);
    assert.deepEqual([...server.objects.keys()], ["/tiles/g/time-2020/12/12345/67890.png"]);
  });

  it("has the bucket in the path of an endpoint of one's own", async () => {
    const server = objectServer();
    const env = { ...AWS, AWS_ENDPOINT_URL: "http://127.0.0.1:9000" };
    await (await s3(platformOf(server.fetch, env))).put(key, pngTile(1), ctx);
    assert.equal(
      server.seen.at(-1)?.url.href,
      "http://127.0.0.1:9000/bucket/tiles/g/12/12345/67890.png",
    );
  });

  it("signs requests as Amazon's own client does (AWS Signature Version 4)", async () => {
    const server = objectServer();
    const cache = await s3(platformOf(server.fetch), { directory: "my cache" });
    await cache.get({ x: 0, y: 0, level: 1 }, ctx);
    const { headers, url } = server.seen.at(-1)!;
    assert.equal(url.pathname, "/my%20cache/1/0/0.png");
    // by botocore 1.29 for the same request
    assert.equal(
      headers.get("authorization")?.replaceAll(", ", ","),
      "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-central-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=fe8fd2552a47d4b4ac416212d329c2ed695a9dc337c13120457139c6319ad3ea",
    );
  });

  it("sends type and access control list with what it puts", async () => {
    const server = objectServer();
    const global = (name: string) =>
      name === "cache.s3.access_control_list" ? "public-read" : undefined;
    const cache = await s3(platformOf(server.fetch), {}, { global });
    await cache.put(key, pngTile(1), ctx);
    const { headers } = server.seen.at(-1)!;
    assert.equal(headers.get("content-type"), "image/png");
    assert.equal(headers.get("x-amz-acl"), "public-read");
  });

  it("reads the time of a tile from Last-Modified", async () => {
    const cache = await s3(platformOf(objectServer().fetch));
    await cache.put(key, pngTile(1), ctx);
    assert.equal((await cache.get(key, ctx))?.timestamp, TEST_TIME);
    assert.deepEqual(await cache.stat?.(key, ctx), { timestamp: TEST_TIME });
  });

  it("reads without signature with use_http_get, and takes 403 for a missing tile", async () => {
    const server = objectServer(({ method, headers }) =>
      method === "GET" && !headers.has("authorization") ? 403 : undefined,
    );
    const cache = await s3(platformOf(server.fetch), { use_http_get: true });
    assert.equal(await cache.get(key, ctx), undefined);
    const { headers, method, url } = server.seen.at(-1)!;
    assert.deepEqual([method, headers.get("authorization")], ["GET", null]);
    assert.equal(url.host, "bucket.s3.eu-central-1.amazonaws.com");
  });

  it("refuses a bucket that is not there or not ours, and starts when S3 does not answer", async () => {
    for (const [status, message] of [
      [404, "No such bucket: bucket"],
      [403, "Access denied. Check your credentials"],
    ] as const) {
      await assert.rejects(
        s3(platformOf(objectServer(() => status).fetch)),
        (error) => error instanceof ConfigFault && error.message === message,
      );
    }
    const down = await s3(platformOf(() => Promise.reject(new TypeError("refused"))));
    await assert.rejects(down.get(key, ctx), RhumbError);
    await assert.rejects(
      s3(platformOf(objectServer().fetch), { bucket_name: undefined }),
      (error) =>
        error instanceof ConfigFault &&
        error.message === "no bucket_name configured for s3 cache tiles",
    );
  });

  it("threat T14: asks again when S3 says to slow down, and gives up in the end", async () => {
    let busy = 2;
    const server = objectServer(({ method }) => (method === "PUT" && busy-- > 0 ? 503 : undefined));
    const platform = platformOf(server.fetch);
    await (await s3(platform)).put(key, pngTile(1), ctx);
    assert.equal(server.objects.size, 1);
    assert.ok(platform.time > TEST_TIME);
    busy = 100;
    await assert.rejects((await s3(platform)).put(key, pngTile(1), ctx), SourceError);
  });

  it("finds keys in the profile that is named, and the region beside it", async () => {
    const server = objectServer();
    const platform = platformOf(server.fetch, { HOME: "/home/m" });
    const write = (path: string, text: string) =>
      platform.files.write(path, new TextEncoder().encode(text));
    await write(
      "/home/m/.aws/credentials",
      "[default]\naws_access_key_id = A\naws_secret_access_key = S\n[map]\n# x\naws_access_key_id=MAP\naws_secret_access_key=T=\n",
    );
    await write("/home/m/.aws/config", "[profile map]\nregion = eu-west-3\n");
    const cache = await s3(platform, { profile_name: "map", region_name: undefined });
    await cache.get(key, ctx);
    assert.match(
      server.seen.at(-1)?.headers.get("authorization") ?? "",
      /Credential=MAP\/20260102\/eu-west-3\/s3/,
    );
    assert.equal(server.seen.at(-1)?.url.host, "bucket.s3.eu-west-3.amazonaws.com");
  });

  it("takes the keys of the machine's role and renews them before they expire", async () => {
    const server = objectServer();
    let given = 0;
    const fetch = (async (input: string | URL | Request, init?: RequestInit) => {
      const url = String(input instanceof Request ? input.url : input);
      if (!url.startsWith("http://169.254.169.254/latest/")) return server.fetch(input, init);
      if (url.endsWith("/api/token")) return new Response("token");
      assert.equal(new Headers(init?.headers).get("x-aws-ec2-metadata-token"), "token");
      if (url.endsWith("/")) return new Response("role");
      const Expiration = new Date(TEST_TIME + 3_600_000 * ++given).toISOString();
      const keys = { AccessKeyId: `ROLE${given}`, SecretAccessKey: "S", Token: "session" };
      return new Response(JSON.stringify({ ...keys, Expiration }));
    }) as typeof globalThis.fetch;
    const platform = platformOf(fetch, {});
    const cache = await s3(platform);
    await cache.get(key, ctx);
    assert.match(server.seen.at(-1)?.headers.get("authorization") ?? "", /Credential=ROLE1/);
    assert.equal(server.seen.at(-1)?.headers.get("x-amz-security-token"), "session");
    platform.time += 3_400_000;
    await cache.get(key, ctx);
    assert.match(server.seen.at(-1)?.headers.get("authorization") ?? "", /Credential=ROLE2/);
  });
});

type AzureOptions = Parameters<typeof azureblobCache.create>[0];
const CONNECTION =
  "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=cmh1bWItb3JhY2xl;EndpointSuffix=core.windows.net";
const azure = async (
  platform: Platform,
  more: Partial<AzureOptions> = {},
  deps: Partial<CacheDeps> = {},
) =>
  await azureblobCache.create(
    {
      type: "azureblob",
      container_name: "box",
      connection_string: CONNECTION,
      directory_layout: "tms",
      ...more,
    },
    cacheDeps("/", { platform, ...deps }),
  );

tileCacheContract("azureblob", () => azure(platformOf(objectServer().fetch, {})));

describe("azureblob cache", () => {
  const key = { x: 1, y: 2, level: 3 };

  it("puts blobs below container, cache and grid, with type, kind and signature", async () => {
    const server = objectServer();
    const cache = await azure(platformOf(server.fetch, {}));
    await cache.put(key, pngTile(1), ctx);
    const { url, headers } = server.seen.at(-1)!;
    assert.equal(url.href, "https://acc.blob.core.windows.net/box/tiles/g/3/1/2.png");
    assert.equal(headers.get("content-type"), "image/png");
    assert.equal(headers.get("x-ms-blob-type"), "BlockBlob");
    assert.match(headers.get("authorization") ?? "", /^SharedKey acc:/);
    assert.equal((await cache.get(key, ctx))?.timestamp, TEST_TIME);
  });

  it("caches 46: takes the connection from the environment before all others", async () => {
    const server = objectServer();
    const env = {
      AZURE_STORAGE_CONNECTION_STRING:
        "AccountName=dev;AccountKey=cmh1bWItb3JhY2xl;BlobEndpoint=http://127.0.0.1:10000/dev/",
    };
    const global = (name: string) =>
      name === "cache.azureblob.connection_string" ? CONNECTION.replace("acc", "glob") : undefined;
    await (await azure(platformOf(server.fetch, env), {}, { global })).put(key, pngTile(1), ctx);
    assert.equal(server.seen.at(-1)?.url.href, "http://127.0.0.1:10000/dev/box/tiles/g/3/1/2.png");
    const globals = platformOf(server.fetch, {});
    const cache = await azure(globals, { connection_string: undefined }, { global });
    await cache.put(key, pngTile(1), ctx);
    assert.equal(server.seen.at(-1)?.url.host, "glob.blob.core.windows.net");
  });

  it("signs by the query where the connection says so", async () => {
    const server = objectServer();
    const connection_string =
      "BlobEndpoint=https://acc.blob.core.windows.net;SharedAccessSignature=sv=2021&sig=a%2Bb";
    await (await azure(platformOf(server.fetch, {}), { connection_string })).get(key, ctx);
    const { url, headers } = server.seen.at(-1)!;
    assert.deepEqual([url.search, headers.get("authorization")], ["?sv=2021&sig=a%2Bb", null]);
  });

  it("says what is missing, and shows no secrets", async () => {
    const platform = platformOf(objectServer().fetch, {});
    for (const [more, message] of [
      [{ container_name: undefined }, "no container_name configured for Azure Blob cache tiles"],
      [
        { connection_string: undefined },
        "no connection_string configured for Azure Blob cache tiles",
      ],
    ] as const) {
      await assert.rejects(
        azure(platform, more),
        (error) => error instanceof ConfigFault && error.message === message,
      );
    }
    await assert.rejects(
      azure(platform, { connection_string: "AccountKey=hunter2" }),
      (error) => error instanceof ConfigFault && !error.message.includes("hunter2"),
    );
  });
});

/** A bucket in memory. */
function memoryBucket(): Bucket {
  const objects = new Map<string, Uint8Array>();
  return {
    get: async (key) => {
      const bytes = objects.get(key);
      return bytes && { bytes, modified: TEST_TIME, etag: '"1"' };
    },
    put: async (key, bytes) => void objects.set(key, bytes.slice()),
    delete: async (key) => void objects.delete(key),
    async *list(prefix) {
      for (const key of objects.keys()) if (key.startsWith(prefix)) yield key;
    },
  };
}
const r2 = async (found: Bucket | undefined) =>
  await r2Cache.create(
    { type: "r2", binding: "TILES", directory_layout: "tms" },
    cacheDeps("/", {
      platform: testPlatform({ buckets: (name) => (name === "TILES" ? found : undefined) }),
    }),
  );

tileCacheContract("r2", () => r2(memoryBucket()));

describe("r2 cache", () => {
  it("refuses a binding that does not exist", async () => {
    await assert.rejects(r2(undefined), ConfigFault);
  });

  it("turns a failure of the bucket into a CacheError", async () => {
    const broken = { ...memoryBucket(), get: () => Promise.reject(new Error("R2 5xx")) };
    await assert.rejects((await r2(broken)).get({ x: 0, y: 0, level: 0 }, ctx), CacheError);
  });
});
