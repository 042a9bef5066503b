import * as v from "valibot";
import { mapLimit } from "../core/async.ts";
import { fromBase64, toBase64 } from "../core/bytes.ts";
import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import { md5Hex } from "../core/hash.ts";
import type { HttpAnswer, HttpRequest } from "../http/client.ts";
import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import { type CacheDeps, defineCache } from "../model/define.ts";
import { cacheEntries } from "../model/options.ts";
import { couchMetadata, fillTemplate } from "./couchdb-document.ts";
import { dimensionPath } from "./dimension-path.ts";
import { srsSuffix } from "./location.ts";
import { ownContext, unlessStatus } from "./remote.ts";
import { extensionOf, guarded, storedTile } from "./tile-bytes.ts";

/** Requests at the same time for one bulk. */
const PARALLEL = 4;

type Document = Record<string, unknown> & { _id: string };

/** Tiles as attachments of documents of Apache CouchDB. */
export const couchdbCache = defineCache({
  type: "couchdb",
  needs: [],
  options: v.strictObject({
    ...cacheEntries,
    type: v.literal("couchdb"),
    url: v.optional(v.string(), "http://127.0.0.1:5984"),
    db_name: v.optional(v.string()),
    tile_id: v.optional(v.string()),
    tile_metadata: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
  create(options, deps): TileCache {
    const { name, image, grid } = deps;
    const database = (options.db_name ?? `${name}_${srsSuffix(deps)}`).toLowerCase();
    const couch = connect(`${options.url.replace(/\/+$/, "")}/${database}`, deps);
    const metadata = couchMetadata(options.tile_metadata, grid, () => deps.platform.clock.now());

    const texts = { grid_name: grid.name, couch_url: couch.url };
    const id = (key: TileKey) => {
      const template = options.tile_id?.replace(/^%\(couch_url\)s\//, "");
      return fillTemplate(template, key, texts) + dimensionSuffix(key);
    };
    const address = (key: TileKey) => {
      const filled = fillTemplate(options.tile_id, key, texts);
      const whole = /^https?:\/\//.test(filled) ? filled : `${couch.url}/${filled}`;
      return whole + encodeURIComponent(dimensionSuffix(key));
    };
    const document = ([key, tile]: readonly [TileKey, StoredTile]): Document => ({
      ...metadata.describe(key, tile.timestamp),
      _id: id(key),
      _attachments: {
        tile: { content_type: `image/${extensionOf(image)}`, data: toBase64(tile.bytes) },
      },
    });
    const get = (key: TileKey, ctx: Context) =>
      guarded(name, "read tile", async () => {
        const answer = await unlessStatus([404], () =>
          couch.ask(`${address(key)}?attachments=true`, {}, ctx),
        );
        const found = answer && (parse(answer) as CouchTile);
        const data = found?._attachments?.tile?.data;
        if (data === undefined) return undefined;
        return storedTile(fromBase64(data), image, metadata.timestamp(found as CouchTile));
      });
    const putMany = (tiles: readonly (readonly [TileKey, StoredTile])[], ctx: Context) =>
      guarded(name, "write tiles", () => store(couch, tiles.map(document), ctx));

    return {
      name,
      keepsDimensions: true,
      keepsTimestamps: true,
      lockId: `couchdb-${md5Hex(couch.url)}`,
      get,
      getMany: (keys, ctx) => mapLimit(keys, PARALLEL, (key) => get(key, ctx)),
      put: (key, tile, ctx) => putMany([[key, tile]], ctx),
      putMany,
      stat: (key, ctx) =>
        guarded(name, "look at tile", async () => {
          const answer = await unlessStatus([404], () => couch.ask(address(key), {}, ctx));
          return answer && { timestamp: metadata.timestamp(parse(answer) as CouchTile) };
        }),
      delete: (key, ctx) =>
        guarded(name, "remove tile", async () => {
          const url = address(key);
          const head = await unlessStatus([404], () => couch.ask(url, { method: "HEAD" }, ctx));
          if (!head) return;
          const revision =
            REVISION.exec(head.headers.get("etag") ?? "")?.[1] ??
            // servers in between make tags of their own
            (parse(await couch.ask(url, {}, ctx)) as CouchTile)._rev;
          if (revision === undefined) return;
          await unlessStatus([404], () =>
            couch.ask(`${url}?rev=${encodeURIComponent(revision)}`, { method: "DELETE" }, ctx),
          );
        }),
    };
  },
});

/** Ends the id of a tile with dimensions: `/time-2020/dim_level-700`. */
function dimensionSuffix({ dimensions }: TileKey): string {
  const path = dimensionPath(dimensions);
  return path && `/${path.slice(0, -1)}`;
}

/** The entity tag of CouchDB itself: the revision of the document. */
const REVISION = /^"(\d+-[\w-]+)"$/;

/** A document as it is read; the fields of the metadata are where the configuration puts them. */
type CouchTile = Record<string, unknown> & {
  readonly _rev?: string;
  readonly _attachments?: { readonly tile?: { readonly data?: string } };
};

interface Couch {
  /** Of the database, without user and password. */
  readonly url: string;
  ask(url: string, init: HttpRequest, ctx: Context): Promise<HttpAnswer>;
}

/** The database is made before the first request; that it is there already is no failure. */
function connect(configured: string, deps: CacheDeps): Couch {
  const { http, log, name } = deps;
  const parsed = new URL(configured);
  const { username, password } = parsed;
  parsed.username = "";
  parsed.password = "";
  // CouchDB does not ask for credentials in a way that HTTP clients would answer.
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = username && `Basic ${toBase64(new TextEncoder().encode(credentials))}`;
  const headers = { accept: "application/json", ...(authorization && { authorization }) };
  const url = parsed.href.replace(/\/+$/, "");
  let made = false;
  return {
    url,
    async ask(target, init, ctx) {
      if (!made) {
        // several first requests all make it: none of them may go on before it is there
        await http.request(url, { method: "PUT", headers }, ownContext(deps)).catch((error) => {
          const exists = error instanceof SourceError && error.status === 412;
          if (!exists) log.warn("couchdb-not-created", { cache: name, error });
        });
        made = true;
      }
      return http.request(target, { ...init, headers: { ...headers, ...init.headers } }, ctx);
    },
  };
}

/** Stores documents; those that exist already get the revision that they replace, once. */
async function store(couch: Couch, documents: readonly Document[], ctx: Context): Promise<void> {
  const conflicts = await post(couch, documents, ctx);
  if (conflicts.size === 0) return;
  const answer = await postJson(couch, "_all_docs", { keys: [...conflicts] }, ctx);
  const { rows = [] } = parse(answer) as { rows?: { key: string; value?: { rev?: string } }[] };
  const revisions = new Map(rows.map(({ key, value }) => [key, value?.rev]));
  const again = documents
    .filter(({ _id }) => conflicts.has(_id))
    .map((document) => ({ ...document, _rev: revisions.get(document._id) }));
  if ((await post(couch, again, ctx)).size > 0) {
    throw new Error("got unexpected resp (201) from CouchDB: conflict");
  }
}

/** @returns ids that exist already */
async function post(
  couch: Couch,
  docs: readonly Document[],
  ctx: Context,
): Promise<ReadonlySet<string>> {
  const answer = await postJson(couch, "_bulk_docs", { docs }, ctx);
  const text = new TextDecoder().decode(answer.bytes);
  const unexpected = () =>
    new Error(`got unexpected resp (${answer.status}) from CouchDB: ${text.slice(0, 500)}`);
  if (answer.status !== 201) throw unexpected();
  const conflicts = new Set<string>();
  for (const { id, error } of JSON.parse(text) as { id: string; error?: string }[]) {
    if (error === "conflict") conflicts.add(id);
    else if (error !== undefined) throw unexpected();
  }
  return conflicts;
}

function postJson(couch: Couch, path: string, body: unknown, ctx: Context): Promise<HttpAnswer> {
  const headers = { "content-type": "application/json" };
  return couch.ask(
    `${couch.url}/${path}`,
    { method: "POST", headers, body: JSON.stringify(body) },
    ctx,
  );
}

function parse(answer: HttpAnswer): unknown {
  return JSON.parse(new TextDecoder().decode(answer.bytes));
}
