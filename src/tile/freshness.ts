import type { OriginNotes } from "../core/context.ts";
import { Lru } from "../core/lru.ts";
import { type ServerWord, serverWord } from "../http/freshness.ts";
import type { TileKey } from "../model/cache.ts";
import type { Clock } from "../platform/platform.ts";

/** What servers said of the answers that tiles were made of, as long as it is remembered. */
export interface Freshness {
  /**
   * Whether a stored tile is still good; `undefined`: its servers did not say. A tile of which
   * nothing is known, since another process made it, is not.
   */
  isFresh(key: TileKey): boolean | undefined;
  /** Begins to take notes. */
  notes(conditions: OriginNotes["conditions"]): Notes;
  /** Remembers what the notes say of tiles that were made together or did not change. */
  remember(keys: readonly TileKey[], notes: Notes): void;
  /**
   * Headers that ask only for what has changed since the tiles were stored; `undefined` if all must
   * be asked for anew.
   *
   * @param times ms since 1970 of the stored tiles, for those of which nothing is known;
   *   `undefined` where the store keeps none
   */
  conditions(
    keys: readonly TileKey[],
    times: () => Promise<readonly (number | undefined)[]>,
  ): Promise<OriginNotes["conditions"]>;
}

export interface Notes extends OriginNotes {
  /** False if a server does not want its answer to be kept. */
  mayStore(): boolean;
  words(): readonly ServerWord[];
}

/** The same for all tiles that were made together. */
interface Known {
  /** ms since 1970; `undefined`: the servers did not say. */
  readonly until: number | undefined;
  readonly life: number | undefined;
  /** Empty if more than one answer went into the tiles. */
  readonly conditions: Readonly<Record<string, string>>;
}

/** Tiles that are remembered for each cache and grid: some 20 MB. */
const REMEMBERED = 100_000;

/** Freshness of the tiles of one cache in one grid, in the memory of this process. */
export function createFreshness(clock: Clock): Freshness {
  const known = new Lru<string, Known>(REMEMBERED);
  return {
    isFresh(key) {
      const found = known.get(idOf(key));
      if (!found) return false;
      return found.until === undefined ? undefined : clock.now() < found.until;
    },
    notes(conditions) {
      const words: ServerWord[] = [];
      return {
        conditions,
        note: (headers) => {
          words.push(serverWord(headers, clock.now()));
        },
        mayStore: () => words.every(({ mayStore }) => mayStore),
        words: () => words,
      };
    },
    remember(keys, notes) {
      const before = notes.conditions && known.get(idOf(keys[0]!)); // units are not empty
      const now = summary(notes, before, clock.now());
      for (const key of keys) known.set(idOf(key), now);
    },
    async conditions(keys, times) {
      const [first, ...others] = keys.map((key) => known.get(idOf(key)));
      if (others.some((other) => other !== first)) return undefined;
      if (first) return Object.keys(first.conditions).length > 0 ? first.conditions : undefined;
      const oldest = (await times()).reduce(
        (a, b) => (a === undefined || b === undefined ? undefined : Math.min(a, b)),
        Number.POSITIVE_INFINITY,
      );
      if (oldest === undefined || !Number.isFinite(oldest)) return undefined;
      return { "if-modified-since": new Date(oldest - CLOCK_TOLERANCE).toUTCString() };
    },
  };
}

/** ms by which the clock of a server may be behind ours. */
const CLOCK_TOLERANCE = 60_000;

/** @param before what was known of tiles that did not change */
function summary(notes: Notes, before: Known | undefined, now: number): Known {
  const words = notes.words();
  const lives = words.flatMap(({ life }) => (life === undefined ? [] : [life]));
  const life = lives.length > 0 ? Math.min(...lives) : before?.life;
  const [only] = words;
  const conditions = { ...notes.conditions };
  if (words.length === 1) {
    if (only?.etag !== undefined) conditions["if-none-match"] = only.etag;
    if (only?.lastModified !== undefined) conditions["if-modified-since"] = only.lastModified;
  }
  return { until: life === undefined ? undefined : now + life, life, conditions };
}

function idOf({ x, y, level, dimensions }: TileKey): string {
  return `${level}/${x}/${y}${dimensions ? JSON.stringify(dimensions) : ""}`;
}
