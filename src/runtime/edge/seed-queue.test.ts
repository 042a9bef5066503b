import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryCache } from "../../../test/memory-cache.ts";
import { testContext, testPlatform } from "../../../test/platform.ts";
import { GLOBAL_WEBMERCATOR } from "../../grid/well-known.ts";
import { canvas } from "../../image/canvas.ts";
import type { ImageOptions } from "../../image/options.ts";
import type { MapQuery } from "../../model/source.ts";
import { areaOf } from "../../seed/area.ts";
import type { SeedTask } from "../../seed/task.ts";
import { DEFAULT_EXTENT } from "../../srs/extent.ts";
import { tileManager } from "../../tile/manager.ts";
import { type SeedBudget, type SeedMessage, startSeeding, workOn } from "./seed-queue.ts";

const PNG: ImageOptions = {
  format: "png",
  mime: "image/png",
  mode: undefined,
  transparent: undefined,
  opacity: undefined,
  resampling: "bilinear",
  background: undefined,
  colors: 0,
  jpegQuality: undefined,
  quantizer: undefined,
  tiffCompression: undefined,
};
const NOW = 1_700_000_000_000;
const BUDGET: SeedBudget = { units: 3, pause: 2 };
const ctx = testContext();

/** Levels 0 to 3 of the world, tile by tile, out of a source that `fails` where it says so. */
function world(fails: (query: MapQuery) => boolean = () => false) {
  const platform = testPlatform();
  platform.time = NOW;
  const cache = memoryCache();
  const asked: string[] = [];
  const manager = tileManager({
    name: "c",
    grid: GLOBAL_WEBMERCATOR,
    options: PNG,
    requestFormat: "png",
    sources: [
      {
        name: "s",
        extent: DEFAULT_EXTENT,
        resolutions: undefined,
        coverage: undefined,
        options: PNG,
        map: {
          metaTiles: true,
          isOpaque: () => false,
          async get(query) {
            asked.push(query.bbox.map(Math.round).join());
            if (fails(query)) throw new Error("no");
            const mode = { mode: undefined, transparent: false, background: [1, 2, 3] } as const;
            const view = canvas(query.size, { ...mode, background: [1, 2, 3] });
            return { picture: { kind: "raster", view }, options: PNG, cacheable: true };
          },
        },
      },
    ],
    bands: undefined,
    cacheOnly: false,
    cache,
    coverage: undefined,
    meta: { kind: "single" },
    concurrency: 1,
    refreshBefore: undefined,
    rescale: undefined,
    filter: undefined,
    locks: platform.locks,
    clock: platform.clock,
    failureTimes: { failed: 0, absent: 0 },
    lockTimeout: 1000,
  });
  const task: SeedTask = {
    kind: "seed",
    name: "world",
    manager,
    area: areaOf([], GLOBAL_WEBMERCATOR),
    levels: [0, 1, 2, 3],
    refreshBefore: undefined,
  };
  return { task, asked };
}
const TILES = 1 + 4 + 16 + 64;

/** Hands every message over until none is left; some of them twice. */
async function drain(task: SeedTask, twice: (index: number) => boolean = () => false) {
  const waiting: unknown[] = [];
  const sent: { message: SeedMessage; delay: number | undefined }[] = [];
  const queue = {
    send: async (message: SeedMessage, options?: { delaySeconds?: number }) => {
      // as the queue does it
      waiting.push(JSON.parse(JSON.stringify(message)));
      sent.push({ message, delay: options?.delaySeconds });
    },
  };
  await startSeeding([task], queue, NOW);
  for (let i = 0; waiting.length > 0; i++) {
    assert.ok(i < 500, "it comes to an end");
    const body = waiting.shift();
    let acknowledged = 0;
    const message = { body, ack: () => void acknowledged++, retry: () => assert.fail("no need") };
    const about = { tasks: [task], queue, budget: BUDGET };
    await workOn({ messages: [message] }, about, ctx);
    if (twice(i)) {
      const before = waiting.length;
      await workOn({ messages: [message] }, about, ctx);
      waiting.length = before; // the second chain would do the same again, and find all made
    }
    assert.ok(acknowledged > 0);
  }
  return sent;
}

describe("seeding through a queue", () => {
  it("makes every tile once, a few in each message", async () => {
    const { task, asked } = world();
    const sent = await drain(task);
    assert.equal(asked.length, TILES);
    assert.equal(new Set(asked).size, TILES);
    assert.equal(sent.length, Math.ceil(TILES / BUDGET.units));
    assert.ok(sent.slice(1).every(({ delay }) => delay === BUDGET.pause));
  });

  it("asks for nothing twice when a message comes twice", async () => {
    const { task, asked } = world();
    await drain(task, (i) => i % 3 === 0);
    assert.equal(new Set(asked).size, TILES);
    assert.equal(asked.length, TILES);
  });

  it("tries a tile that fails again, later and later, and then goes on without it", async () => {
    const { task, asked } = world(({ bbox }) => bbox[0] > 10_000_000 && bbox[1] > 10_000_000);
    const sent = await drain(task);
    const failing = asked.filter((bbox, i) => asked.indexOf(bbox) !== i);
    assert.ok(failing.length > 0);
    for (const bbox of failing) {
      assert.equal(asked.filter((other) => other === bbox).length, 4, "four attempts");
    }
    const delays = sent.map(({ delay }) => delay).filter((delay) => delay !== BUDGET.pause);
    assert.deepEqual(delays.slice(1, 5), [30, 60, 120, 240]);
    assert.ok(new Set(asked).size === TILES, "all others are made");
  });

  it("drops what it does not understand", async () => {
    const { task, asked } = world();
    const bodies = [undefined, 1, {}, { task: "x", started: 1, failures: 0 }, { from: "y" }];
    let acknowledged = 0;
    await workOn(
      { messages: bodies.map((body) => ({ body, ack: () => void acknowledged++, retry() {} })) },
      {
        tasks: [task],
        queue: { send: async () => assert.fail("nothing follows") },
        budget: BUDGET,
      },
      ctx,
    );
    assert.equal(acknowledged, bodies.length);
    assert.deepEqual(asked, []);
  });
});
