import type { Fragmentation } from "../model/cache.ts";
import type { Files, WriteOptions } from "../platform/platform.ts";
import { type BundleFormat, type BundleTarget, parseBundleName } from "./bundle.ts";

/** The bundles of one cache. */
export interface Bundles {
  readonly files: Files;
  readonly format: BundleFormat;
  readonly directory: string;
  readonly modes: WriteOptions;
  /** Excludes other writers of a bundle (path without extension below the directory). */
  withLock(level: number, bundle: string, work: () => Promise<void>): Promise<void>;
}

interface Bundle {
  readonly level: number;
  /** `R0000C0080`. */
  readonly name: string;
  readonly first: BundleTarget["first"];
  /** Path without extension. */
  readonly base: string;
}

/** Bytes before each tile that say how long it is. */
const SIZE_BYTES = 4;

/** Slots whose tiles are copied at a time: 128 tiles are some megabytes. */
const COPIED_AT_ONCE = 128;

/**
 * Looks at every bundle, level by level, and writes those anew that `decide` wants: without the bytes
 * of tiles that were replaced or removed. A bundle without tiles is removed.
 *
 * The new bundle is complete before it takes the place of the old one.
 */
export async function defragment(
  bundles: Bundles,
  decide: (bundle: Fragmentation) => boolean,
): Promise<void> {
  const all = await listBundles(bundles);
  for (const [i, bundle] of all.entries()) {
    const { unused, size } = await measure(bundles, bundle.base);
    const path = `${bundle.base}.bundle`;
    if (!decide({ path, index: i + 1, count: all.length, unused, size })) continue;
    await bundles.withLock(bundle.level, bundle.name, () => rewrite(bundles, bundle));
  }
}

async function listBundles({ files, directory }: Bundles): Promise<Bundle[]> {
  const found: Bundle[] = [];
  for await (const { name: levelName, isDirectory } of files.list(directory)) {
    const level = /^L(\d{2,})$/.exec(levelName)?.[1];
    if (!isDirectory || level === undefined) continue;
    for await (const entry of files.list(`${directory}/${levelName}`)) {
      const [name = "", extension] = entry.name.split(".");
      const first = extension === "bundle" ? parseBundleName(name) : undefined;
      const base = `${directory}/${levelName}/${name}`;
      if (first) found.push({ level: Number(level), name, first, base });
    }
  }
  return found.sort((a, b) => (a.base < b.base ? -1 : 1));
}

async function measure({ files, format }: Bundles, base: string) {
  const size = (await files.stat(`${base}.bundle`))?.size ?? 0;
  let used = format.headBytes;
  for (const tile of await format.list(files, base)) used += tile.size + SIZE_BYTES;
  return { size, unused: Math.max(0, size - used) };
}

async function rewrite(bundles: Bundles, { base, first }: Bundle): Promise<void> {
  const { files, format, directory, modes } = bundles;
  const target = { files, base: `${directory}/tmp_defrag`, first, modes };
  const removeAll = async (path: string) => {
    for (const extension of format.extensions) await files.remove(`${path}.${extension}`);
  };
  await removeAll(target.base); // what a run that was killed left
  try {
    let copied = 0;
    const tiles = await format.list(files, base);
    for (let at = 0; at < tiles.length; at += COPIED_AT_ONCE) {
      const slots = tiles.slice(at, at + COPIED_AT_ONCE).map(({ slot }) => slot);
      const bytes = await format.read(files, base, slots);
      const present = slots.flatMap((slot, i) => (bytes[i] ? [[slot, bytes[i]] as const] : []));
      if (present.length > 0) await format.write(target, present);
      copied += present.length;
    }
    if (copied === 0) return await removeAll(base);
    for (const extension of format.extensions) {
      await files.link(`${target.base}.${extension}`, `${base}.${extension}`, "hard", modes);
    }
  } finally {
    await removeAll(target.base);
  }
}
