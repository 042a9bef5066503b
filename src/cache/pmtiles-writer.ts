import { concat } from "../core/bytes.ts";
import { sha1Hex } from "../core/hash.ts";
import type { Grid } from "../grid/grid.ts";
import type { ImageFormat } from "../image/picture.ts";
import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import type { Files, RandomAccessFile } from "../platform/platform.ts";
import {
  COMPRESSION,
  type Entry,
  FIRST_BYTES,
  gzip,
  HEADER_BYTES,
  type Header,
  type Span,
  TILE_TYPES,
  tileId,
  writeDirectory,
  writeHeader,
} from "./pmtiles-format.ts";
import { zxyOf } from "./pmtiles-grid.ts";

export interface PmtilesWriterOptions {
  readonly path: string;
  readonly files: Files;
  readonly name: string;
  readonly grid: Grid;
}

/** A new archive: tiles come in any order, and nobody sees it until it is finished. */
export interface PmtilesWriter {
  readonly cache: TileCache;
  /**
   * Puts the archive in its place; `undefined`: there was no tile, and nothing is written.
   *
   * @param bbox of all tiles: west, south, east, north in degrees
   */
  finish(bbox: readonly number[]): Promise<{ tiles: number; contents: number } | undefined>;
  /** Forgets everything. */
  discard(): Promise<void>;
}

/** Entries of a leaf directory, to begin with. */
const LEAF_ENTRIES = 4096;

/** Bytes that are copied at a time. */
const COPIED_AT_ONCE = 4 * 1024 * 1024;

/**
 * Writes a PMTiles archive. Equal tiles are stored once; memory grows by some 100 bytes for each
 * different tile and by less for each tile.
 *
 * Tiles wait in a file beside the archive, which is written in the order of their numbers at the end,
 * complete, and then takes its place at once.
 */
export function pmtilesWriter(options: PmtilesWriterOptions): PmtilesWriter {
  const { path, files, name, grid } = options;
  const waiting = `${path}.tiles.tmp`;
  const contents: Span[] = [];
  const byHash = new Map<string, number>();
  const tiles = new Map<number, number>();
  const formats = new Set<ImageFormat>();
  let zooms: readonly [least: number, most: number] = [Infinity, -Infinity];
  let end = 0;
  let opening: Promise<RandomAccessFile | undefined> | undefined;

  const open = async (): Promise<RandomAccessFile> => {
    opening ??= files.remove(waiting).then(() => files.open(waiting, { create: true }));
    const file = await opening;
    if (!file) throw new Error(`Cannot make ${waiting}`);
    return file;
  };
  const close = async (): Promise<void> => {
    await (await opening)?.[Symbol.asyncDispose]();
    opening = undefined;
    await files.remove(waiting);
  };

  const put = async (key: TileKey, { bytes, format }: StoredTile): Promise<void> => {
    const zxy = zxyOf(grid, key);
    if (!zxy) throw new Error(`Cannot store tile ${key.level}/${key.x}/${key.y} in an archive`);
    const file = await open();
    const hash = sha1Hex(bytes);
    let content = byHash.get(hash);
    if (content === undefined) {
      content = contents.length;
      byHash.set(hash, content);
      contents.push({ offset: end, length: bytes.length });
      const at = end;
      end += bytes.length; // taken before waiting: others write behind it
      await file.write(at, bytes);
    }
    tiles.set(tileId(...zxy), content);
    formats.add(format);
    zooms = [Math.min(zooms[0], zxy[0]), Math.max(zooms[1], zxy[0])];
  };

  const cache: TileCache = {
    name,
    keepsDimensions: false,
    keepsTimestamps: false,
    lockId: `pmtiles-writer-${sha1Hex(path)}`,
    get: async () => undefined,
    put,
    delete: async (key) => {
      const zxy = zxyOf(grid, key);
      if (zxy) tiles.delete(tileId(...zxy));
    },
  };

  return {
    cache,
    discard: close,
    async finish(bbox) {
      if (tiles.size === 0) {
        await close();
        return undefined;
      }
      const { entries, order, length } = arrange(tiles, contents);
      const { root, leaves } = await directories(entries);
      const metadata = await gzip(new TextEncoder().encode(JSON.stringify({ name })));
      const [format] = formats;
      const parts = layOut([root, metadata, leaves], length);
      const header: Header = {
        ...parts,
        internalCompression: COMPRESSION.gzip,
        tileCompression: COMPRESSION.none,
        tileType: (formats.size === 1 && format && TILE_TYPES[format]) || 0,
        minZoom: zooms[0],
        maxZoom: zooms[1],
      };
      const extras = {
        addressed: tiles.size,
        entries: entries.length,
        contents: order.length,
        bbox,
      };
      await writeArchive(path, files, async (file) => {
        await file.write(0, writeHeader(header, extras));
        await file.write(parts.root.offset, root);
        await file.write(parts.metadata.offset, metadata);
        if (leaves.length > 0) await file.write(parts.leaves.offset, leaves);
        await copy(await open(), order, { to: file, at: parts.data.offset });
      });
      await close();
      return { tiles: tiles.size, contents: order.length };
    },
  };
}

/** Writes a file that takes its place when it is complete. */
async function writeArchive(
  path: string,
  files: Files,
  write: (file: RandomAccessFile) => Promise<void>,
): Promise<void> {
  const made = `${path}.tmp`;
  await files.remove(made);
  {
    await using file = await files.open(made, { create: true });
    if (!file) throw new Error(`Cannot make ${made}`);
    await write(file);
    await file.sync();
  }
  await files.link(made, path, "hard");
  await files.remove(made);
}

/** Entries by number, runs of equal tiles as one, and the contents in the order of their first use. */
function arrange(tiles: ReadonlyMap<number, number>, contents: readonly Span[]) {
  const ids = Float64Array.from(tiles.keys()).sort();
  const placed = new Map<number, number>();
  const order: Span[] = [];
  const entries: { id: number; run: number; offset: number; length: number }[] = [];
  let length = 0;
  for (const id of ids) {
    const content = tiles.get(id)!; // its own keys
    const span = contents[content]!; // one for each content
    let offset = placed.get(content);
    if (offset === undefined) {
      offset = length;
      placed.set(content, offset);
      order.push(span);
      length += span.length;
    }
    const last = entries.at(-1);
    if (last && last.offset === offset && last.id + last.run === id) last.run++;
    else entries.push({ id, run: 1, offset, length: span.length });
  }
  return { entries, order, length };
}

/** One directory if it fits between header and the end of the first bytes, else leaves below it. */
async function directories(entries: readonly Entry[]) {
  const most = FIRST_BYTES - HEADER_BYTES;
  const whole = entries.length <= LEAF_ENTRIES ? await gzip(writeDirectory(entries)) : undefined;
  if (whole && whole.length <= most) return { root: whole, leaves: new Uint8Array() };
  for (let size = LEAF_ENTRIES; ; size *= 2) {
    const leaves: Uint8Array[] = [];
    const roots: Entry[] = [];
    let offset = 0;
    for (let at = 0; at < entries.length; at += size) {
      const leaf = await gzip(writeDirectory(entries.slice(at, at + size)));
      roots.push({ id: entries[at]!.id, run: 0, offset, length: leaf.length });
      leaves.push(leaf);
      offset += leaf.length;
    }
    const root = await gzip(writeDirectory(roots));
    if (root.length <= most) return { root, leaves: concat(leaves) };
  }
}

function layOut(
  [root, metadata, leaves]: readonly [Uint8Array, Uint8Array, Uint8Array],
  data: number,
) {
  let offset = HEADER_BYTES;
  const next = (length: number): Span => {
    const span = { offset, length };
    offset += length;
    return span;
  };
  return {
    root: next(root.length),
    metadata: next(metadata.length),
    leaves: next(leaves.length),
    data: next(data),
  };
}

/** Copies spans of a file one behind the other, several of them at a time. */
async function copy(
  from: RandomAccessFile,
  spans: readonly Span[],
  target: { readonly to: RandomAccessFile; readonly at: number },
): Promise<void> {
  let { at } = target;
  let parts: Uint8Array[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (size > 0) await target.to.write(at, concat(parts));
    at += size;
    parts = [];
    size = 0;
  };
  for (const { offset, length } of spans) {
    parts.push(await from.read(offset, length));
    size += length;
    if (size >= COPIED_AT_ONCE) await flush();
  }
  await flush();
}
