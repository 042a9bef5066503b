import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cacheKey, type EdgeCache, throughCache } from "./front-cache.ts";

/** A cache in memory, and what the application was asked. */
function front() {
  const kept = new Map<string, Response>();
  const cache: EdgeCache = {
    match: async (key) => kept.get(key.url)?.clone(),
    put: async (key, response) => void kept.set(key.url, response),
    delete: async (key) => kept.delete(key.url),
  };
  let asked = 0;
  const send = async (
    url: string,
    options: { headers?: HeadersInit; method?: string; version?: string; answer?: Response } = {},
  ) => {
    const pending: Promise<unknown>[] = [];
    const { version = "1", answer, ...init } = options;
    const response = await throughCache(
      new Request(`https://maps.example${url}`, init),
      { cache, version },
      { waitUntil: (work) => void pending.push(work) },
      async () => {
        asked++;
        return answer ?? tile();
      },
    );
    await Promise.all(pending);
    return response;
  };
  return { kept, send, asked: () => asked };
}

function tile(headers: Record<string, string> = {}): Response {
  return new Response(Uint8Array.of(1, 2, 3), {
    headers: {
      "content-type": "image/png",
      "cache-control": "public, max-age=3600",
      etag: '"abc"',
      "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT",
      ...headers,
    },
  });
}

describe("throughCache()", () => {
  it("asks once for a picture, and says that the second comes from here", async () => {
    const { send, asked } = front();
    await send("/wmts/a/1/2/3.png");
    const second = await send("/wmts/a/1/2/3.png");
    assert.equal(asked(), 1);
    assert.equal(second.headers.get("cache-status"), "rhumb-edge; hit");
    assert.deepEqual(new Uint8Array(await second.arrayBuffer()), Uint8Array.of(1, 2, 3));
  });

  it("answers 304 to who has the picture", async () => {
    const { send } = front();
    await send("/a.png");
    for (const headers of [
      { "if-none-match": 'W/"x", "abc"' },
      { "if-modified-since": "Fri, 02 Jan 2026 03:04:05 GMT" },
    ]) {
      const response = await send("/a.png", { headers });
      assert.equal(response.status, 304);
      assert.equal(response.headers.get("etag"), '"abc"');
    }
    assert.equal((await send("/a.png", { headers: { "if-none-match": '"other"' } })).status, 200);
  });

  it("keeps apart what path, query, accepted formats or configuration tell apart", async () => {
    const { send, asked } = front();
    await send("/a.png");
    await send("/b.png");
    await send("/a.png?time=1");
    await send("/a.png", { headers: { accept: "image/webp,*/*" } });
    await send("/a.png", { version: "2" });
    assert.equal(asked(), 5);
  });

  it("does not tell hosts apart: pictures have no URLs in them", () => {
    const key = (host: string) => cacheKey(`https://${host}/a.png`, "1", "").url;
    assert.equal(key("a.example"), key("b.example"));
  });

  for (const [what, headers] of [
    ["is private", { "cache-control": "private, max-age=60" }],
    ["may not be stored", { "cache-control": "public, no-store" }],
    ["is a document with URLs", { "content-type": "text/xml" }],
  ] as const) {
    it(`does not keep what ${what}`, async () => {
      const { send, kept } = front();
      await send("/a", { answer: tile(headers) });
      assert.equal(kept.size, 0);
    });
  }

  it("does not keep an exception in a picture's clothes", async () => {
    const { send, kept } = front();
    await send("/a", { answer: new Response("", { status: 500, headers: tile().headers }) });
    assert.equal(kept.size, 0);
  });

  it("neither asks nor fills the cache for requests that say who they are, or are no GET", async () => {
    const { send, asked, kept } = front();
    await send("/a.png");
    for (const options of [
      { headers: { authorization: "Basic x" } },
      { headers: { cookie: "a=b" } },
      { headers: { "x-script-name": "/p" } },
      { method: "HEAD" },
      { method: "POST" },
    ]) {
      await send("/a.png", options);
    }
    assert.equal(asked(), 6);
    assert.equal(kept.size, 1);
  });
});
