import { concat } from "../core/bytes.ts";
import type { RandomAccessFile } from "../platform/platform.ts";
import {
  BUNDLE_SIDE,
  BUNDLE_TILES,
  type BundleFormat,
  type BundleTarget,
  type Slot,
} from "./bundle.ts";
import { MAX_TILE_BYTES } from "./tile-bytes.ts";

const HEADER_BYTES = 60;
const MAX_SIZE_AT = 8;
const COUNT_AT = 16;
const FILE_SIZE_AT = 24;

/** Where the tiles begin: before, each slot has a size of zero to point to. */
const FIRST_TILE_AT = HEADER_BYTES + 4 * BUNDLE_TILES;

/** Bytes before and after the entries of the index file. */
const INDEX_HEADER = Uint8Array.of(3, 0, 0, 0, 16, 0, 0, 0, 0, 64, 0, 0, 5, 0, 0, 0);
const INDEX_FOOTER = Uint8Array.of(0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0);
const ENTRY_BYTES = 5;

/**
 * ArcGIS compact cache, version 1: a `.bundle` with the tiles, each after its size (4 bytes), and
 * a `.bundlx` with the offset of each size, 128 columns of 128 entries. All numbers are
 * little-endian.
 */
export const bundleV1: BundleFormat = {
  // An index without bundle would promise tiles that are not there.
  extensions: ["bundle", "bundlx"],
  headBytes: FIRST_TILE_AT,
  async read(files, base, slots) {
    await using index = await files.open(`${base}.bundlx`);
    if (!index) return slots.map(() => undefined);
    await using bundle = await files.open(`${base}.bundle`);
    if (!bundle) return slots.map(() => undefined);
    const tiles: (Uint8Array | undefined)[] = [];
    for (const slot of slots) tiles.push(await readTile(index, bundle, slot));
    return tiles;
  },
  async write(target, tiles) {
    await make(target);
    const { files, base } = target;
    await using bundle = await files.open(`${base}.bundle`);
    await using index = await files.open(`${base}.bundlx`);
    if (!bundle || !index) throw new Error(`Cannot open ${base}.bundle: it was removed at once`);
    await append(bundle, index, tiles);
  },
  async remove(files, base, slot) {
    await using index = await files.open(`${base}.bundlx`);
    await index?.write(entryAt(slot), new Uint8Array(ENTRY_BYTES));
  },
  async list(files, base) {
    await using index = await files.open(`${base}.bundlx`);
    await using bundle = await files.open(`${base}.bundle`);
    if (!index || !bundle) return [];
    const entries = await index.read(INDEX_HEADER.length, ENTRY_BYTES * BUNDLE_TILES);
    const found: { slot: Slot; size: number }[] = [];
    for (let i = 0; i < entries.length / ENTRY_BYTES; i++) {
      const offset = uint40(entries.subarray(ENTRY_BYTES * i));
      if (offset < FIRST_TILE_AT) continue;
      const size = await readSize(bundle, offset);
      const slot = { column: Math.floor(i / BUNDLE_SIDE), row: i % BUNDLE_SIDE };
      if (size > 0) found.push({ slot, size });
    }
    return found;
  },
};

async function readTile(
  index: RandomAccessFile,
  bundle: RandomAccessFile,
  slot: Slot,
): Promise<Uint8Array | undefined> {
  const offset = uint40(await index.read(entryAt(slot), ENTRY_BYTES));
  if (offset === 0) return undefined;
  const size = await readSize(bundle, offset);
  if (size === 0 || size > MAX_TILE_BYTES) return undefined;
  const bytes = await bundle.read(offset + 4, size);
  // Beyond the end of the file: the power failed before the tile was on the disk.
  return bytes.length === size ? bytes : undefined;
}

/** Size of the tile whose record begins at `offset`; 0 if there is none. */
async function readSize(bundle: RandomAccessFile, offset: number): Promise<number> {
  const bytes = await bundle.read(offset, 4);
  return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

async function append(
  bundle: RandomAccessFile,
  index: RandomAccessFile,
  tiles: readonly (readonly [Slot, Uint8Array])[],
): Promise<void> {
  // The true end: the header's is behind if a writer was killed.
  let end = Math.max(await bundle.size(), FIRST_TILE_AT);
  const start = end;
  const parts: Uint8Array[] = [];
  const offsets = new Map<number, number>();
  let added = 0;
  let largest = 0;
  for (const [slot, bytes] of tiles) {
    const at = entryAt(slot);
    const before = uint40(await index.read(at, ENTRY_BYTES));
    const isNew = !offsets.has(at) && (before === 0 || (await readSize(bundle, before)) === 0);
    if (isNew) added++;
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, bytes.length, true);
    parts.push(size, bytes);
    offsets.set(at, end);
    end += 4 + bytes.length;
    largest = Math.max(largest, bytes.length);
  }
  await bundle.write(start, concat(parts));
  for (const [at, offset] of offsets) await index.write(at, fromUint40(offset));

  const header = await bundle.read(0, HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  view.setUint32(MAX_SIZE_AT, Math.max(view.getUint32(MAX_SIZE_AT, true), largest), true);
  view.setBigUint64(COUNT_AT, view.getBigUint64(COUNT_AT, true) + BigInt(4 * added), true);
  view.setBigUint64(FILE_SIZE_AT, BigInt(end), true);
  await bundle.write(0, header);
}

/** Makes the files that are missing; the index last, as it is what readers look at first. */
async function make({ files, base, first, modes }: BundleTarget): Promise<void> {
  if (!(await files.stat(`${base}.bundle`))) {
    await files.write(`${base}.bundle`, emptyBundle(first), modes);
  }
  if (!(await files.stat(`${base}.bundlx`))) {
    await files.write(`${base}.bundlx`, emptyIndex(), modes);
  }
}

/** Column by column, unlike version 2. */
function entryAt({ column, row }: Slot): number {
  return INDEX_HEADER.length + ENTRY_BYTES * (column * BUNDLE_SIDE + row);
}

/** 0 if there are less than five bytes. */
function uint40(bytes: Uint8Array): number {
  const [a, b, c, d, e] = bytes;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return 0;
  return e === undefined ? 0 : a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24 + e * 2 ** 32;
}

function fromUint40(value: number): Uint8Array {
  return Uint8Array.from({ length: ENTRY_BYTES }, (_, i) => Math.floor(value / 2 ** (8 * i)));
}

function emptyBundle(first: BundleTarget["first"]): Uint8Array {
  const bytes = new Uint8Array(FIRST_TILE_AT);
  const view = new DataView(bytes.buffer);
  // fixed, tiles, size of the largest tile, fixed
  [3, BUNDLE_TILES, 16, 5].forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  // four times the number of tiles, file size, fixed
  [0, bytes.length, 40].forEach((value, i) => {
    view.setBigUint64(16 + 8 * i, BigInt(value), true);
  });
  const last = BUNDLE_SIDE - 1;
  const { row, column } = first;
  [16, row, row + last, column, column + last].forEach((value, i) => {
    view.setUint32(40 + 4 * i, value, true);
  });
  return bytes;
}

function emptyIndex(): Uint8Array {
  const entries = Array.from({ length: BUNDLE_TILES }, (_, i) => fromUint40(HEADER_BYTES + 4 * i));
  return concat([INDEX_HEADER, ...entries, INDEX_FOOTER]);
}
