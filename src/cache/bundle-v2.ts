import { concat } from "../core/bytes.ts";
import type { RandomAccessFile } from "../platform/platform.ts";
import { BUNDLE_SIDE, BUNDLE_TILES, type BundleFormat, type Slot } from "./bundle.ts";
import { MAX_TILE_BYTES } from "./tile-bytes.ts";

const HEADER_BYTES = 64;
const INDEX_BYTES = 8 * BUNDLE_TILES;
const MAX_SIZE_AT = 8;
const FILE_SIZE_AT = 24;

/** 24 bits hold the size of a tile, 40 bits its offset. */
const MAX_SIZE = 2 ** 24 - 1;
const SIZE_SHIFT = 40n;

/** What an index entry without tile holds. */
const NO_TILE = 4n;

/**
 * ArcGIS compact cache, version 2: one file with a header of 64 bytes, an index of 128 rows of 128
 * entries, and the tiles, each after its size (4 bytes). All numbers are little-endian.
 */
export const bundleV2: BundleFormat = {
  extensions: ["bundle"],
  headBytes: HEADER_BYTES + INDEX_BYTES,
  async read(files, base, slots) {
    await using file = await files.open(`${base}.bundle`);
    if (!file) return slots.map(() => undefined);
    const tiles: (Uint8Array | undefined)[] = [];
    for (const slot of slots) {
      const entry = await readEntry(file, slot);
      const bytes = entry && (await file.read(entry.offset, entry.size));
      // Beyond the end of the file: the power failed before the tile was on the disk.
      tiles.push(bytes?.length === entry?.size ? bytes : undefined);
    }
    return tiles;
  },
  async write(target, tiles) {
    const { files, base, modes } = target;
    for (const [, { length }] of tiles) {
      if (length > MAX_SIZE) throw new Error(`A bundle cannot hold a tile of ${length} bytes`);
    }
    if (!(await files.stat(`${base}.bundle`))) {
      await files.write(`${base}.bundle`, emptyBundle(), modes);
    }
    await using file = await files.open(`${base}.bundle`);
    if (!file) throw new Error(`Cannot open ${base}.bundle: it was removed at once`);
    await append(file, tiles);
  },
  async remove(files, base, slot) {
    await using file = await files.open(`${base}.bundle`);
    await file?.write(entryAt(slot), new Uint8Array(8));
  },
  async list(files, base) {
    await using file = await files.open(`${base}.bundle`);
    if (!file) return [];
    const index = await file.read(HEADER_BYTES, INDEX_BYTES);
    const found: { slot: Slot; size: number }[] = [];
    for (let i = 0; i < index.length / 8; i++) {
      const slot = { column: i % BUNDLE_SIDE, row: Math.floor(i / BUNDLE_SIDE) };
      const entry = parseEntry(index.subarray(8 * i, 8 * i + 8));
      if (entry) found.push({ slot, size: entry.size });
    }
    return found;
  },
};

async function append(
  file: RandomAccessFile,
  tiles: readonly (readonly [Slot, Uint8Array])[],
): Promise<void> {
  // The true end: the header's is behind if a writer was killed.
  let end = await file.size();
  const start = end;
  const parts: Uint8Array[] = [];
  const entries: [at: number, entry: Uint8Array][] = [];
  let largest = 0;
  for (const [slot, bytes] of tiles) {
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, bytes.length, true);
    parts.push(size, bytes);
    entries.push([entryAt(slot), uint64(BigInt(end + 4) + (BigInt(bytes.length) << SIZE_SHIFT))]);
    end += 4 + bytes.length;
    largest = Math.max(largest, bytes.length);
  }
  await file.write(start, concat(parts));
  for (const [at, entry] of entries) await file.write(at, entry);

  const header = await file.read(0, HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  view.setUint32(MAX_SIZE_AT, Math.max(view.getUint32(MAX_SIZE_AT, true), largest), true);
  view.setBigUint64(FILE_SIZE_AT, BigInt(end), true);
  await file.write(0, header);
}

function entryAt({ column, row }: Slot): number {
  return HEADER_BYTES + 8 * (column + BUNDLE_SIDE * row);
}

async function readEntry(
  file: RandomAccessFile,
  slot: Slot,
): Promise<{ offset: number; size: number } | undefined> {
  return parseEntry(await file.read(entryAt(slot), 8));
}

/** Offset and size in bytes; `undefined` if there is no tile, or one that is absurdly large. */
function parseEntry(bytes: Uint8Array): { offset: number; size: number } | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const low = view.getUint32(0, true);
  const high = view.getUint32(4, true);
  const size = high >>> 8;
  if (size === 0 || size > MAX_TILE_BYTES) return undefined;
  return { offset: (high & 0xff) * 2 ** 32 + low, size };
}

function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

function emptyBundle(): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + INDEX_BYTES);
  const view = new DataView(bytes.buffer);
  // version, tiles, size of the largest tile, bytes of an offset
  [3, BUNDLE_TILES, 0, 5].forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  // slack, file size, offset of the user header
  [0, bytes.length, 40].forEach((value, i) => {
    view.setBigUint64(16 + 8 * i, BigInt(value), true);
  });
  // size of user header and index, then the user header, which old readers take for version 1
  [20 + INDEX_BYTES, 3, 16, BUNDLE_TILES, 5, INDEX_BYTES].forEach((value, i) => {
    view.setUint32(40 + 4 * i, value, true);
  });
  for (let i = 0; i < BUNDLE_TILES; i++) view.setBigUint64(HEADER_BYTES + 8 * i, NO_TILE, true);
  return bytes;
}
