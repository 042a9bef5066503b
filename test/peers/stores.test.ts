/** The stores of other servers against servers that we have not written. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as v from "valibot";
import { cacheTypes } from "../../src/cache/index.ts";
import { RhumbError } from "../../src/core/errors.ts";
import type { CacheType } from "../../src/model/define.ts";
import { systemClock } from "../../src/runtime/local.ts";
import { cacheDeps } from "../cache-deps.ts";
import { pngTile, tileCacheContract } from "../contract/tile-cache.ts";
import { testContext, testPlatform } from "../platform.ts";
import { missingServer, STORE_SERVERS, startStoreServer } from "./store-servers.ts";

const TILE = { x: 1, y: 2, level: 3 };

for (const [name, peer] of Object.entries(STORE_SERVERS)) {
  describe(name, { skip: missingServer(peer) }, () => {
    let count = 0;
    let server: Awaited<ReturnType<typeof startStoreServer>>;

    before(async () => {
      server = await startStoreServer(peer);
    });
    after(() => server?.kill());

    /** A store of its own on the server. */
    const open = (more: object = {}, env = peer.env ?? {}) => {
      const { type } = peer.store(server.port);
      const kind = (cacheTypes as readonly CacheType[]).find((each) => each.type === type)!;
      const own =
        type === "couchdb" ? { db_name: `tiles${count++}` } : { directory: `d${count++}` };
      const platform = Object.assign(testPlatform({ fetch, env }), { clock: systemClock });
      const options = v.parse(kind.options, { ...peer.store(server.port), ...own, ...more });
      return Promise.resolve(kind.create(options, cacheDeps("/", { platform })));
    };

    tileCacheContract(name, () => open());

    it("many writers at once lose no tile", async () => {
      const cache = await open();
      const keys = Array.from({ length: 40 }, (_, x) => ({ x, y: 0, level: 8 }));
      const ctx = testContext();
      await Promise.all(keys.map((key) => cache.put(key, pngTile(key.x), ctx)));
      for (const key of keys)
        assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(key.x).bytes);
    });

    const { refused } = peer;
    if (refused) {
      it("refuses who is not known to it", async () => {
        const { store, env } = refused;
        await assert.rejects(async () => {
          await (await open(store?.(server.port), env)).put(TILE, pngTile(1), testContext());
        });
      });
    }

    it("is a fault of the store when the server is gone", async () => {
      const cache = await open();
      await cache.put(TILE, pngTile(1), testContext());
      await server.kill();
      await assert.rejects(cache.put(TILE, pngTile(2), testContext()), RhumbError);
    });
  });
}
