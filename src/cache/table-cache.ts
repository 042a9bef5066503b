import { CacheError } from "../core/errors.ts";
import type { ImageOptions } from "../image/options.ts";
import type { StoredTile, TileCache, TileKey } from "../model/cache.ts";
import type { Clock, Sqlite, SqlValue } from "../platform/platform.ts";
import { changing, hotTile, isStill, isTrusted, keepHot, keepsHotTiles } from "./hot-tiles.ts";
import type { SqliteFile } from "./sqlite-file.ts";
import { guarded, MAX_TILE_BYTES, storedTile } from "./tile-bytes.ts";

export interface TableCacheOptions {
  readonly name: string;
  readonly lockId: string;
  readonly image: ImageOptions;
  /** Name of the table, quoted. */
  readonly table: string;
  /** The file that holds a level. */
  file(level: number): SqliteFile;
  /** Every level has a file of its own. */
  readonly filePerLevel: boolean;
  /** There is a column `last_modified` with local time; `undefined`: times are not kept. */
  readonly times: { readonly ttl: number } | undefined;
  readonly clock: Clock;
  /** Within the transaction that changed a level. */
  changed?(database: Sqlite, level: number): void;
  close(): void;
}

/** Tiles read between two turns of the event loop. */
const READ_AT_ONCE = 333;

/** Tiles listed between two turns of the event loop. */
const LIST_AT_ONCE = 1000;

/** Tiles in rows of SQLite tables: MBTiles, GeoPackage and their one-file-a-level variants. */
export function tableCache(options: TableCacheOptions): TileCache {
  const { name, table, times, clock } = options;
  const sql = statements(table, times !== undefined, (times?.ttl ?? 0) > 0);
  /** Values of the placeholders that name a visible tile. */
  const at = ({ x, y, level }: TileKey): SqlValue[] =>
    times && times.ttl > 0 ? [level, x, y, seconds(clock.now()) - times.ttl] : [level, x, y];
  const find = (database: Sqlite, key: TileKey): StoredTile | undefined => {
    const row = database.all(sql.get, ...at(key))[0];
    return row && toTile(row, options.image);
  };
  const store = (database: Sqlite, key: TileKey, tile: StoredTile): void => {
    const values: SqlValue[] = [key.level, key.x, key.y, tile.bytes];
    if (times) values.push(seconds(tile.timestamp ?? clock.now()));
    database.run(sql.put, ...values);
  };

  /** Names a tile among those of all stores. */
  const idOf = ({ x, y, level }: TileKey) =>
    `${options.file(level).path} ${table} ${level}/${x}/${y}`;
  const read = (key: TileKey) => options.file(key.level).read((database) => find(database, key));
  /** By the file as it was before it was read: one that has changed meanwhile will be another. */
  const readOrKnown = async (key: TileKey): Promise<StoredTile | undefined> => {
    if (!keepsHotTiles()) return read(key);
    const file = options.file(key.level);
    const id = idOf(key);
    const known = hotTile(id);
    const now = clock.now();
    if (known && isTrusted(known, now)) return known.tile;
    const before = await file.stat();
    if (known && isStill(known, before, now)) return known.tile;
    const tile = await read(key);
    if (before && file.isAll(before)) keepHot(id, { tile, file: before }, now);
    return tile;
  };
  const get = times && times.ttl > 0 ? read : readOrKnown;

  return {
    name,
    keepsDimensions: false,
    keepsTimestamps: times !== undefined,
    lockId: options.lockId,
    get: (key) => guarded(name, "read tile", () => get(key)),
    getMany: (keys) =>
      guarded(name, "read tiles", async () => {
        const found = new Map<TileKey, StoredTile | undefined>();
        for (const [level, ofLevel] of byLevel(keys, (key) => key.level)) {
          for (let i = 0; i < ofLevel.length; i += READ_AT_ONCE) {
            const part = ofLevel.slice(i, i + READ_AT_ONCE);
            await options.file(level).read((database) => {
              for (const key of part) found.set(key, find(database, key));
            });
          }
        }
        return keys.map((key) => found.get(key));
      }),
    put: (key, tile) =>
      guarded(name, "write tile", () =>
        changing([idOf(key)], () =>
          options.file(key.level).write((database) => {
            store(database, key, tile);
            options.changed?.(database, key.level);
          }),
        ),
      ),
    putMany: (tiles) =>
      guarded(name, "write tiles", async () => {
        for (const [level, ofLevel] of byLevel(tiles, ([key]) => key.level)) {
          const ids = ofLevel.map(([key]) => idOf(key));
          await changing(ids, () =>
            options.file(level).write((database) => {
              for (const [key, tile] of ofLevel) store(database, key, tile);
              options.changed?.(database, level);
            }),
          );
        }
      }),
    delete: (key) =>
      guarded(name, "remove tile", async () => {
        const { x, y, level } = key;
        const file = options.file(level);
        // not to make a file only to remove a tile from it
        if ((await file.read(() => true)) === undefined) return;
        await changing([idOf(key)], () =>
          file.write((database) => database.run(sql.delete, level, x, y)),
        );
      }),
    stat: (key) =>
      guarded(name, "look at tile", () =>
        options.file(key.level).read((database) => {
          const row = database.all(sql.stat, ...at(key))[0];
          return row && { timestamp: milliseconds(row.modified) };
        }),
      ),
    async *keys(level) {
      for (let [x, y] = [-1, -1]; ; ) {
        const rows = await guarded(name, "list tiles", () =>
          options.file(level).read((database) => database.all(sql.list, level, x, y)),
        );
        for (const row of rows ?? []) {
          [x, y] = [Number(row.tile_column), Number(row.tile_row)];
          yield { x, y, level };
        }
        if ((rows?.length ?? 0) < LIST_AT_ONCE) return;
      }
    },
    async deleteLevel(level, before) {
      if (before !== undefined && !times) {
        throw new CacheError(name, "remove tiles by age", new Error("it keeps no times"));
      }
      await guarded(name, "remove level", () =>
        changing(undefined, async () => {
          const file = options.file(level);
          if (before === undefined && options.filePerLevel) return file.remove();
          if ((await file.read(() => true)) === undefined) return;
          await file.write((database) => {
            if (before === undefined) database.run(sql.deleteLevel, level);
            else database.run(sql.deleteOlder, level, seconds(before));
            options.changed?.(database, level);
          });
        }),
      );
    },
    close: async () => options.close(),
  };
}

/** SQL for a table; `times`: with `last_modified`; `ttl`: tiles expire. */
function statements(table: string, times: boolean, ttl: boolean) {
  const key = "zoom_level = ? AND tile_column = ? AND tile_row = ?";
  const visible = ttl ? `${key} AND last_modified > datetime(?, 'unixepoch', 'localtime')` : key;
  // The text in the table is local time.
  const modified = times
    ? "CAST(strftime('%s', last_modified, 'utc') AS INTEGER) AS modified"
    : "NULL AS modified";
  // Looked at before it is loaded: foreign files hold anything.
  const data = `CASE WHEN typeof(tile_data) = 'blob' AND length(tile_data) <= ${MAX_TILE_BYTES} THEN tile_data END AS tile_data`;
  const extra = times ? [", last_modified", ", datetime(?, 'unixepoch', 'localtime')"] : ["", ""];
  return {
    get: `SELECT ${data}, ${modified} FROM ${table} WHERE ${visible}`,
    stat: `SELECT ${modified} FROM ${table} WHERE ${visible} AND length(tile_data) > 0`,
    put: `INSERT OR REPLACE INTO ${table} (zoom_level, tile_column, tile_row, tile_data${extra[0]}) VALUES (?, ?, ?, ?${extra[1]})`,
    delete: `DELETE FROM ${table} WHERE ${key}`,
    deleteLevel: `DELETE FROM ${table} WHERE zoom_level = ?`,
    deleteOlder: `DELETE FROM ${table} WHERE zoom_level = ? AND last_modified < datetime(?, 'unixepoch', 'localtime')`,
    list: `SELECT tile_column, tile_row FROM ${table} WHERE zoom_level = ? AND (tile_column, tile_row) > (?, ?) ORDER BY tile_column, tile_row LIMIT ${LIST_AT_ONCE}`,
  };
}

function toTile(row: Record<string, SqlValue>, image: ImageOptions): StoredTile | undefined {
  const { tile_data: bytes } = row;
  if (!(bytes instanceof Uint8Array)) return undefined;
  return storedTile(bytes, image, milliseconds(row.modified));
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function milliseconds(modified: SqlValue | undefined): number | undefined {
  return modified === null || modified === undefined ? undefined : Number(modified) * 1000;
}

function byLevel<T>(items: readonly T[], levelOf: (item: T) => number): Map<number, T[]> {
  return Map.groupBy(items, levelOf);
}
