import { hotTilesLag } from "../cache/hot-tiles.ts";
import type { PurgeParts } from "../config/build-purge.ts";
import type { Context } from "../core/context.ts";
import { RequestError } from "../core/errors.ts";
import { sameSecret } from "../core/hash.ts";
import { bboxIntersection } from "../geo/bbox.ts";
import type { Grid } from "../grid/grid.ts";
import { pointToTile, sizeOf } from "../grid/tiles.ts";
import type { Handler } from "../model/service.ts";
import type { Clock } from "../platform/platform.ts";
import { type Area, areaOf } from "../seed/area.ts";
import { runCleanupTask } from "../seed/cleanup.ts";
import { chosenLevels } from "../seed/levels.ts";
import type { Reporter } from "../seed/report.ts";
import { type CleanupTask, metaOf } from "../seed/task.ts";
import {
  blockCount,
  blockTags,
  layerTag,
  levelTag,
  looseTag,
  type TileRange,
} from "../service/cache-tags.ts";
import { TransformError } from "../srs/transform.ts";
import type { TileManager } from "../tile/manager.ts";
import { type Purge, readPurge, wrong } from "./purge-request.ts";

/** Tiles of a level as one request of a purge concerns them. */
interface Part {
  readonly task: CleanupTask;
  readonly ranges: readonly TileRange[];
}

/** Tags of blocks in one answer; beyond, those of levels stand for them. */
const MOST_TAGS = 1000;

/** Characters of a token that is looked at. */
const LONGEST_TOKEN = 1000;

/**
 * Answers `POST /purge`: removes stored tiles and says by which tags a delivery network forgets them.
 *
 * Parameters, in the query or as a form: `layer` or `cache`; `levels` (`5`, `5-9`); `bbox` with `srs` (x before y;
 * EPSG:4326 unless said); `before` (ISO 8601). The token is sent as `Authorization: Bearer …` (RFC 6750, 2.1).
 */
export function purgeHandler(deps: PurgeParts): Handler {
  return async (request) => {
    if (!isAuthorized(request.headers, deps.token)) {
      return answer({ error: "unauthorized" }, 401, { "www-authenticate": "Bearer" });
    }
    if (request.method !== "POST") {
      return answer({ error: "use POST" }, 405, { allow: "POST" });
    }
    try {
      return answer(await purge(await readPurge(request, deps), deps, request.ctx));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return answer({ error: error.message }, error.status ?? 400);
    }
  };
}

function isAuthorized(headers: Headers, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  return given !== undefined && given.length <= LONGEST_TOKEN && sameSecret(given, token);
}

function answer(body: object, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

/** @throws RequestError with status 413 if too many tiles would have to be looked at */
async function purge(asked: Purge, deps: PurgeParts, ctx: Context): Promise<object> {
  const parts = asked.stores.flatMap(({ managers }) =>
    managers.flatMap((manager) => partOf(manager, asked) ?? []),
  );
  const single = parts.filter(({ task }) => !isWhole(task));
  const tiles = single
    .flatMap(({ ranges }) => ranges)
    .reduce((sum, range) => sum + tileCount(range), 0);
  if (tiles > deps.maxTiles) {
    const message = `${tiles} tiles would have to be looked at, ${deps.maxTiles} may be: name fewer levels or a smaller bbox, or use rhumb cleanup`;
    throw new RequestError(undefined, message, undefined, 413);
  }
  let removed = 0;
  for (const { task } of parts) {
    removed += (await runCleanupTask(task, cleanupOptions(deps.clock), ctx)).made;
  }
  // until the other processes have seen it: who asks anew after the answer must not get what they still have
  const lag = hotTilesLag();
  if (lag > 0) await deps.clock.sleep(lag, ctx.signal);
  await deps.forgetFront?.();
  const caches = asked.stores.map(({ cache }) => cache);
  const tags = deps.hasTags ? tagsOf(asked, parts) : [];
  ctx.log.info("purged", { caches: caches.join(), tiles, removed, tags: tags.length });
  // Who removes levels as a whole does not count.
  return { caches, ...(single.length === parts.length && { removed }), tags };
}

/** Whether the store removes levels without a look at single tiles. */
function isWhole({ isLimited, manager }: CleanupTask): boolean {
  return !isLimited && manager.settings.cache?.deleteLevel !== undefined;
}

/** `undefined` if nothing of the grid is concerned, or nothing is stored. */
function partOf(manager: TileManager, { levels, area, before }: Purge): Part | undefined {
  const { grid, settings } = manager;
  if (!settings.cache) return undefined;
  const place = areaIn(grid, area);
  if (!place) return undefined;
  const task: CleanupTask = {
    kind: "cleanup",
    name: "purge",
    manager,
    area: place,
    levels: chosenLevels(grid, { levels }),
    removeBefore: before,
    isLimited: area !== undefined,
  };
  return { task, ranges: task.levels.map((level) => rangeOf(task, level)) };
}

/** @throws RequestError if the area has no place in the grid's system */
function areaIn(grid: Grid, area: Purge["area"]): Area | undefined {
  if (!area) return areaOf([], grid);
  try {
    const { bbox, srs } = area;
    const place = areaOf([{ bbox, srs, polygons: undefined, clip: false }], grid);
    return bboxIntersection(place.bbox, grid.bbox) && place;
  } catch (error) {
    if (!(error instanceof TransformError)) throw error;
    throw wrong(`bbox: it has no place in ${grid.srs.code}`);
  }
}

/** Tiles of all meta tiles that a cleanup of a level goes over. */
function rangeOf(task: CleanupTask, level: number): TileRange {
  const { grid } = task.manager;
  const bbox = bboxIntersection(task.area.bbox, grid.bbox) ?? grid.bbox;
  const ends = [
    pointToTile(grid, [bbox[0], bbox[1]], level),
    pointToTile(grid, [bbox[2], bbox[3]], level),
  ] as const;
  const [columns, rows] = sizeOf(grid, level);
  const [stepX, stepY] = metaOf(task.manager).size;
  return {
    level,
    columns: stretch([ends[0].x, ends[1].x], stepX, columns),
    rows: stretch([ends[0].y, ends[1].y], stepY, rows),
  };
}

/** The numbers from the lower to the higher end, out to whole steps, within `count`. */
function stretch(
  ends: readonly [number, number],
  step: number,
  count: number,
): readonly [number, number] {
  const first = Math.floor(Math.max(0, Math.min(...ends)) / step) * step;
  const last = Math.floor(Math.min(count - 1, Math.max(...ends)) / step) * step + step - 1;
  return [Math.min(first, count - 1), Math.min(last, count - 1)];
}

function tileCount({ columns, rows }: TileRange): number {
  return (columns[1] - columns[0] + 1) * (rows[1] - rows[0] + 1);
}

/** Tags of everything that any published layer shows of these tiles: as fine as fits into an answer. */
function tagsOf({ stores, levels, area }: Purge, parts: readonly Part[]): string[] {
  const layers = [...new Set(stores.flatMap((store) => store.layers))];
  if (area === undefined && Object.keys(levels).length === 0) return layers.map(layerTag);
  const blocks = parts
    .flatMap(({ ranges }) => ranges)
    .reduce((n, range) => n + blockCount(range), 0);
  const isFine = area !== undefined && blocks * layers.length <= MOST_TAGS;
  return layers.flatMap((layer) => [
    looseTag(layer),
    ...parts.flatMap(({ task, ranges }) =>
      ranges.flatMap((range) =>
        isFine
          ? blockTags(layer, task.manager.grid, range)
          : [levelTag(layer, task.manager.grid, range.level)],
      ),
    ),
  ]);
}

function cleanupOptions(clock: Clock): Parameters<typeof runCleanupTask>[1] {
  return {
    files: undefined,
    shortPath: (path) => path,
    concurrency: 4,
    dryRun: false,
    skipGeometry: 0,
    retries: 0,
    clock,
    reporter: SILENT,
  };
}

const SILENT: Reporter = {
  banner() {},
  task() {},
  progress: () => false,
  note() {},
  retry() {},
  gaveUp() {},
};
