import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryCache } from "../../test/memory-cache.ts";
import { testContext, testPlatform } from "../../test/platform.ts";
import { CacheError, SourceError } from "../core/errors.ts";
import { GLOBAL_WEBMERCATOR } from "../grid/well-known.ts";
import { canvas } from "../image/canvas.ts";
import { encode } from "../image/codec.ts";
import type { ImageOptions } from "../image/options.ts";
import { peek } from "../image/peek.ts";
import type { TileCache } from "../model/cache.ts";
import type { MapQuery, MapResult, Source } from "../model/source.ts";
import { DEFAULT_EXTENT } from "../srs/extent.ts";
import { checkTileCount, tileManager } from "./manager.ts";
import type { MetaSettings, TileSettings } from "./settings.ts";

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
const META: MetaSettings = { kind: "meta", size: [4, 4], buffer: 0, minimal: false };
const ctx = testContext();

/** A source that counts what it is asked. */
function stubSource(
  answer: (query: MapQuery) => MapResult | undefined | Promise<MapResult | undefined> = plain,
): Source & { asked: MapQuery[] } {
  const asked: MapQuery[] = [];
  return {
    name: "stub",
    asked,
    extent: DEFAULT_EXTENT,
    resolutions: undefined,
    coverage: undefined,
    options: PNG,
    map: {
      metaTiles: true,
      isOpaque: () => false,
      get: async (query) => {
        asked.push(query);
        return answer(query);
      },
    },
  };
}

function plain({ size }: MapQuery): MapResult {
  const view = canvas(size, { mode: undefined, transparent: false, background: [200, 100, 50] });
  return { picture: { kind: "raster", view }, options: PNG, cacheable: true };
}

function setUp(source: Source, overrides: Partial<TileSettings> = {}) {
  const platform = testPlatform();
  platform.time = 1_000_000_000;
  const cache = memoryCache();
  const manager = tileManager({
    name: "osm",
    grid: GLOBAL_WEBMERCATOR,
    options: PNG,
    requestFormat: "png",
    sources: [source],
    bands: undefined,
    cacheOnly: false,
    cache,
    coverage: undefined,
    meta: META,
    concurrency: 2,
    refreshBefore: undefined,
    failureTimes: { failed: 0, absent: 0 },
    rescale: undefined,
    filter: undefined,
    locks: platform.locks,
    clock: platform.clock,
    lockTimeout: 1000,
    ...overrides,
  });
  return { platform, cache, manager };
}

const tile = (x: number, y: number, level: number) => ({ x, y, level });

describe("tileManager()", () => {
  it("caches 12: one tile makes one request for the meta tile, and stores all of it", async () => {
    const source = stubSource();
    const { manager, cache } = setUp(source);
    const [made] = await manager.load([tile(5, 5, 4)], undefined, ctx);
    assert.equal(peek(made!.bytes)?.width, 256);
    assert.deepEqual(
      source.asked.map(({ size }) => size),
      [[1024, 1024]],
    );
    for (let y = 4; y < 8; y++) {
      for (let x = 4; x < 8; x++) assert.ok(await cache.get(tile(x, y, 4), ctx), `${x} ${y}`);
    }
  });

  it("caches 13: many requests for tiles of one meta tile ask the source once", async () => {
    const source = stubSource();
    const { manager } = setUp(source);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        manager.load([tile(i % 4, (i >> 2) % 4, 2)], undefined, ctx),
      ),
    );
    assert.equal(source.asked.length, 1);
    assert.ok(answers.every(([answer]) => answer));
  });

  it("who waited for a tile that failed gets that failure, without asking again", async () => {
    const source = stubSource(() => {
      throw new SourceError("stub", "down", { url: "" });
    });
    const { manager } = setUp(source);
    const load = () => manager.load([tile(0, 0, 2)], undefined, ctx);
    const waiting = await Promise.allSettled(Array.from({ length: 40 }, load));
    assert.ok(waiting.every(({ status }) => status === "rejected"));
    assert.equal(source.asked.length, 1);
    await assert.rejects(load());
    assert.equal(source.asked.length, 2, "a later request tries again");
  });

  it("weakness 12: a failure is remembered for as long as is configured, by its class", async () => {
    for (const [status, time] of [
      [500, 1000],
      [404, 60_000],
    ] as const) {
      const source = stubSource(() => {
        throw new SourceError("stub", "no", { url: "", status });
      });
      const failureTimes = { failed: 1000, absent: 60_000 };
      const { manager, platform } = setUp(source, { failureTimes });
      const load = () => manager.load([tile(0, 0, 2)], undefined, ctx);
      await assert.rejects(load());
      platform.time += time - 1;
      await assert.rejects(load(), /^SourceError: no$/);
      assert.equal(source.asked.length, 1, `${status}: remembered`);
      platform.time += 1;
      await assert.rejects(load());
      assert.equal(source.asked.length, 2, `${status}: asked again`);
    }
  });

  it("renderd: the daemon makes the meta tile, the store has it, no source is asked here", async () => {
    const source = stubSource();
    const asked: unknown[] = [];
    const { manager, cache } = setUp(source, {
      renderd: {
        cacheIdentifier: "osm_webmercator",
        render: async (coord) => {
          asked.push({ ...coord });
          const made = { bytes: Uint8Array.of(1), format: "png", timestamp: 1 } as const;
          await cache.put(tile(5, 6, 4), made, ctx);
        },
      },
    });
    const [one, other] = await manager.load([tile(5, 6, 4), tile(4, 4, 4)], undefined, ctx);
    assert.deepEqual(one?.bytes, Uint8Array.of(1));
    assert.equal(other, undefined, "what the daemon did not make is not there");
    assert.equal(asked.length, 1);
    assert.equal(source.asked.length, 0);
  });

  it("asks for nothing that is stored", async () => {
    const source = stubSource();
    const { manager } = setUp(source);
    await manager.load([tile(0, 0, 2)], undefined, ctx);
    await manager.load([tile(1, 1, 2), tile(3, 3, 2)], undefined, ctx);
    assert.equal(source.asked.length, 1);
  });

  it("caches 14: a minimal meta request covers just what is missing", async () => {
    const source = stubSource();
    const { manager } = setUp(source, { meta: { ...META, minimal: true } as MetaSettings });
    await manager.load([tile(3, 3, 5), tile(4, 3, 5), tile(4, 4, 5)], undefined, ctx);
    assert.deepEqual(
      source.asked.map(({ size }) => size),
      [[512, 512]],
    );
  });

  it("hands bytes of the right format on without decoding them", async () => {
    const bytes = (
      await encode(
        canvas([256, 256], { mode: "RGB", transparent: false, background: undefined }),
        PNG,
      )
    ).bytes;
    const source = stubSource(() => ({
      picture: { kind: "encoded", bytes, format: "png" },
      options: PNG,
      cacheable: true,
    }));
    const { manager, cache } = setUp(source, { meta: { kind: "single" } });
    const [made] = await manager.load([tile(1, 1, 2)], undefined, ctx);
    assert.equal(made!.bytes, bytes);
    assert.deepEqual((await cache.get(tile(1, 1, 2), ctx))?.bytes, bytes);
  });

  it("caches 15: a single source with nothing there stores nothing", async () => {
    const { manager, cache } = setUp(stubSource(() => undefined));
    assert.deepEqual(await manager.load([tile(0, 0, 2)], undefined, ctx), [undefined]);
    assert.equal(await cache.get(tile(0, 0, 2), ctx), undefined);
  });

  it("caches 16: two sources with nothing there store an empty tile", async () => {
    const empty = () => stubSource(() => undefined);
    const { manager, cache } = setUp(empty(), { sources: [empty(), empty()] });
    await manager.load([tile(0, 0, 2)], undefined, ctx);
    assert.ok(await cache.get(tile(0, 0, 2), ctx));
  });

  it("does not keep a stand-in, but serves it", async () => {
    const { manager, cache } = setUp(
      stubSource((query) => ({ ...plain(query), cacheable: false })),
    );
    const [made] = await manager.load([tile(0, 0, 2)], undefined, ctx);
    assert.equal(made!.cacheable, false);
    assert.equal(await cache.get(tile(0, 0, 2), ctx), undefined);
  });

  it("caches 20: without sources it serves what is stored and asks nobody", async () => {
    const source = stubSource();
    const { manager, cache } = setUp(source, { cacheOnly: true, refreshBefore: () => 2e12 });
    await cache.put(tile(0, 0, 2), { bytes: Uint8Array.of(1), format: "png", timestamp: 1 }, ctx);
    const [stored, missing] = await manager.load([tile(0, 0, 2), tile(1, 0, 2)], undefined, ctx);
    assert.deepEqual([stored?.bytes, missing], [Uint8Array.of(1), undefined]);
    assert.equal(source.asked.length, 0);
  });

  it("caches 26: a tile older than refresh_before is made anew", async () => {
    const source = stubSource();
    const now = 1_000_000_000;
    const { manager, cache } = setUp(source, {
      refreshBefore: () => now - 1000,
      meta: { kind: "single" },
    });
    const old = { bytes: Uint8Array.of(1), format: "png", timestamp: now - 2000 } as const;
    await cache.put(tile(0, 0, 2), old, ctx);
    await cache.put(tile(1, 0, 2), { ...old, timestamp: now }, ctx);
    await manager.load([tile(0, 0, 2), tile(1, 0, 2)], undefined, ctx);
    assert.equal(source.asked.length, 1);
  });

  it("a tile dated in the future is made anew once", async () => {
    const source = stubSource();
    const { manager, cache } = setUp(source, { refreshBefore: () => 0, meta: { kind: "single" } });
    await cache.put(
      tile(0, 0, 2),
      { bytes: Uint8Array.of(1), format: "png", timestamp: 9e12 },
      ctx,
    );
    await manager.load([tile(0, 0, 2)], undefined, ctx);
    await manager.load([tile(0, 0, 2)], undefined, ctx);
    assert.equal(source.asked.length, 1);
  });

  it("caches 25: a stale tile is served when the source fails, and says so", async () => {
    const source = stubSource(() => {
      throw new SourceError("stub", "down", { url: "" });
    });
    const { manager, cache } = setUp(source, { refreshBefore: () => 2000 });
    await cache.put(
      tile(0, 0, 2),
      { bytes: Uint8Array.of(7), format: "png", timestamp: 1000 },
      ctx,
    );
    const [stale] = await manager.load([tile(0, 0, 2)], undefined, ctx);
    assert.deepEqual([stale?.bytes, stale?.stale], [Uint8Array.of(7), true]);
  });

  it("a cache that cannot be written or read does not cost the map, and is reported once", async () => {
    const fail = async (): Promise<never> => {
      throw new CacheError("osm", "write tile", new Error("disk full"));
    };
    const broken: TileCache = {
      name: "osm",
      keepsDimensions: true,
      keepsTimestamps: true,
      lockId: "broken",
      get: fail,
      put: fail,
      delete: fail,
    };
    const events: { level: string; event: string }[] = [];
    const { manager } = setUp(stubSource(), { cache: broken });
    const [made] = await manager.load([tile(0, 0, 2)], undefined, testContext(events));
    assert.ok(made);
    assert.equal(events.filter(({ event }) => event === "cache-failed").length, 1);
  });

  it("caches 50: a missing tile is made from the level above", async () => {
    const { manager, cache } = setUp(
      stubSource(() => undefined),
      {
        rescale: { levels: -2, store: false },
      },
    );
    const { bytes } = await encode(
      plain({ size: [256, 256] } as unknown as MapQuery).picture.kind === "raster"
        ? canvas([256, 256], { mode: undefined, transparent: false, background: [1, 2, 3] })
        : canvas([1, 1], PNG),
      PNG,
    );
    await cache.put(tile(0, 0, 1), { bytes, format: "png", timestamp: 1 }, ctx);
    const [made, far] = await manager.load([tile(3, 3, 3), tile(7, 7, 3)], undefined, ctx);
    assert.equal(peek(made!.bytes)?.width, 256);
    assert.equal(far, undefined, "nothing is stored above it");
    assert.equal(await cache.get(tile(3, 3, 3), ctx), undefined, "caches 51: not stored");
  });

  it("a meta tile that cannot be decoded is asked for again, so that its source says why", async () => {
    const { bytes } = await encode(
      canvas([1024, 1024], { mode: undefined, transparent: false, background: [1, 2, 3] }),
      PNG,
    );
    const damaged = bytes.slice(0, bytes.length - 20);
    const source = stubSource((query) => {
      if (!query.decodes) throw new SourceError("stub", "damaged", { url: "" });
      return {
        picture: { kind: "encoded", bytes: damaged, format: "png" },
        options: PNG,
        cacheable: true,
      };
    });
    const { manager, cache } = setUp(source);
    await assert.rejects(manager.load([tile(0, 0, 2)], undefined, ctx), SourceError);
    assert.deepEqual(
      source.asked.map(({ decodes }) => decodes),
      [true, undefined],
    );
    assert.equal(await cache.get(tile(0, 0, 2), ctx), undefined);
  });

  it("keeps tiles of different dimension values apart", async () => {
    const source = stubSource();
    const { manager } = setUp(source, { meta: { kind: "single" } });
    await manager.load([tile(0, 0, 2)], { time: "2020" }, ctx);
    await manager.load([tile(0, 0, 2)], { time: "2021" }, ctx);
    assert.deepEqual(
      source.asked.map(({ dimensions }) => dimensions?.time),
      ["2020", "2021"],
    );
  });
});

describe("checkTileCount()", () => {
  it("caches 21: refuses the limit itself", () => {
    assert.throws(
      () => checkTileCount(500, 500),
      /Request too large or invalid BBOX. \(too many tiles, max_tile_limit: 500, num_tiles: 500\)/,
    );
    checkTileCount(499, 500);
  });
});
