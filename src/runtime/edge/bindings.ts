/** What is used of Cloudflare's bindings, in their own names; the objects come in as `env`. */

/** A namespace of Durable Objects. */
export interface DurableObjectNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(request: Request | string, init?: RequestInit): Promise<Response> };
}

/** A bucket of R2. */
export interface R2Bucket {
  get(key: string): Promise<{
    arrayBuffer(): Promise<ArrayBuffer>;
    readonly uploaded: Date;
    readonly httpEtag: string;
  } | null>;
  put(
    key: string,
    value: Uint8Array | string,
    options?: { httpMetadata?: { contentType?: string } },
  ): Promise<unknown>;
  delete(key: string): Promise<void>;
  list(options: { prefix: string; cursor?: string }): Promise<{
    readonly objects: readonly { readonly key: string }[];
    readonly truncated: boolean;
    readonly cursor?: string;
  }>;
}

/** Static assets that travel with the Worker. */
export interface Fetcher {
  fetch(request: Request | string): Promise<Response>;
}

/** What the runtime lends to one event. */
export interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void;
}

/** Everything that wrangler.toml binds; text variables and secrets are strings. */
export type Env = Readonly<Record<string, unknown>>;

export function isR2Bucket(value: unknown): value is R2Bucket {
  return hasMethods(value, ["get", "put", "delete", "list", "head"]);
}

export function isDurableObjectNamespace(value: unknown): value is DurableObjectNamespace {
  return hasMethods(value, ["idFromName", "get"]);
}

export function isFetcher(value: unknown): value is Fetcher {
  return hasMethods(value, ["fetch"]);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}
