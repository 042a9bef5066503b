import * as v from "valibot";
import type { Context } from "../core/context.ts";
import { md5Hex } from "../core/hash.ts";
import type { HttpAnswer } from "../http/client.ts";
import { type StorageAccount, sharedKeyAuthorization } from "../http/sharedkey.ts";
import type { TileCache } from "../model/cache.ts";
import { type CacheDeps, ConfigFault, defineCache } from "../model/define.ts";
import { cacheEntries } from "../model/options.ts";
import { requireLayout } from "./layout.ts";
import { keyPrefix, type ObjectStore, objectCache } from "./object-cache.ts";
import { encodeKey, lastModified, patiently, unlessStatus } from "./remote.ts";
import { extensionOf } from "./tile-bytes.ts";

/** Version of the protocol that is spoken. */
const API_VERSION = "2021-08-06";

/** Account and key that the emulators have, by Microsoft's documentation. */
const DEVELOPMENT =
  "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1";

/** Tiles as blobs of Azure Storage. */
export const azureblobCache = defineCache({
  type: "azureblob",
  needs: [],
  options: v.strictObject({
    ...cacheEntries,
    type: v.literal("azureblob"),
    connection_string: v.optional(v.string()),
    container_name: v.optional(v.string()),
    directory: v.optional(v.string()),
    directory_layout: v.optional(v.string(), "tms"),
  }),
  create(options, deps): TileCache {
    const text = (key: "connection_string" | "container_name"): string | undefined => {
      const value = options[key] ?? deps.global(`cache.azureblob.${key}`);
      return typeof value === "string" ? value : undefined;
    };
    const container = text("container_name");
    if (!container) {
      throw new ConfigFault(
        "container_name",
        `no container_name configured for Azure Blob cache ${deps.name}`,
      );
    }
    const { env } = deps.platform;
    const connection = env.AZURE_STORAGE_CONNECTION_STRING ?? text("connection_string");
    if (!connection) {
      throw new ConfigFault(
        "connection_string",
        `no connection_string configured for Azure Blob cache ${deps.name}`,
      );
    }
    const prefix = keyPrefix(options.directory, deps);
    return objectCache(
      blobStore(parseConnection(connection), container, deps),
      {
        layout: requireLayout(options.directory_layout),
        prefix,
        lockId: `azureblob-${md5Hex(`${prefix}${container}`)}`,
      },
      deps,
    );
  },
});

interface Connection {
  /** Without trailing slash. */
  readonly endpoint: string;
  readonly account: StorageAccount | undefined;
  /** Query that carries a signature, for connections without the key. */
  readonly signature: string | undefined;
}

/** Reads `Name=value;Name=value`. @throws ConfigFault that shows no part of the secret */
function parseConnection(text: string): Connection {
  const parts = new Map<string, string>();
  for (const part of text.split(";")) {
    const at = part.indexOf("=");
    if (at > 0) parts.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  if (parts.get("usedevelopmentstorage") === "true") return parseConnection(DEVELOPMENT);
  const name = parts.get("accountname");
  const key = parts.get("accountkey");
  const signature = parts.get("sharedaccesssignature")?.replace(/^\?/, "");
  const suffix = parts.get("endpointsuffix") ?? "core.windows.net";
  const protocol = parts.get("defaultendpointsprotocol") ?? "https";
  const endpoint =
    parts.get("blobendpoint") ?? (name && `${protocol}://${name}.blob.${suffix}`) ?? "";
  if (endpoint === "" || !((name && key) || signature)) {
    throw new ConfigFault(
      "connection_string",
      "Cannot use connection_string: it needs AccountName and AccountKey, or BlobEndpoint and SharedAccessSignature",
    );
  }
  const account = name !== undefined && key !== undefined ? { name, key } : undefined;
  return { endpoint: endpoint.replace(/\/+$/, ""), account, signature };
}

function blobStore(connection: Connection, container: string, deps: CacheDeps): ObjectStore {
  const extension = extensionOf(deps.image);
  const ask = (
    method: "GET" | "HEAD" | "PUT" | "DELETE",
    key: string,
    ctx: Context,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<HttpAnswer> =>
    patiently(
      deps.platform.clock,
      async () => {
        const url = new URL(`${connection.endpoint}/${encodeKey(`${container}/${key}`)}`);
        const headers: Record<string, string> = {
          "x-ms-date": new Date(deps.platform.clock.now()).toUTCString(),
          "x-ms-version": API_VERSION,
          ...(body && { "content-type": `image/${extension}`, "x-ms-blob-type": "BlockBlob" }),
        };
        if (connection.account) {
          const request = { method, url, headers, length: body?.length ?? 0 };
          headers.authorization = await sharedKeyAuthorization(request, connection.account);
        } else if (connection.signature) {
          url.search = connection.signature;
        }
        return deps.http.request(url.href, { method, headers, ...(body && { body }) }, ctx);
      },
      ctx,
    );
  return {
    async get(key, ctx) {
      const answer = await unlessStatus([404], () => ask("GET", key, ctx));
      return answer && { bytes: answer.bytes, modified: lastModified(answer.headers) };
    },
    async head(key, ctx) {
      const answer = await unlessStatus([404], () => ask("HEAD", key, ctx));
      return answer && { modified: lastModified(answer.headers) };
    },
    async put(key, bytes, ctx) {
      await ask("PUT", key, ctx, bytes.slice());
    },
    async delete(key, ctx) {
      await unlessStatus([404], () => ask("DELETE", key, ctx));
    },
  };
}
