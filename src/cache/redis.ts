import * as v from "valibot";
import { md5Hex } from "../core/hash.ts";
import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import { type CacheDeps, defineCache } from "../model/define.ts";
import { cacheEntries, integer } from "../model/options.ts";
import { dimensionPath } from "./dimension-path.ts";
import { guarded, storedTile } from "./tile-bytes.ts";

/** ms to wait for a connection; later requests fail at once until there is one. */
const CONNECT_TIMEOUT = 3000;

/** ms between two attempts to connect again. */
const LONGEST_PAUSE = 5000;

/** At most one line in this many ms says that the connection is lost. */
const LOG_INTERVAL = 60_000;

const redisOptions = v.strictObject({
  ...cacheEntries,
  type: v.literal("redis"),
  host: v.optional(v.string(), "127.0.0.1"),
  port: v.optional(integer, 6379),
  db: v.optional(integer, 0),
  username: v.optional(v.string()),
  password: v.optional(v.string()),
  prefix: v.optional(v.string()),
  /** Seconds that a tile lives; 0: for ever. */
  default_ttl: v.optional(integer, 3600),
  ssl_certfile: v.optional(v.string()),
  ssl_keyfile: v.optional(v.string()),
  ssl_ca_certs: v.optional(v.string()),
});
type RedisOptions = v.InferOutput<typeof redisOptions>;

/** Tiles in Redis, which forgets them after some time. */
export const redisCache = defineCache({
  type: "redis",
  needs: ["tcp"],
  options: redisOptions,
  create(options, deps): TileCache {
    const { name, image, grid } = deps;
    const prefix = options.prefix ?? `${name}_${grid.name}`;
    const life = options.default_ttl * 1000;
    const id = ({ x, y, level, dimensions }: TileKey) =>
      `${prefix}-${dimensionPath(dimensions)}${level}-${x}-${y}`;
    const redis = lazily(() => connect(options, deps));
    /** When a tile was stored, from the time at which it expires; Redis itself does not say. */
    const stored = (expiry: number): number | undefined =>
      life > 0 && expiry >= 0 ? expiry - life : undefined;

    const get = (key: TileKey): Promise<StoredTile | undefined> =>
      guarded(name, "read tile", async () => {
        const client = await redis.get();
        // both in one round trip
        const [bytes, expiry] = await Promise.all([client.get(id(key)), client.expiry(id(key))]);
        return storedTile(bytes, image, stored(expiry));
      });
    const put = (key: TileKey, tile: StoredTile): Promise<void> =>
      guarded(name, "write tile", async () => {
        await (await redis.get()).set(id(key), tile.bytes, life);
      });
    return {
      name,
      keepsDimensions: true,
      keepsTimestamps: life > 0,
      lockId: `redis-${md5Hex(prefix)}`,
      get,
      put,
      getMany: (keys) => Promise.all(keys.map(get)),
      putMany: async (tiles) => {
        await Promise.all(tiles.map(([key, tile]) => put(key, tile)));
      },
      stat: (key) =>
        guarded(name, "look at tile", async () => {
          const expiry = await (await redis.get()).expiry(id(key));
          return expiry === NO_KEY ? undefined : { timestamp: stored(expiry) };
        }),
      delete: (key) =>
        guarded(name, "remove tile", async () => {
          await (await redis.get()).delete(id(key));
        }),
      close: () => redis.close(),
    };
  },
});

/** Expiry of a key that does not exist. */
const NO_KEY = -2;

interface Connection {
  get(key: string): Promise<Uint8Array | undefined>;
  /** When the key is forgotten, in ms since 1970; -1: never, -2: there is no such key. */
  expiry(key: string): Promise<number>;
  /** @param life ms; 0: for ever */
  set(key: string, bytes: Uint8Array, life: number): Promise<void>;
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

/** One connection, made when first needed; a failure to make it is tried again the next time. */
function lazily(make: () => Promise<Connection>) {
  let made: Promise<Connection> | undefined;
  return {
    get(): Promise<Connection> {
      made ??= make().catch((error) => {
        made = undefined;
        throw error;
      });
      return made;
    },
    async close(): Promise<void> {
      await (await made?.catch(() => undefined))?.close();
      made = undefined;
    },
  };
}

/** @throws Error if there is no server, or it refuses us */
async function connect(options: RedisOptions, deps: CacheDeps): Promise<Connection> {
  // Loaded when first used: nobody else needs it.
  const { createClient, RESP_TYPES } = await import("redis");
  let connected = false;
  const client = createClient({
    socket: {
      host: options.host,
      port: options.port,
      connectTimeout: CONNECT_TIMEOUT,
      // The first failure is for the caller; afterwards the client goes on trying by itself.
      reconnectStrategy: (tries: number) => connected && Math.min(50 * 2 ** tries, LONGEST_PAUSE),
      ...(await tlsOptions(options, deps)),
    },
    database: options.db,
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    // A tile that cannot be had now is made otherwise.
    disableOfflineQueue: true,
    // what older servers speak too
    RESP: 2,
  });
  let reported = Number.NEGATIVE_INFINITY;
  client.on("error", (error) => {
    const now = deps.platform.clock.now();
    if (!connected || now - reported < LOG_INTERVAL) return;
    reported = now;
    deps.log.warn("redis-lost", { cache: deps.name, error });
  });
  await client.connect();
  connected = true;
  /** Redis 7 and later. */
  let tellsExpiry = true;
  // The client knows no other bytes than the Buffer of Node, which Bun and Deno have too.
  const { Buffer } = globalThis;
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  return {
    async get(key) {
      const value = await bytes.get(key);
      return value === null ? undefined : new Uint8Array(value);
    },
    async expiry(key) {
      if (tellsExpiry) {
        try {
          return await client.pExpireTime(key);
        } catch (error) {
          if (!/unknown command/i.test(String(error))) throw error;
          tellsExpiry = false;
        }
      }
      const left = await client.pTTL(key);
      // whole seconds, so that it is the same at each request, but for a few
      return left < 0 ? left : Math.round((deps.platform.clock.now() + left) / 1000) * 1000;
    },
    async set(key, value, life) {
      const data = Buffer.from(value.buffer, value.byteOffset, value.length);
      await client.set(key, data, life > 0 ? { expiration: { type: "PX", value: life } } : {});
    },
    async delete(key) {
      await client.del(key);
    },
    close: async () => client.destroy(),
  };
}

/** TLS only where certificate and key are given, as in MapProxy. */
async function tlsOptions(options: RedisOptions, { path, platform }: CacheDeps) {
  const { ssl_certfile, ssl_keyfile, ssl_ca_certs } = options;
  if (ssl_certfile === undefined || ssl_keyfile === undefined) return {};
  const read = async (configured: string): Promise<string> => {
    const bytes = await platform.resource(path(configured));
    if (!bytes) throw new Error(`Cannot find ${path(configured)}`);
    return new TextDecoder().decode(bytes);
  };
  return {
    tls: true as const,
    cert: await read(ssl_certfile),
    key: await read(ssl_keyfile),
    ...(ssl_ca_certs !== undefined && { ca: await read(ssl_ca_certs) }),
  };
}
