import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { cacheDeps } from "../../test/cache-deps.ts";
import { pngTile, tileCacheContract } from "../../test/contract/tile-cache.ts";
import { testContext, testPlatform } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { CacheError } from "../core/errors.ts";
import type { TileCache } from "../model/cache.ts";
import { redisCache } from "./redis.ts";

const installed = spawnSync("redis-server", ["--version"]).status === 0;
const ctx = testContext();

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** A server that keeps nothing on disk; `more` are further arguments. */
async function start(port: number, more: readonly string[] = []): Promise<ChildProcess> {
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", [...args, "--dir", scratch(), ...more], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((done, fail) => {
    let text = "";
    server.stdout?.on("data", (part) => {
      text += part;
      if (text.includes("Ready to accept connections")) done();
    });
    server.once("exit", () => fail(new Error(text)));
  });
  return server;
}

if (!installed) {
  describe("redis cache", () => {
    it("works with a real server", { skip: "redis-server is not installed" }, () => {});
  });
} else {
  let port = 0;
  let server: ChildProcess | undefined;
  let count = 0;
  const platform = testPlatform();
  const open = async (more: Partial<Parameters<typeof redisCache.create>[0]> = {}) =>
    await redisCache.create(
      {
        type: "redis",
        host: "127.0.0.1",
        port,
        db: 0,
        default_ttl: 3600,
        prefix: `p${count++}`,
        ...more,
      },
      cacheDeps("/", { platform }),
    );
  const command = (...args: string[]) =>
    spawnSync("redis-cli", ["-p", String(port), ...args], { encoding: "utf8" }).stdout.trim();

  before(async () => {
    port = await freePort();
    server = await start(port);
  });
  after(() => server?.kill("SIGKILL"));

  tileCacheContract("redis", () => open());

  describe("redis cache", () => {
    const key = { x: 5, y: 3, level: 4 };
    const using = async (cache: TileCache, work: () => Promise<void>) => {
      try {
        await work();
      } finally {
        await cache.close?.();
      }
    };

    it("caches 47: keeps tiles under prefix-z-x-y until they expire", async () => {
      const cache = await open({ prefix: "my", default_ttl: 100 });
      await using(cache, async () => {
        await cache.put(key, pngTile(1), ctx);
        const left = Number(command("pttl", "my-4-5-3"));
        assert.ok(left > 90_000 && left <= 100_000, String(left));
      });
      const other = await open({ prefix: undefined });
      await using(other, async () => {
        await other.put(key, pngTile(1), ctx);
        assert.equal(command("exists", "tiles_g-4-5-3"), "1");
      });
    });

    it("does not let tiles expire with default_ttl 0, and then knows no times", async () => {
      const cache = await open({ prefix: "ever", default_ttl: 0 });
      await using(cache, async () => {
        await cache.put(key, pngTile(1), ctx);
        assert.equal(command("pttl", "ever-4-5-3"), "-1");
        assert.equal(cache.keepsTimestamps, false);
        assert.equal((await cache.get(key, ctx))?.timestamp, undefined);
      });
    });

    it("tells when a tile was stored from the time at which it expires", async () => {
      const cache = await open({ prefix: "age", default_ttl: 1000 });
      await using(cache, async () => {
        await cache.put(key, pngTile(1), ctx);
        command("pexpireat", "age-4-5-3", "4000000000000");
        assert.equal((await cache.get(key, ctx))?.timestamp, 4_000_000_000_000 - 1_000_000);
        assert.deepEqual(await cache.stat?.(key, ctx), {
          timestamp: 4_000_000_000_000 - 1_000_000,
        });
      });
    });

    it("tells it from the time that is left where the server knows no better", async () => {
      const at = await freePort();
      const old = await start(at, ["--rename-command", "PEXPIRETIME", ""]);
      const cache = await open({ port: at, default_ttl: 1000 });
      try {
        await using(cache, async () => {
          platform.time = 5_000_400;
          await cache.put(key, pngTile(1), ctx);
          const made = (await cache.get(key, ctx))?.timestamp ?? 0;
          assert.ok(Math.abs(made - 5_000_000) <= 60_000, String(made));
          assert.equal(made % 1000, 0);
        });
      } finally {
        old.kill("SIGKILL");
      }
    });

    it("uses the database that is configured", async () => {
      const cache = await open({ prefix: "db", db: 3 });
      await using(cache, async () => {
        await cache.put(key, pngTile(1), ctx);
        assert.equal(command("-n", "3", "exists", "db-4-5-3"), "1");
        assert.equal(command("exists", "db-4-5-3"), "0");
      });
    });

    it("logs in with user and password", async () => {
      command("acl", "setuser", "map", "on", ">secret", "~*", "+@all");
      const cache = await open({ username: "map", password: "secret" });
      await using(cache, async () => {
        await cache.put(key, pngTile(1), ctx);
        assert.ok(await cache.get(key, ctx));
      });
      const wrong = await open({ username: "map", password: "wrong" });
      await using(wrong, async () => {
        await assert.rejects(wrong.get(key, ctx), CacheError);
      });
    });

    it("threat T14: fails with a CacheError without a server, and works once there is one", async () => {
      const at = await freePort();
      const cache = await open({ port: at });
      await using(cache, async () => {
        await assert.rejects(cache.get(key, ctx), CacheError);
        await assert.rejects(cache.put(key, pngTile(1), ctx), CacheError);
        const late = await start(at);
        try {
          await cache.put(key, pngTile(1), ctx);
          assert.ok(await cache.get(key, ctx));
        } finally {
          late.kill("SIGKILL");
        }
      });
    });

    it("threat T14: a server that is out of memory is a CacheError", async () => {
      const at = await freePort();
      const full = await start(at, ["--maxmemory", "1", "--maxmemory-policy", "noeviction"]);
      const cache = await open({ port: at });
      try {
        await using(cache, async () => {
          await assert.rejects(cache.put(key, pngTile(1), ctx), CacheError);
          assert.equal(await cache.get(key, ctx), undefined);
        });
      } finally {
        full.kill("SIGKILL");
      }
    });
  });
}
