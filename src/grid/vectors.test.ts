// biome-ignore-all lint/suspicious/noExplicitAny: recorded JSON has many shapes
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { BBox } from "../geo/bbox.ts";
import { bboxContains, bboxIntersects, bboxUnion } from "../geo/bbox.ts";
import { parseSrs } from "../srs/srs.ts";
import { transformBBox, transformPoint } from "../srs/transform.ts";
import { makeGrid } from "./define.ts";
import type { Grid, TileCoord } from "./grid.ts";
import { metaSize, metaTile, metaTilesIn, minimalMetaTile } from "./meta.ts";
import { makeResolutions } from "./resolutions.ts";
import {
  mergeRanges,
  type RangeOptions,
  resolutionRange,
  resolutionToScale,
  scaleToResolution,
} from "./scales.ts";
import {
  affectedTiles,
  closestLevel,
  limitedTileBBox,
  pointToTile,
  requestResolution,
  sameBBox,
  supportsOrigin,
  type TileBlock,
  tileBBox,
  tilesIn,
} from "./tiles.ts";

/** Recorded answers of the reference; test/fixtures/grid/README.md says how. */
interface Recorded {
  readonly grids: readonly {
    srs: string;
    bbox: BBox;
    tile_size: [number, number];
    origin: "ll" | "ul";
    res: number[];
    stretch_factor: number;
    max_shrink_factor: number;
    threshold_res: number[] | null;
  }[];
  readonly metas: readonly [[number, number], number][];
  readonly vectors: readonly [string, number | string | null, number | null, any[], any][];
}
const recorded: Recorded = JSON.parse(
  readFileSync(new URL("../../test/fixtures/grid/vectors.json", import.meta.url), "utf8"),
);
const grids: Grid[] = recorded.grids.map((grid, i) =>
  makeGrid({
    name: `recorded ${i}`,
    srs: parseSrs(grid.srs),
    bbox: grid.bbox,
    origin: grid.origin === "ll" ? "sw" : "nw",
    tileSize: grid.tile_size,
    resolutions: grid.res,
    thresholds: [...(grid.threshold_res ?? [])].sort((a, b) => b - a),
    stretchFactor: grid.stretch_factor,
    maxShrinkFactor: grid.max_shrink_factor,
  }),
);

const coord = ([x, y, z]: [number, number, number | string]): TileCoord => ({
  x,
  y,
  level: Number(z),
});
const triple = (tile: TileCoord | undefined) => (tile ? [tile.x, tile.y, tile.level] : null);
const block = (b: TileBlock) => [b.bbox, [b.columns, b.rows], b.tiles.map(triple)];
/** What the reference's constructor of ranges answers. */
const range = (o: RangeOptions) => {
  const made = resolutionRange(o);
  return made ? { min_res: made.min ?? null, max_res: made.max ?? null } : null;
};
const given = (v: Record<string, number | null>): RangeOptions =>
  Object.fromEntries(Object.entries(v).map(([k, n]) => [k, n ?? undefined]));

type Check = (args: any[], grid: Grid, meta: { size: [number, number]; buffer: number }) => unknown;

const meta: Record<string, Check> = {
  "MetaGrid._meta_size": ([level], grid, size) => metaSize(grid, level, size),
  "MetaGrid.meta_tile": ([tile], grid, size) => metaAnswer(metaTile(grid, coord(tile), size)),
  "MetaGrid.minimal_meta_tile": ([tiles], grid, size) =>
    metaAnswer(minimalMetaTile(grid, tiles.map(coord), size.buffer)),
  "MetaGrid.tile_list": ([tile], grid, size) =>
    metaTile(grid, coord(tile), size).tiles.map((t) => triple(t.coord)),
  "MetaGrid.get_affected_level_tiles": ([bbox, level], grid, size) =>
    block(metaTilesIn(grid, bbox, { level, meta: size })),
};

function metaAnswer(made: ReturnType<typeof metaTile>) {
  return {
    bbox: made.bbox,
    grid_size: [made.columns, made.rows],
    size: made.size,
    tile_patterns: made.tiles.map((t) => [triple(t.coord), t.at]),
  };
}

const tile: Record<string, Check> = {
  "TileGrid.tile_bbox": ([at, options], grid) =>
    (options?.limit ? limitedTileBBox : tileBBox)(grid, coord(at)),
  "TileGrid.tile": ([x, y, level], grid) => triple(pointToTile(grid, [x, y], level)),
  "TileGrid.closest_level": ([res], grid) => closestLevel(grid, res),
  "TileGrid.supports_access_with_origin": ([origin], grid) =>
    supportsOrigin(grid, origin === "ll" || origin === "sw" ? "sw" : "nw"),
  "TileGrid.get_affected_level_tiles": ([bbox, level], grid) => block(tilesIn(grid, bbox, level)),
  "TileGrid.get_affected_tiles": ([bbox, size, options], grid) => {
    const srs = options?.req_srs ? parseSrs(options.req_srs.srs) : grid.srs;
    const found = affectedTiles(grid, bbox, size, srs);
    return found ? block(found) : { error: "NoTiles" };
  },
  "TileGrid.get_affected_bbox_and_level": ([bbox, size, options], grid) => {
    const srs = options?.req_srs ? parseSrs(options.req_srs.srs) : grid.srs;
    const found = affectedTiles(grid, bbox, size, srs);
    return found ? [transformBBox(bbox, srs, grid.srs), found.level] : { error: "NoTiles" };
  },
};

const plain: Record<string, Check> = {
  "grid.resolutions": ([first, last, factor, levels, bbox, tileSize]) => {
    const o =
      first !== null && typeof first === "object"
        ? first
        : { min_res: first, max_res: last, res_factor: factor, num_levels: levels, bbox, tileSize };
    const [w, h] = o.tile_size ?? o.tileSize ?? [256, 256];
    const box = o.bbox ?? [0, 0, 0, 0];
    return makeResolutions({
      first: o.min_res ?? Math.max((box[2] - box[0]) / w, (box[3] - box[1]) / h),
      last: o.max_res ?? undefined,
      factor: o.res_factor ?? 2,
      levels: o.num_levels ?? undefined,
    });
  },
  "grid.get_resolution": ([bbox, size]) => requestResolution(bbox, size),
  "grid.ogc_scale_to_res": ([scale]) => scaleToResolution(scale),
  "grid.res_to_ogc_scale": ([res]) => resolutionToScale(res),
  "grid.resolution_range": ([a, b, c, d]) =>
    a !== null && typeof a === "object"
      ? range(given(a))
      : (c ?? d) === undefined || (c ?? d) === null
        ? range(given({ min_res: a, max_res: b }))
        : undefined, // both families: resolutions win in a configuration
  "grid.merge_resolution_range": ([a, b]) => {
    const read = (r: any) =>
      r ? { min: r.min_res ?? undefined, max: r.max_res ?? undefined } : undefined;
    const merged = mergeRanges([read(a), read(b)]);
    return merged ? { min_res: merged.min ?? null, max_res: merged.max ?? null } : null;
  },
  "grid.bbox_equals": ([a, b, ...rest]) => (rest.length > 0 ? undefined : sameBBox(a, b)),
  "grid.bbox_contains": ([a, b]) => bboxContains(a, b),
  "grid.bbox_intersects": ([a, b]) => bboxIntersects(a, b),
  "grid.merge_bbox": ([a, b]) => bboxUnion(a, b),
  "grid.deg_to_m": ([degrees]) => degrees * parseSrs("EPSG:4326").metresPerUnit,
};

/** Equal, numbers within a few units in the last place. */
function near(got: unknown, want: unknown): boolean {
  if (typeof got === "number" && typeof want === "number") {
    return got === want || Math.abs(got - want) <= Math.abs(want) * 4e-15;
  }
  if (Array.isArray(got) && Array.isArray(want)) {
    return got.length === want.length && got.every((item, i) => near(item, want[i]));
  }
  if (got && want && typeof got === "object" && typeof want === "object") {
    return Object.entries(want).every(([key, value]) => near((got as any)[key], value));
  }
  return got === want;
}

function replay(checks: Record<string, Check>) {
  let count = 0;
  for (const [fn, at, m, args, want] of recorded.vectors) {
    const check = checks[fn];
    if (!check) continue;
    const [size, buffer] = m === null ? [[1, 1] as [number, number], 0] : recorded.metas[m]!;
    let got: unknown;
    try {
      got = check(args, typeof at === "number" ? grids[at]! : grids[0]!, { size, buffer });
    } catch (error) {
      if (want && typeof want === "object" && "error" in want) {
        count++;
        continue;
      }
      throw new Error(`${fn}(${JSON.stringify(args)})`, { cause: error });
    }
    if (got === undefined) continue;
    assert.ok(
      near(got, want),
      `${fn}(${JSON.stringify(args)}) of grid ${at}, meta ${m}: ${JSON.stringify(got)} is not ${JSON.stringify(want)}`,
    );
    count++;
  }
  return count;
}

describe("recorded answers of the reference", () => {
  it("tiles: boxes, levels, lists, origins", () => {
    assert.ok(replay(tile) > 400);
  });
  it("meta tiles: boxes, sizes, patterns", () => {
    assert.ok(replay(meta) > 250);
  });
  it("resolutions, ranges, scales, boxes", () => {
    assert.ok(replay(plain) > 300);
  });
  it("transformed boxes and points, within a millionth of their size", () => {
    let count = 0;
    for (const [fn, from, , args, want] of recorded.vectors) {
      // Thousands of kilometres from its area a grid shift and seven parameters have nothing in common.
      const east = Number(args[1]?.flat?.()[0]);
      if (from === "EPSG:31467" && Math.abs(east - 3_500_000) > 1_000_000) continue;
      if (fn === "_SRS.transform_bbox_to") {
        const got = transformBBox(args[1], parseSrs(from as string), parseSrs(args[0].srs));
        const slack = Math.max(want[2] - want[0], want[3] - want[1]) * 1e-6;
        got.forEach((value, i) => {
          assert.ok(Math.abs(value - want[i]) <= slack, `${from} ${JSON.stringify(args)}: ${got}`);
        });
        count++;
      }
      if (fn === "_SRS.transform_to") {
        const one = typeof args[1][0] === "number";
        const points = one ? [args[1]] : args[1];
        const wants = one ? [want] : want;
        points.forEach(([x, y]: [number, number], i: number) => {
          const got = transformPoint(x, y, parseSrs(from as string), parseSrs(args[0].srs));
          const [wx, wy] = wants[i];
          if (!Number.isFinite(wx)) assert.ok(!Number.isFinite(got[0]));
          else {
            const slack = 1e-6 * Math.max(1, Math.abs(wx), Math.abs(wy));
            assert.ok(Math.hypot(got[0] - wx, got[1] - wy) < slack, `${from} ${x} ${y}: ${got}`);
          }
        });
        count++;
      }
    }
    assert.ok(count > 80);
  });
});
