import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { testContext, testPlatform } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { type Expected, upstream } from "../../test/upstream.ts";
import { ConfigError, LockTimeout, SourceError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import { systemClock } from "../runtime/local.ts";
import { fileLocks } from "../runtime/locks/file.ts";
import type { HttpRequest } from "./client.ts";
import { createHttpClient, type HttpOptions } from "./create.ts";
import { HttpPool } from "./pool.ts";

const OK = { body: "ok", type: "text/plain; charset=utf-8" } as const;

function setUp(options: HttpOptions, ...expected: Expected[]) {
  const server = upstream(...expected);
  const events: { level: string; event: string; fields?: unknown }[] = [];
  const ctx = testContext(events);
  const client = createHttpClient(options, testPlatform({ fetch: server.fetch }), "osm");
  const get = (url: string, init: HttpRequest = {}) => client.request(url, init, ctx);
  return { server, client, get, events, ctx };
}

async function failure(work: Promise<unknown>): Promise<SourceError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof SourceError, String(error));
    return error;
  }
  assert.fail("expected a SourceError");
}

describe("createHttpClient()", () => {
  it("hands over status, type and bytes", async () => {
    const { get, server } = setUp({}, { url: "http://x/a", answer: OK });
    const answer = await get("http://x/a");
    assert.equal(answer.status, 200);
    assert.equal(answer.contentType, "text/plain");
    assert.equal(new TextDecoder().decode(answer.bytes), "ok");
    server.done();
  });

  it("names itself and asks for no compression", async () => {
    const headers = { "user-agent": `Rhumb/${VERSION}`, "accept-encoding": "identity" };
    const { get, server } = setUp({}, { url: "http://x/", headers, answer: OK });
    await get("http://x/");
    server.done();
  });

  it("names the version of the package", async () => {
    const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
    assert.equal(JSON.parse(text).version, VERSION);
  });

  it("sources 44: sends the configured headers, the name included", async () => {
    const headers = { "User-Agent": "me", "X-A": "1" };
    const { get, server } = setUp({ headers }, { url: "http://x/", headers, answer: OK });
    await get("http://x/");
    server.done();
  });

  it("sources 42: sends credentials only after a challenge", async () => {
    const { get, server } = setUp(
      {},
      {
        url: "http://x/a",
        headers: { authorization: undefined },
        answer: { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } },
      },
      { url: "http://x/a", headers: { authorization: "Basic dTpwQDp6" }, answer: OK },
    );
    await get("http://u:p@:z@x/a");
    server.done();
    assert.deepEqual(server.asked, ["http://x/a", "http://x/a"]);
  });

  it("asks twice at most when credentials are wrong", async () => {
    const answer = { status: 401, headers: { "www-authenticate": "Basic" } };
    const { get, server } = setUp({}, { url: "http://x/", answer }, { url: "http://x/", answer });
    assert.equal((await failure(get("http://u:p@x/"))).status, 401);
    server.done();
  });

  it("sources 31: hides details, and logs without secrets", async () => {
    const { get, events } = setUp({}, { url: "http://x/?key=s3cret", answer: { status: 500 } });
    const error = await failure(get("http://u:hidden@x/?key=s3cret"));
    assert.equal(error.message, "HTTP Error (see logs for URL and reason).");
    assert.equal(error.status, 500);
    assert.equal(error.detail, 'HTTP Error "http://x/?key=***": 500');
    const all = JSON.stringify([events, error.url, error.detail, error.message]);
    assert.ok(!all.includes("s3cret") && !all.includes("hidden"), all);
  });

  it("sources 32: shows URL and status if asked to, still without secrets", async () => {
    const options = { hide_error_details: false };
    const { get } = setUp(options, { url: "http://x/?a=1&token=t0ken", answer: { status: 404 } });
    const { message } = await failure(get("http://x/?a=1&token=t0ken"));
    assert.equal(message, 'HTTP Error "http://x/?a=1&token=***": 404');
  });

  it("sources 29: takes 204 for an error, by name", async () => {
    const { get } = setUp({}, { url: "http://x/", answer: { status: 204 } });
    const error = await failure(get("http://x/"));
    assert.equal(error.message, 'HTTP Error "204 No Content"');
    assert.equal(error.status, 204);
  });

  it("accepts 204 where nothing is expected back", async () => {
    const { get } = setUp({}, { url: "http://x/", method: "DELETE", answer: { status: 204 } });
    assert.equal((await get("http://x/", { method: "DELETE" })).status, 204);
  });

  it("sources 28: a refused connection has no status", async () => {
    const { get } = setUp({}, { url: "http://x/", answer: "refuse" });
    const error = await failure(get("http://x/"));
    assert.equal(error.message, "No response from URL (see logs for URL and reason).");
    assert.equal(error.detail, 'No response from URL "http://x/": refused');
    assert.equal(error.status, undefined);
  });

  it("tells a certificate that is not trusted from a dead server", async () => {
    const fetch = () =>
      Promise.reject(
        new TypeError("fetch failed", { cause: new Error("self-signed certificate") }),
      );
    const platform = testPlatform({ fetch: fetch as unknown as typeof globalThis.fetch });
    const client = createHttpClient({}, platform, "osm");
    const error = await failure(client.request("https://x/", {}, testContext()));
    assert.match(error.message, /^Could not verify connection to URL/);
  });

  it("sources 35: asks once", async () => {
    const { get, server } = setUp({}, { url: "http://x/", answer: { status: 503 } });
    await failure(get("http://x/"));
    assert.equal(server.asked.length, 1);
  });

  it("asks again where it is told to, and a POST never", async () => {
    for (const [method, asked] of [
      ["GET", 3],
      ["POST", 1],
    ] as const) {
      let count = 0;
      const platform = testPlatform({
        fetch: (async () => {
          count++;
          return new Response("busy", { status: 503 });
        }) as unknown as typeof globalThis.fetch,
      });
      const http = createHttpClient({ retries: 2 }, platform, "test");
      await assert.rejects(http.request("http://x/", { method }, testContext()), SourceError);
      assert.equal(count, asked, method);
    }
  });

  it("sources 45: gives up on a server that does not answer", async () => {
    const { get } = setUp({ client_timeout: 0.01 }, { url: "http://x/", answer: "hang" });
    const error = await failure(get("http://x/"));
    assert.match(error.detail, /timed out/);
  });

  it("threats T11: gives up on a body that stops coming, and on one that never ends", async () => {
    const stops = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Uint8Array.of(1)),
    });
    const drips = new ReadableStream<Uint8Array>({
      pull: (controller) =>
        new Promise((resolve) => {
          setTimeout(() => {
            controller.enqueue(Uint8Array.of(1));
            resolve();
          }, 2);
        }),
    });
    for (const body of [stops, drips]) {
      const { get } = setUp({ client_timeout: 0.02 }, { url: "http://x/", answer: { body } });
      assert.match((await failure(get("http://x/"))).detail, /timed out/);
    }
  });

  it("threats T3: stops reading at the largest size, declared or not", async () => {
    let pulled = 0;
    const chunk = new Uint8Array(1024 * 1024);
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(chunk);
      },
    });
    const declared = { body: "x", headers: { "content-length": String(2 ** 40) } };
    for (const answer of [{ body: endless }, declared]) {
      const { get } = setUp({}, { url: "http://x/", answer });
      assert.match((await failure(get("http://x/"))).detail, /larger than/);
    }
    assert.ok(pulled < 80, `${pulled} MiB were read`);
  });

  it("threats T3: unpacks what a server packed unasked, up to the largest size", async () => {
    const pack = (length: number) =>
      new Blob([new Uint8Array(length)]).stream().pipeThrough(new CompressionStream("gzip"));
    const headers = { "content-encoding": "gzip" };
    const small = setUp({}, { url: "http://x/", answer: { body: pack(1000), headers } });
    assert.equal((await small.get("http://x/")).bytes.length, 1000);
    const bomb = setUp({}, { url: "http://x/", answer: { body: pack(2 ** 27), headers } });
    assert.match((await failure(bomb.get("http://x/"))).detail, /larger than/);
  });

  it("threats T1: follows redirects on the same server only", async () => {
    const redirect = (location: string) => ({ status: 302, headers: { location } });
    const { get, server } = setUp(
      {},
      { url: "http://x/a", answer: redirect("/b") },
      { url: "http://x/b", answer: redirect("https://x/c") },
      { url: "https://x/c", answer: OK },
    );
    await get("http://x/a");
    server.done();
    for (const to of [
      "http://169.254.169.254/latest",
      "http://x:8081/",
      "http://u:p@x/",
      "file:///etc/passwd",
      "//evil.test/",
      "https://x:8443/",
    ]) {
      const other = setUp({}, { url: "http://x/", answer: redirect(to) });
      const error = await failure(other.get("http://x/"));
      assert.match(error.detail, /refused/, to);
      assert.equal(other.server.asked.length, 1);
    }
  });

  it("ends a circle of redirects", async () => {
    const answer = { status: 302, headers: { location: "http://x/" } };
    const { get } = setUp({}, ...Array.from({ length: 20 }, () => ({ url: "http://x/", answer })));
    assert.match((await failure(get("http://x/"))).detail, /too many redirects/);
  });

  it("turns a POST into a GET at 303, and keeps it at 307", async () => {
    const init = { method: "POST", body: "a=1" } as const;
    const to = (status: number) => ({ status, headers: { location: "/b" } });
    const changed = setUp(
      {},
      { url: "http://x/a", method: "POST", form: "a=1", answer: to(303) },
      { url: "http://x/b", answer: OK },
    );
    await changed.get("http://x/a", init);
    changed.server.done();
    const kept = setUp(
      {},
      { url: "http://x/a", method: "POST", form: "a=1", answer: to(307) },
      { url: "http://x/b", method: "POST", form: "a=1", answer: OK },
    );
    await kept.get("http://x/a", init);
    kept.server.done();
  });

  it("refuses everything but http and https", async () => {
    for (const url of ["file:///etc/passwd", "data:,x", "ftp://x/", "nonsense"]) {
      const { get, server } = setUp({});
      assert.match((await failure(get(url))).message, /^URL not correct/);
      assert.equal(server.asked.length, 0);
    }
  });

  it("keeps cookies if told so, for all sources of a configuration", async () => {
    const pool = new HttpPool({ now: () => 0, sleep: async () => {} });
    const first = setUp(
      { manage_cookies: true, pool },
      { url: "http://x/", answer: { ...OK, headers: { "set-cookie": "s=1" } } },
    );
    await first.get("http://x/");
    const second = setUp(
      { manage_cookies: true, pool },
      { url: "http://x/b", headers: { cookie: "s=1" }, answer: OK },
    );
    await second.get("http://x/b");
    second.server.done();
    const without = setUp(
      { pool },
      { url: "http://x/c", headers: { cookie: undefined }, answer: OK },
    );
    await without.get("http://x/c");
    without.server.done();
  });

  it("sources 46: serialises requests to a host, across sources", async () => {
    let running = 0;
    let most = 0;
    const fetch = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return new Response("ok");
    };
    const platform = testPlatform({ fetch: fetch as unknown as typeof globalThis.fetch });
    const options = { concurrent_requests: 1, pool: new HttpPool(platform.clock) };
    const clients = ["a", "b"].map((name) => createHttpClient(options, platform, name));
    await Promise.all(
      clients.flatMap((client) =>
        [1, 2, 3].map(() => client.request("http://x/", {}, testContext())),
      ),
    );
    assert.equal(most, 1);
  });

  it("lets a client go that has left, as the client's doing", async () => {
    const server = upstream({ url: "http://x/", answer: "hang" });
    const client = createHttpClient({}, testPlatform({ fetch: server.fetch }), "osm");
    const controller = new AbortController();
    const gone = new Error("gone");
    const work = client.request("http://x/", {}, { ...testContext(), signal: controller.signal });
    controller.abort(gone);
    await assert.rejects(work, gone);
  });

  it("logs each request once, with status, size and time", async () => {
    const { get, events } = setUp({}, { url: "http://x/a", answer: OK });
    await get("http://x/a");
    assert.deepEqual(events, [
      {
        level: "info",
        event: "upstream-request",
        fields: { source: "osm", method: "GET", url: "http://x/a", status: 200, kib: 0, ms: 0 },
      },
    ]);
  });

  it("passes certificates on where the runtime can use them, and says so where it cannot", async () => {
    let tls: unknown;
    const fetch = async (_: unknown, init?: { tls?: unknown }) => {
      tls = init?.tls;
      return new Response("ok");
    };
    const overrides = {
      name: "bun",
      fetch: fetch as unknown as typeof globalThis.fetch,
      resource: async () => new TextEncoder().encode("PEM"),
    } as const;
    const options = { ssl_ca_certs: "/ca.pem", ssl_no_cert_checks: true };
    const bun = createHttpClient(options, testPlatform(overrides), "osm");
    await bun.request("https://x/", {}, testContext());
    assert.deepEqual(tls, { rejectUnauthorized: false, ca: "PEM" });

    const node = testPlatform({ ...overrides, name: "node" });
    assert.throws(
      () => createHttpClient(options, node, "osm"),
      (error) => {
        return error instanceof ConfigError && error.message.includes("NODE_EXTRA_CA_CERTS");
      },
    );
    const events: { level: string; event: string }[] = [];
    const unchecked = createHttpClient({ ssl_no_cert_checks: true }, node, "osm");
    await unchecked.request("https://x/", {}, testContext(events));
    assert.ok(
      events.some(({ level, event }) => level === "warn" && event === "tls-option-ignored"),
    );
  });
});

describe("HttpPool.limit()", () => {
  it("gives up waiting after the timeout", async () => {
    const pool = new HttpPool({ now: () => 0, sleep: async () => {} });
    const { signal } = new AbortController();
    let release = (): void => {};
    const held = pool.limit(
      "h",
      { slots: 1, timeout: 5, signal },
      () =>
        new Promise<void>((r) => {
          release = r;
        }),
    );
    await assert.rejects(
      pool.limit("h", { slots: 1, timeout: 5, signal }, async () => {}),
      /still held/,
    );
    release();
    await held;
    assert.equal(await pool.limit("h", { slots: 1, timeout: 5, signal }, async () => 7), 7);
  });

  it("counts the requests of all processes that share the locks", async () => {
    const directory = scratch();
    const pools = [1, 2, 3].map(() => new HttpPool(systemClock, fileLocks(directory, systemClock)));
    const { signal } = new AbortController();
    const held = { now: 0, most: 0 };
    const work = async () => {
      held.most = Math.max(held.most, ++held.now);
      await systemClock.sleep(5);
      held.now--;
    };
    const limit = { slots: 2, timeout: 10_000, signal };
    await Promise.all(
      pools.flatMap((pool) => [1, 2, 3, 4].map(() => pool.limit("h", limit, work))),
    );
    assert.equal(held.most, 2);
    assert.deepEqual(await readdir(directory), []);
  });

  it("gives up waiting for other processes after the timeout, and when nobody waits any more", async () => {
    const directory = scratch();
    const [one, other] = [1, 2].map(
      () => new HttpPool(systemClock, fileLocks(directory, systemClock)),
    ) as [HttpPool, HttpPool];
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = new AbortController();
    const held = one.limit("h", { slots: 1, timeout: 1000, signal }, () => promise);
    const never = async () => assert.fail("ran");
    while ((await readdir(directory)).length < 2) await systemClock.sleep(1);
    await assert.rejects(other.limit("h", { slots: 1, timeout: 20, signal }, never), LockTimeout);
    const client = new AbortController();
    const waiting = other.limit("h", { slots: 1, timeout: 60_000, signal: client.signal }, never);
    client.abort(new Error("gone"));
    await assert.rejects(waiting, /gone/);
    resolve();
    await held;
    assert.equal(await other.limit("h", { slots: 1, timeout: 1000, signal }, async () => 7), 7);
  });

  it("forgets waiters that were aborted", async () => {
    const pool = new HttpPool({ now: () => 0, sleep: async () => {} });
    const controller = new AbortController();
    const { signal } = new AbortController();
    let release = (): void => {};
    const held = pool.limit(
      "h",
      { slots: 1, timeout: 1000, signal },
      () =>
        new Promise<void>((r) => {
          release = r;
        }),
    );
    const waiting = pool.limit(
      "h",
      { slots: 1, timeout: 1000, signal: controller.signal },
      async () => assert.fail("ran"),
    );
    controller.abort(new Error("gone"));
    await assert.rejects(waiting, /gone/);
    release();
    await held;
  });
});
