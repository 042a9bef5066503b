import { equalBytes, sampleHash } from "../core/bytes.ts";
import { Sightings } from "../core/sightings.ts";
import type { Arena } from "./kernels/arena.ts";
import { type Sheet, TABLE_BYTES } from "./kernels/sheet.ts";
import type { RasterView } from "./picture.ts";

/** Bytes that all decoded tiles of a thread take together, with the files they come from; 0: none is kept. */
let room = 0;

/**
 * Files whose first sight is remembered. Few: a tile that comes again only after many others would be gone before it is used,
 * and keeping it costs more than decoding it (test/bench/README.md).
 */
const MOST_SEEN = 256;

/** Whether color is red, green and blue, or luminance and chrominance. */
export type Kind = "rgb" | "ycc";

/** A tile that is kept. */
export interface KeptTile {
  readonly width: number;
  readonly height: number;
  /** Samples a pixel of the picture. */
  readonly channels: RasterView["channels"];
  readonly kind: Kind;
  readonly sheet: Omit<Sheet, "at" | "table">;
  readonly hasTable: boolean;
  /** Places in the ring: of all, and of what follows the file. */
  readonly at: number;
  readonly fileBytes: number;
  readonly length: number;
}

/** Kept tiles by a number made from their file, in the order in which the ring is filled. */
const kept = new Map<number, KeptTile>();
const sightings = new Sightings<number>(MOST_SEEN);
let ring = new Uint8Array();
let next = 0;

/** Bytes for decoded tiles of this thread, and of those that draw for it. */
export function decodedTilesRoom(): number {
  return room;
}

/** Sets the memory for decoded tiles of this thread; another amount than before forgets all. @param bytes 0: nothing is kept */
export function limitDecodedTiles(bytes: number): void {
  if (bytes === room) return;
  room = bytes;
  kept.clear();
  sightings.clear();
  ring = new Uint8Array();
  next = 0;
}

/** What the very bytes of a file were decoded to; "again": nothing is kept, but it has been asked for before. */
export function findTile(file: Uint8Array, kind: Kind): KeptTile | "again" | undefined {
  if (room === 0) return undefined;
  const key = keyOf(file, kind);
  const found = kept.get(key);
  if (found && found.kind === kind && isSame(file, found)) return found;
  return sightings.isAgain(key) ? "again" : undefined;
}

/** Keeps the whole tile of a file; it takes the place of those that have been kept for longest. */
export function keepTile(
  { bytes }: Arena,
  file: Uint8Array,
  tile: Pick<KeptTile, "width" | "height" | "channels" | "kind"> & { readonly sheet: Sheet },
): void {
  const { at: from, table, rowBytes, rows, samples } = tile.sheet;
  const tableBytes = table ? TABLE_BYTES : 0;
  const length = file.length + tableBytes + rowBytes * rows;
  if (length > room / 8) return;
  const at = makeRoom(length);
  const pixels = at + file.length + tableBytes;
  ring.set(file, at);
  if (table) ring.set(bytes.subarray(table, table + TABLE_BYTES), at + file.length);
  ring.set(bytes.subarray(from, from + rowBytes * rows), pixels);
  const { width, height, channels, kind } = tile;
  const sheet = { rowBytes, rows, samples };
  const about = { width, height, channels, kind, sheet, hasTable: table !== 0 };
  const key = keyOf(file, kind);
  kept.delete(key); // so that it comes last
  kept.set(key, { ...about, at, fileBytes: file.length, length });
}

/** Some rows of a kept tile in kernel memory that it borrows. */
export function takeRows(
  arena: Arena,
  tile: KeptTile,
  [top, bottom]: readonly [top: number, bottom: number],
): Sheet {
  const { rowBytes, samples } = tile.sheet;
  const rows = bottom - top;
  const at = arena.alloc(rowBytes * rows);
  const table = tile.hasTable ? arena.alloc(TABLE_BYTES) : 0;
  const { bytes } = arena;
  let from = tile.at + tile.fileBytes;
  if (table) {
    bytes.set(ring.subarray(from, from + TABLE_BYTES), table);
    from += TABLE_BYTES;
  }
  from += top * rowBytes;
  bytes.set(ring.subarray(from, from + rowBytes * rows), at);
  return { at, rowBytes, rows, samples, table };
}

/** A place for `length` bytes at the end of the ring, or at its beginning. */
function makeRoom(length: number): number {
  if (ring.length === 0) ring = new Uint8Array(room);
  const wraps = next + length > ring.length;
  const at = wraps ? 0 : next;
  for (const [key, tile] of kept) {
    const isBehind = wraps && tile.at >= next;
    const isBelow = tile.at < at + length && tile.at + tile.length > at;
    if (!isBehind && !isBelow) break; // the oldest comes first
    kept.delete(key);
  }
  next = (at + length + 3) & ~3; // files are compared by words
  return at;
}

function isSame(file: Uint8Array, { at, fileBytes }: KeptTile): boolean {
  return equalBytes(file, ring.subarray(at, at + fileBytes));
}

function keyOf(file: Uint8Array, kind: Kind): number {
  return sampleHash(file) ^ (kind === "ycc" ? 1 << 31 : 0);
}
