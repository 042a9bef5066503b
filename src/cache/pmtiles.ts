import * as v from "valibot";
import type { Context } from "../core/context.ts";
import { CacheError } from "../core/errors.ts";
import { md5Hex } from "../core/hash.ts";
import { Lru } from "../core/lru.ts";
import type { TileCache } from "../model/cache.ts";
import { type CacheDeps, ConfigFault, defineCache } from "../model/define.ts";
import { cacheEntries } from "../model/options.ts";
import { baseDirectory, filePath } from "./location.ts";
import {
  type Entry,
  FIRST_BYTES,
  findEntry,
  type Header,
  MAX_PACKED,
  PmtilesFault,
  parseDirectory,
  parseHeader,
  type Span,
  tileId,
  unpack,
} from "./pmtiles-format.ts";
import { isWebMercator, zxyOf } from "./pmtiles-grid.ts";
import { guarded, MAX_TILE_BYTES, storedTile } from "./tile-bytes.ts";

/** Directories below each other; writers make two at most. */
const MAX_DEPTH = 4;

/** Leaf directories that are kept. */
const KEPT_LEAVES = 64;

/**
 * A PMTiles archive (version 3), a file or behind a URL that answers range requests. It is only read:
 * `rhumb export --type pmtiles` writes one.
 */
export const pmtilesCache = defineCache({
  type: "pmtiles",
  needs: [],
  options: v.strictObject({
    ...cacheEntries,
    type: v.literal("pmtiles"),
    filename: v.optional(v.string()),
    url: v.optional(v.string()),
  }),
  create(options, deps): TileCache {
    const { name, grid, image } = deps;
    if (options.url !== undefined && options.filename !== undefined) {
      throw new ConfigFault("url", "name a file or a URL, not both");
    }
    if (!isWebMercator(grid)) {
      throw new ConfigFault("", `pmtiles holds web mercator only: grid "${grid.name}" is another`);
    }
    const { place, read } =
      options.url === undefined ? fileRanges(options.filename, deps) : urlRanges(options.url, deps);
    const archive = openArchive(read);
    const refuse = async () => {
      throw new CacheError(name, "write tile", new Error("an archive is read only"));
    };
    return {
      name,
      keepsDimensions: false,
      keepsTimestamps: false,
      lockId: `pmtiles-${md5Hex(place)}`,
      get: (key, ctx) =>
        guarded(name, "read tile", async () => {
          const zxy = zxyOf(grid, key);
          return zxy && storedTile(await archive(tileId(...zxy), ctx), image, undefined);
        }),
      put: refuse,
      delete: refuse,
    };
  },
});

/** A piece of the archive, and which version of it that is of; shorter only at its end. */
type ReadRange = (span: Span, ctx: Context) => Promise<{ bytes: Uint8Array; version: string }>;

interface Ranges {
  readonly place: string;
  readonly read: ReadRange;
}

function fileRanges(filename: string | undefined, deps: CacheDeps): Ranges {
  const { files } = deps.platform;
  if (!files) throw new ConfigFault("filename", "there are no files here: use url");
  const place = filePath(filename ?? `${deps.name}.pmtiles`, baseDirectory(undefined, deps), deps);
  return {
    place,
    async read({ offset, length }) {
      await using file = await files.open(place);
      const stat = await files.stat(place);
      if (!file || !stat) throw new PmtilesFault(`there is no file ${place}`);
      return {
        bytes: await file.read(offset, length),
        version: `${stat.size}-${stat.modified}`,
      };
    },
  };
}

function urlRanges(url: string, { http }: CacheDeps): Ranges {
  return {
    place: url,
    async read({ offset, length }, ctx) {
      const range = `bytes=${offset}-${offset + length - 1}`;
      const { status, headers, bytes } = await http.request(url, { headers: { range } }, ctx);
      const version = headers.get("etag") ?? headers.get("last-modified") ?? "";
      // A server without ranges sends everything.
      const part = status === 206 ? bytes : bytes.subarray(offset, offset + length);
      return { bytes: part.subarray(0, length), version };
    },
  };
}

interface Opened {
  readonly version: string;
  readonly header: Header;
  readonly root: readonly Entry[];
  readonly leaves: Lru<number, readonly Entry[]>;
}

/** Bytes of a tile by its number; header and directories are kept until the archive is replaced. */
function openArchive(
  read: ReadRange,
): (id: number, ctx: Context) => Promise<Uint8Array | undefined> {
  let kept: Opened | undefined;

  async function open(ctx: Context): Promise<Opened> {
    const { bytes, version } = await read({ offset: 0, length: FIRST_BYTES }, ctx);
    const header = parseHeader(bytes);
    const { offset, length } = header.root;
    const packed =
      offset + length <= bytes.length
        ? bytes.subarray(offset, offset + length)
        : (await read(header.root, ctx)).bytes;
    const root = parseDirectory(await unpack(packed, header.internalCompression));
    return { version, header, root, leaves: new Lru(KEPT_LEAVES) };
  }

  /** `replaced`: the archive is another one than it was when the directories were read. */
  async function find(
    { version, header, root, leaves }: Opened,
    id: number,
    ctx: Context,
  ): Promise<Uint8Array | undefined | "replaced"> {
    let directory = root;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const entry = findEntry(directory, id);
      if (!entry) return undefined;
      if (entry.run > 0) {
        if (id >= entry.id + entry.run) return undefined;
        const span = within(header.data, entry, MAX_TILE_BYTES);
        const tile = await read(span, ctx);
        if (tile.version !== version) return "replaced";
        if (tile.bytes.length < span.length) throw new PmtilesFault("a tile is cut short");
        return unpack(tile.bytes, header.tileCompression, MAX_TILE_BYTES);
      }
      const known = leaves.get(entry.offset);
      if (known) directory = known;
      else {
        const leaf = await read(within(header.leaves, entry, MAX_PACKED), ctx);
        if (leaf.version !== version) return "replaced";
        directory = parseDirectory(await unpack(leaf.bytes, header.internalCompression));
        leaves.set(entry.offset, directory);
      }
    }
    throw new PmtilesFault(`directories lie more than ${MAX_DEPTH} deep`);
  }

  return async (id, ctx) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      kept ??= await open(ctx);
      const found = await find(kept, id, ctx);
      if (found !== "replaced") return found;
      kept = undefined;
    }
    throw new PmtilesFault("the archive changes while it is read");
  };
}

/** The place of an entry in the file. */
function within(part: Span, { offset, length }: Span, most: number): Span {
  if (length === 0 || length > most || offset + length > part.length) {
    throw new PmtilesFault(`an entry of ${length} bytes lies outside of its part`);
  }
  return { offset: part.offset + offset, length };
}
