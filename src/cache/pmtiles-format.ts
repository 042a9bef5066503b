/**
 * PMTiles, version 3: one file with a header, directories of entries that are sorted by tile number,
 * and the tiles. Everything that is read is bounded: archives come from anywhere.
 */
import { concat } from "../core/bytes.ts";
import type { ImageFormat } from "../image/picture.ts";

export const HEADER_BYTES = 127;
/** Header and root directory lie within the first bytes of the file. */
export const FIRST_BYTES = 16_384;
/** Finest level whose tile numbers are exact in a double. */
export const MAX_ZOOM = 26;
/** Largest directory: compressed, unpacked, and by number of entries. */
export const MAX_PACKED = 4 * 1024 * 1024;
const MAX_UNPACKED = 32 * 1024 * 1024;
const MAX_ENTRIES = 2_000_000;

export const COMPRESSION = { unknown: 0, none: 1, gzip: 2 } as const;
/** Number of the kind of tiles; 0 where it has none. */
export const TILE_TYPES: Readonly<Partial<Record<ImageFormat, number>>> = {
  png: 2,
  jpeg: 3,
  webp: 4,
};

/** A part of the file, in bytes. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

export interface Header {
  readonly root: Span;
  readonly metadata: Span;
  readonly leaves: Span;
  readonly data: Span;
  readonly internalCompression: number;
  readonly tileCompression: number;
  readonly tileType: number;
  readonly minZoom: number;
  readonly maxZoom: number;
}

/** The bytes are no archive that can be used. */
export class PmtilesFault extends Error {}

/** @throws PmtilesFault */
export function parseHeader(bytes: Uint8Array): Header {
  if (bytes.length < HEADER_BYTES || text(bytes.subarray(0, 7)) !== "PMTiles") {
    throw new PmtilesFault("not a PMTiles archive");
  }
  if (bytes[7] !== 3) throw new PmtilesFault(`version ${bytes[7]} where 3 is expected`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const span = (at: number): Span => ({ offset: uint64(view, at), length: uint64(view, at + 8) });
  const header = {
    root: span(8),
    metadata: span(24),
    leaves: span(40),
    data: span(56),
    internalCompression: view.getUint8(97),
    tileCompression: view.getUint8(98),
    tileType: view.getUint8(99),
    minZoom: view.getUint8(100),
    maxZoom: view.getUint8(101),
  };
  if (header.root.length > MAX_PACKED) throw new PmtilesFault("the root directory is too large");
  return header;
}

/** @throws PmtilesFault for an offset that a file cannot have */
function uint64(view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw new PmtilesFault("an offset is out of range");
  return value;
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** What {@linkcode writeHeader} writes besides the parts. */
export interface HeaderExtras {
  readonly addressed: number;
  readonly entries: number;
  readonly contents: number;
  /** West, south, east, north in degrees. */
  readonly bbox: readonly number[];
}

export function writeHeader(header: Header, extras: HeaderExtras): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("PMTiles"));
  view.setUint8(7, 3);
  const { root, metadata, leaves, data } = header;
  const numbers = [root, metadata, leaves, data].flatMap(({ offset, length }) => [offset, length]);
  numbers.push(extras.addressed, extras.entries, extras.contents);
  for (const [i, value] of numbers.entries()) view.setBigUint64(8 + 8 * i, BigInt(value), true);
  view.setUint8(96, 1); // tiles lie in the order of their numbers
  view.setUint8(97, header.internalCompression);
  view.setUint8(98, header.tileCompression);
  view.setUint8(99, header.tileType);
  view.setUint8(100, header.minZoom);
  view.setUint8(101, header.maxZoom);
  const [west = 0, south = 0, east = 0, north = 0] = extras.bbox;
  const degrees = [west, south, east, north].map((value) => Math.round(value * 1e7));
  for (const [i, value] of degrees.entries()) view.setInt32(102 + 4 * i, value, true);
  view.setUint8(118, header.minZoom);
  view.setInt32(119, Math.round(((west + east) / 2) * 1e7), true);
  view.setInt32(123, Math.round(((south + north) / 2) * 1e7), true);
  return bytes;
}

/** `run` tiles from number `id` on share one content; `run` 0: a directory of those from `id` on. */
export interface Entry extends Span {
  readonly id: number;
  readonly run: number;
}

/** Entries as they lie in the file, unpacked. */
export function writeDirectory(entries: readonly Entry[]): Uint8Array {
  const out: number[] = [];
  const put = (value: number): void => {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
    out.push(rest);
  };
  put(entries.length);
  for (const [i, { id }] of entries.entries()) put(id - (entries[i - 1]?.id ?? 0));
  for (const { run } of entries) put(run);
  for (const { length } of entries) put(length);
  for (const [i, { offset }] of entries.entries()) {
    const before = entries[i - 1];
    put(before && offset === before.offset + before.length ? 0 : offset + 1);
  }
  return Uint8Array.from(out);
}

/** @throws PmtilesFault */
export function parseDirectory(bytes: Uint8Array): Entry[] {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new PmtilesFault("a directory is cut short");
      value += (byte & 127) * scale;
      if (!Number.isSafeInteger(value)) throw new PmtilesFault("a number is out of range");
      if (byte < 128) return value;
    }
  };
  const count = next();
  // each entry takes at least four bytes
  if (count > MAX_ENTRIES || count > bytes.length / 4) {
    throw new PmtilesFault(`a directory claims ${count} entries`);
  }
  const list = () => Array.from({ length: count }, next);
  const [deltas, runs, lengths, offsets] = [list(), list(), list(), list()];
  const entries: Entry[] = [];
  let id = 0;
  for (let i = 0; i < count; i++) {
    id += deltas[i]!; // count of them, like the others
    const before = entries[i - 1];
    const coded = offsets[i]!;
    if (coded === 0 && !before) throw new PmtilesFault("the first entry has no offset");
    const offset = coded === 0 ? before!.offset + before!.length : coded - 1;
    if (!Number.isSafeInteger(id + offset)) throw new PmtilesFault("a number is out of range");
    entries.push({ id, run: runs[i]!, length: lengths[i]!, offset });
  }
  return entries;
}

/** The last entry that begins at `id` or before. */
export function findEntry(entries: readonly Entry[], id: number): Entry | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.id <= id) low = middle + 1;
    else high = middle;
  }
  return entries[low - 1];
}

/** Number of a tile: levels one after the other, within a level along a Hilbert curve. */
export function tileId(z: number, x: number, y: number): number {
  let id = (4 ** z - 1) / 3;
  let [tx, ty] = [x, y];
  for (let side = 2 ** z / 2; side >= 1; side /= 2) {
    const right = Math.floor(tx / side) % 2;
    const low = Math.floor(ty / side) % 2;
    id += side * side * ((3 * right) ^ low);
    if (low === 0) {
      if (right === 1) [tx, ty] = [side - 1 - (tx % side), side - 1 - (ty % side)];
      [tx, ty] = [ty, tx];
    }
  }
  return id;
}

/** @throws PmtilesFault if the compression is another one, or the content too large */
export async function unpack(
  bytes: Uint8Array,
  compression: number,
  most = MAX_UNPACKED,
): Promise<Uint8Array> {
  if (compression === COMPRESSION.none || compression === COMPRESSION.unknown) return bytes;
  if (compression !== COMPRESSION.gzip) {
    throw new PmtilesFault(`compression ${compression} cannot be read: gzip and none can`);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Blob([bytes as BlobPart]).stream();
  const reader = stream.pipeThrough(new DecompressionStream("gzip")).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(parts);
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new PmtilesFault(`unpacked, something has more than ${most} bytes`);
    }
    parts.push(value);
  }
}

export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as BlobPart]).stream();
  const packed = stream.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
