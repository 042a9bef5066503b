import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testContext } from "../../test/platform.ts";
import { gridOf } from "../../test/tile-service.ts";
import type { TileManager } from "../tile/manager.ts";
import { areaOf } from "./area.ts";
import { type ChunkResult, runChunk } from "./chunk.ts";
import type { UnitWorker } from "./run.ts";
import { planOf, type SeedTask } from "./task.ts";
import { type Unit, Walk } from "./walk.ts";

const grid = gridOf("GLOBAL_WEBMERCATOR");
const task: SeedTask = {
  kind: "seed",
  name: "world",
  manager: { name: "c", grid, settings: { meta: { kind: "single" } } } as unknown as TileManager,
  area: areaOf([], grid),
  levels: [0, 1, 2],
  refreshBefore: undefined,
};
const ctx = testContext();
const nameOf = ({ level, x, y }: Unit) => `${level}/${x}/${y}`;
const ALL = [...new Walk(planOf(task))].map(nameOf);

/** Does a task chunk by chunk; gives the units worked on, in order, and the number of chunks. */
async function inChunks(
  units: number,
  work: UnitWorker["work"],
  after: (result: ChunkResult) => boolean = () => false,
) {
  const done: string[] = [];
  const worker: UnitWorker = {
    isWanted: undefined,
    async work(unit, ctx) {
      const made = await work(unit, ctx);
      done.push(nameOf(unit));
      return made;
    },
  };
  let result: ChunkResult | undefined;
  let chunks = 0;
  let skipFirst = false;
  do {
    const from = result?.next;
    result = await runChunk({ task, worker }, { from, skipFirst, units, looks: 1000 }, ctx);
    skipFirst = after(result);
    assert.ok(++chunks < 100, "every chunk comes further");
  } while (result.next);
  return { done, chunks };
}

describe("runChunk()", () => {
  for (const units of [1, 2, 5, 1000]) {
    it(`does every unit once, in order, ${units} at a time`, async () => {
      const { done, chunks } = await inChunks(units, async () => 1);
      assert.deepEqual(done, ALL);
      assert.equal(chunks, Math.ceil(ALL.length / units));
    });
  }

  it("counts only units in which something was made, and looks at so many at the most", async () => {
    const looked: string[] = [];
    const worker: UnitWorker = {
      isWanted: async (unit) => {
        looked.push(nameOf(unit));
        return false;
      },
      work: () => assert.fail("nothing is wanted"),
    };
    const options = { from: undefined, skipFirst: false, units: 1, looks: 3 };
    const { next } = await runChunk({ task, worker }, options, ctx);
    assert.equal(looked.length, 3);
    assert.ok(next);
  });

  it("begins the next chunk with the unit that failed", async () => {
    let failures = 0;
    const failing = ALL[7];
    const { done } = await inChunks(4, async (unit) => {
      if (nameOf(unit) === failing && ++failures <= 2) throw new Error("no");
      return 1;
    });
    assert.deepEqual(done, ALL);
  });

  it("goes on behind a unit that is given up", async () => {
    const failing = ALL[7];
    const { done } = await inChunks(
      4,
      async (unit) => {
        if (nameOf(unit) === failing) throw new Error("no");
        return 1;
      },
      ({ error, hasAdvanced }) => error !== undefined && !hasAdvanced,
    );
    assert.deepEqual(
      done,
      ALL.filter((name) => name !== failing),
    );
  });
});
