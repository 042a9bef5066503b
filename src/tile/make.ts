import { altered } from "../core/altered.ts";
import { mapLimit } from "../core/async.ts";
import type { Context, OriginNotes } from "../core/context.ts";
import { ImageError, NotModified, SourceError } from "../core/errors.ts";
import type { TileCoord } from "../grid/grid.ts";
import { type MetaTile, metaTile, minimalMetaTile } from "../grid/meta.ts";
import { isInGrid, tileBBox } from "../grid/tiles.ts";
import { encode, toBytes, toDrawing, toRaster } from "../image/codec.ts";
import { drawView } from "../image/draw.ts";
import { cut } from "../image/mosaic.ts";
import { peek } from "../image/peek.ts";
import type { Encoded } from "../image/picture.ts";
import { encodeWindows } from "../image/windows.ts";
import type { TileKey } from "../model/cache.ts";
import type { TileAnswer } from "../model/layer.ts";
import type { Dimensions, MapQuery, MapResult } from "../model/source.ts";
import { draw } from "./draw.ts";
import type { Freshness, Notes } from "./freshness.ts";
import type { Renderd } from "./renderd.ts";
import type { TileSettings } from "./settings.ts";
import type { SingleFlight } from "./single-flight.ts";
import type { Storage } from "./storage.ts";

/** Tiles that were made, with their coordinates; those that nobody has anything for are missing. */
export type MadeTiles = readonly (readonly [TileCoord, TileAnswer])[];

/** What a maker of tiles works with. */
export interface Maker {
  readonly settings: TileSettings;
  readonly storage: Storage;
  readonly alone: SingleFlight;
  /** Set if tiles are asked for again when their servers say so. */
  readonly freshness?: Freshness | undefined;
  isFresh(tile: { timestamp: number | undefined }, key: TileKey): boolean;
}

/** Tiles that are made together, under one lock. */
interface Unit {
  /** The tile whose name the lock bears. */
  readonly lock: TileCoord;
  /** Those that were asked for. */
  readonly wanted: readonly TileCoord[];
  /** All that are made and stored. */
  readonly tiles: readonly TileCoord[];
  /** The one picture they are cut from; without it each is asked for by itself. */
  readonly picture: MetaTile | undefined;
}

/**
 * Makes tiles from the sources and stores them; each one once, however many ask for it.
 *
 * @param coords tiles of one level, all inside the grid
 * @returns the tiles asked for that exist now; others of the same meta tile are only stored
 * @throws SourceError if a source fails
 */
export async function makeTiles(
  maker: Maker,
  coords: readonly TileCoord[],
  dimensions: Dimensions | undefined,
  ctx: Context,
): Promise<MadeTiles> {
  const units = unitsOf(maker.settings, coords);
  const made = await mapLimit(units, maker.settings.concurrency, (unit) =>
    makeUnit(maker, unit, dimensions, ctx),
  );
  return made.flat();
}

async function makeUnit(
  maker: Maker,
  unit: Unit,
  dimensions: Dimensions | undefined,
  ctx: Context,
): Promise<MadeTiles> {
  const { cache, renderd } = maker.settings;
  if (!cache) return drawUnit(maker, unit, dimensions, ctx);
  // the protocol knows no dimensions
  const hasDimensions = dimensions !== undefined && Object.keys(dimensions).length > 0;
  if (renderd && !hasDimensions) return renderUnit(maker, renderd, unit, ctx);
  const { x, y, level } = unit.lock;
  const suffix = dimensions ? Object.values(dimensions).join("/") : "";
  return maker.alone(
    `${cache.lockId}-${x}-${y}-${level}${suffix && `-${suffix}`}`,
    ctx,
    async () => {
      // Whoever held the lock before us may have made them.
      const meanwhile = await loadFresh(maker, unit, dimensions, ctx);
      return meanwhile ?? (await drawUnit(maker, unit, dimensions, ctx));
    },
  );
}

/**
 * Lets the daemon make the tiles. The lock is another one than that of {@linkcode makeUnit}, which the daemon takes
 * itself.
 */
function renderUnit(maker: Maker, daemon: Renderd, unit: Unit, ctx: Context): Promise<MadeTiles> {
  const { x, y, level } = unit.lock;
  return maker.alone(`${daemon.cacheIdentifier}_renderd-${x}-${y}-${level}`, ctx, async () => {
    const meanwhile = await loadFresh(maker, unit, undefined, ctx);
    if (meanwhile) return meanwhile;
    await daemon.render(unit.lock, ctx);
    const found = await maker.storage.getMany(unit.wanted, ctx);
    return found.flatMap(
      (tile, i): MadeTiles => (tile ? [[unit.wanted[i]!, { ...tile, cacheable: true }]] : []),
    );
  });
}

async function loadFresh(
  maker: Maker,
  unit: Unit,
  dimensions: Dimensions | undefined,
  ctx: Context,
): Promise<MadeTiles | undefined> {
  const { storage, isFresh } = maker;
  const keys = withDimensions(unit.tiles, dimensions);
  if (!(await storage.hasAll(keys, isFresh, ctx))) return undefined;
  return loadWanted(maker, unit, dimensions, ctx);
}

/** The stored tiles that were asked for; `undefined` if one is missing. */
async function loadWanted(
  { storage }: Maker,
  { wanted }: Unit,
  dimensions: Dimensions | undefined,
  ctx: Context,
): Promise<MadeTiles | undefined> {
  const found = await storage.getMany(withDimensions(wanted, dimensions), ctx);
  if (found.some((tile) => !tile)) return undefined;
  return found.map((tile, i) => [wanted[i]!, { ...tile!, cacheable: true }]);
}

async function drawUnit(
  maker: Maker,
  unit: Unit,
  dimensions: Dimensions | undefined,
  ctx: Context,
): Promise<MadeTiles> {
  const { freshness } = maker;
  // what the servers say is for the cache that asks them, not for one whose source that cache is
  if (!freshness) return drawAndStore(maker, unit, dimensions, altered(ctx, { origin: undefined }));
  const keys = withDimensions(unit.tiles, dimensions);
  const conditions = await conditionsFor(maker, unit, keys, ctx);
  const notes = freshness.notes(conditions);
  try {
    const made = await drawAndStore(maker, unit, dimensions, altered(ctx, { origin: notes }));
    // a stand-in says nothing of the tiles that are stored
    if (made.length > 0 && made.every(([, tile]) => tile.cacheable))
      freshness.remember(keys, notes);
    return made;
  } catch (error) {
    if (!(error instanceof NotModified)) throw error;
  }
  freshness.remember(keys, notes);
  const kept = await loadWanted(maker, unit, dimensions, ctx);
  if (kept) return kept;
  // somebody has removed them meanwhile
  return drawAndStore(maker, unit, dimensions, altered(ctx, { origin: undefined }));
}

/** Only one request can be answered with "not modified" for all tiles, which must be there. */
async function conditionsFor(
  { settings, storage, freshness }: Maker,
  unit: Unit,
  keys: readonly TileKey[],
  ctx: Context,
): Promise<OriginNotes["conditions"]> {
  const isOne = settings.sources.length === 1 && !settings.bands;
  if (!isOne || (!unit.picture && keys.length > 1)) return undefined;
  if (!(await storage.hasAll(keys, () => true, ctx))) return undefined;
  const times = () => Promise.all(keys.map((key) => storage.timeOf(key, ctx)));
  return freshness?.conditions(keys, times);
}

async function drawAndStore(
  maker: Maker,
  unit: Unit,
  dimensions: Dimensions | undefined,
  ctx: Context & { readonly origin: Notes | undefined },
): Promise<MadeTiles> {
  const { settings, storage } = maker;
  const drawn = unit.picture
    ? await drawMeta(settings, unit.picture, dimensions, ctx)
    : await drawSingles(settings, unit.tiles, dimensions, ctx);
  const mayStore = ctx.origin?.mayStore() ?? true;
  const made: MadeTiles = mayStore
    ? drawn
    : drawn.map(([coord, tile]) => [coord, { ...tile, cacheable: false }]);
  const stored = made.filter(([, tile]) => tile.cacheable);
  if (stored.length > 0) {
    await storage.putMany(
      stored.map(([coord, tile]) => [{ ...coord, dimensions }, tile]),
      ctx,
    );
  }
  const wanted = new Set(unit.wanted.map(nameOf));
  const asked = made.filter(([coord]) => wanted.has(nameOf(coord)));
  return await mapLimit(asked, settings.concurrency, ([coord, tile]) =>
    asStored(storage, coord, { tile, dimensions }, ctx),
  );
}

/** With the time that the store gave it, so that who gets it first gets the entity tag of all others. */
async function asStored(
  storage: Storage,
  coord: TileCoord,
  { tile, dimensions }: { tile: TileAnswer; dimensions: Dimensions | undefined },
  ctx: Context,
): Promise<readonly [TileCoord, TileAnswer]> {
  if (!tile.cacheable) return [coord, tile];
  const timestamp = await storage.timeOf({ ...coord, dimensions }, ctx);
  return [coord, timestamp === undefined ? tile : { ...tile, timestamp }];
}

/** One picture for many tiles: decoded once, each tile encoded from its window. */
async function drawMeta(
  settings: TileSettings,
  meta: MetaTile,
  dimensions: Dimensions | undefined,
  ctx: Context,
): Promise<MadeTiles> {
  const { grid, requestFormat, clock } = settings;
  const query = {
    bbox: meta.bbox,
    srs: grid.srs,
    size: meta.size,
    format: requestFormat,
    dimensions,
  };
  const tiles = meta.tiles.flatMap(({ coord, at }) => (coord ? [{ coord, at }] : []));
  const ask = async (asked: MapQuery) => {
    const result = await draw(settings, asked, ctx);
    const files = result && (await encodeTiles(settings, result, { tiles, size: meta.size }));
    return result && files && { files, cacheable: result.cacheable };
  };
  // A picture that cannot be decoded is asked for again: then the source says what is wrong with it, in its own words.
  const made = await ask({ ...query, decodes: true }).catch((error) => {
    if (error instanceof ImageError) return ask(query);
    throw error;
  });
  if (!made) return [];
  const timestamp = clock.now();
  return tiles.map(({ coord }, i) => {
    const { bytes, format } = made.files[i]!; // one a tile
    return [coord, { bytes, format, timestamp, cacheable: made.cacheable }];
  });
}

/** Cuts and encodes tiles, in the order in which they are given. */
async function encodeTiles(
  { grid, options, filter }: TileSettings,
  { picture, options: own }: MapResult,
  {
    tiles,
    size,
  }: {
    readonly tiles: readonly {
      readonly coord: TileCoord;
      readonly at: readonly [number, number];
    }[];
    readonly size: readonly [width: number, height: number];
  },
): Promise<readonly Encoded[]> {
  const drawing = await toDrawing(picture, size, own);
  const at = tiles.map((tile) => tile.at);
  const atOnce = filter ? undefined : encodeWindows(drawing, { at, size: grid.tileSize }, options);
  if (atOnce) return atOnce;
  const whole = drawView(drawing);
  const files: Encoded[] = [];
  for (const { coord, at: corner } of tiles) {
    const view = cut(whole, corner, grid.tileSize, options);
    files.push(await encode(filter ? filter(view, coord) : view, options));
  }
  return files;
}

async function drawSingles(
  settings: TileSettings,
  coords: readonly TileCoord[],
  dimensions: Dimensions | undefined,
  ctx: Context,
): Promise<MadeTiles> {
  const { grid, requestFormat, clock, concurrency } = settings;
  const made = await mapLimit(coords, concurrency, async (coord) => {
    const bbox = tileBBox(grid, coord);
    const query = { bbox, srs: grid.srs, size: grid.tileSize, format: requestFormat, dimensions };
    const result = await draw(settings, query, ctx);
    if (!result) return undefined;
    const { bytes, format } = await encodeSingle(settings, result, coord);
    const tile = { bytes, format, timestamp: clock.now(), cacheable: result.cacheable };
    return [coord, result.authorizeStale ? { ...tile, stale: true } : tile] as const;
  });
  return made.filter((tile) => tile !== undefined);
}

/** The source's own bytes wherever they are in the format of the cache. */
async function encodeSingle(settings: TileSettings, result: MapResult, coord: TileCoord) {
  const { grid, options, filter, sources } = settings;
  const { picture } = result;
  if (picture.kind === "encoded") checkTileSize(picture.bytes, settings);
  if (filter) {
    const view = await toRaster(picture, grid.tileSize, result.options);
    return encode(filter(view, coord), options);
  }
  // Tiles of a tile server are kept as they are, even in a format other than the cache's.
  const isTile = sources.length === 1 && !sources[0]!.map;
  if (isTile && picture.kind === "encoded") return picture;
  return toBytes(result, options, grid.tileSize);
}

/** Every tile is as large as the grid says, whatever the server thought (threats T12). */
function checkTileSize(bytes: Uint8Array, { name, grid, sources }: TileSettings): void {
  const found = peek(bytes);
  const [width, height] = grid.tileSize;
  if (!found || (found.width === width && found.height === height)) return;
  const detail = `image of ${found.width}x${found.height} pixels instead of ${width}x${height}`;
  throw new SourceError(
    sources[0]?.name ?? name,
    "source answered with an image that cannot be used",
    {
      url: "",
      isContent: true,
      detail,
    },
  );
}

function unitsOf({ grid, meta }: TileSettings, coords: readonly TileCoord[]): readonly Unit[] {
  if (meta.kind === "single") {
    return coords.map((coord) => ({
      lock: coord,
      wanted: [coord],
      tiles: [coord],
      picture: undefined,
    }));
  }
  if (meta.kind === "meta" && meta.minimal && coords.length > 1) {
    const picture = minimalMetaTile(grid, coords, meta.buffer);
    return [{ lock: picture.main, wanted: coords, tiles: existing(picture), picture }];
  }
  const byMain = new Map<string, { picture: MetaTile; wanted: TileCoord[] }>();
  const buffer = meta.kind === "meta" ? meta.buffer : 0;
  for (const coord of coords) {
    if (!isInGrid(grid, coord)) continue;
    const picture = metaTile(grid, coord, { size: meta.size, buffer });
    const name = nameOf(picture.main);
    const unit = byMain.get(name);
    if (unit) unit.wanted.push(coord);
    else byMain.set(name, { picture, wanted: [coord] });
  }
  return [...byMain.values()].map(({ picture, wanted }) => ({
    lock: picture.main,
    wanted,
    tiles: existing(picture),
    picture: meta.kind === "meta" ? picture : undefined,
  }));
}

function existing(picture: MetaTile): TileCoord[] {
  return picture.tiles.flatMap(({ coord }) => (coord ? [coord] : []));
}

function withDimensions(
  coords: readonly TileCoord[],
  dimensions: Dimensions | undefined,
): TileKey[] {
  return coords.map(({ x, y, level }) => ({ x, y, level, dimensions }));
}

/** `level/x/y`. */
export function nameOf({ x, y, level }: TileCoord): string {
  return `${level}/${x}/${y}`;
}
