// biome-ignore-all lint/suspicious/noExplicitAny: recorded JSON has many shapes
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { RhumbError } from "../src/core/errors.ts";
import type { BBox } from "../src/geo/bbox.ts";

/** A grid as the reference described it. */
export interface RecordedGrid {
  readonly srs: string;
  readonly bbox: BBox;
  readonly tile_size: [number, number];
  readonly origin: "ll" | "ul";
  readonly res: number[];
  readonly stretch_factor: number;
  readonly max_shrink_factor: number;
  readonly threshold_res: number[] | null;
}

/** A recorded call of a function of the reference, and what it answered. */
export interface Vector {
  readonly fn: string;
  /** Index of a grid, or the code of a reference system; null for plain functions. */
  readonly on: number | string | null;
  /** Index of a meta size. */
  readonly meta: number | null;
  readonly args: any[];
  readonly kw: Readonly<Record<string, any>>;
  /** Infinite numbers are null; `{error: class}` where it raised. */
  readonly answer: any;
}

/** Recorded answers of the reference; test/fixtures/grid/README.md says how they were made. */
export interface Recorded {
  readonly grids: readonly RecordedGrid[];
  readonly metas: readonly [size: [number, number], buffer: number][];
  readonly vectors: readonly Vector[];
}

export function recordedVectors(): Recorded {
  const file = new URL("fixtures/grid/vectors.json.gz", import.meta.url);
  const { grids, metas, vectors } = JSON.parse(gunzipSync(readFileSync(file)).toString());
  return {
    grids,
    metas,
    vectors: vectors.map(([fn, on, meta, args, kw, answer]: any[]) => ({
      fn,
      on,
      meta,
      args,
      kw,
      answer,
    })),
  };
}

/** Answers for one function of the reference; `undefined`: this call does not apply. */
export type Answer = (vector: Vector) => unknown;

/**
 * Compares what `answers` say with what was recorded.
 *
 * @returns how many calls were compared, by function
 */
export function replay(
  vectors: readonly Vector[],
  answers: Readonly<Record<string, Answer>>,
): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(
    Object.keys(answers).map((fn) => [fn, 0]),
  );
  for (const vector of vectors) {
    const answer = answers[vector.fn];
    if (!answer) continue;
    const got = outcome(() => answer(vector));
    if (got === undefined) continue;
    assert.ok(
      near(got, vector.answer),
      `${JSON.stringify(vector)}: the answer here is ${JSON.stringify(got)}`,
    );
    counts[vector.fn]! += 1; // listed above
  }
  return counts;
}

/** What was answered; an error by its class as in the recording. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (error instanceof RangeError || error instanceof RhumbError) return { error: true };
    throw error;
  }
}

/** Equal, numbers within a few units in the last place; of errors it only matters that there is one. */
function near(got: unknown, want: unknown): boolean {
  if (typeof got === "number" && typeof want === "number") {
    return got === want || Math.abs(got - want) <= Math.abs(want) * 4e-15;
  }
  if (Array.isArray(got) && Array.isArray(want)) {
    return got.length === want.length && got.every((item, i) => near(item, want[i]));
  }
  if (got && want && typeof got === "object" && typeof want === "object") {
    if ("error" in want) return "error" in got;
    return Object.entries(want).every(([key, value]) => near((got as any)[key], value));
  }
  return got === want;
}
