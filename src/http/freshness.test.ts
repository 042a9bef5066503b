import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serverWord } from "./freshness.ts";

const NOW = Date.parse("2026-01-02T00:00:00Z");
const at = (ms: number): string => new Date(ms).toUTCString();
const life = (headers: Record<string, string>) => serverWord(new Headers(headers), NOW).life;

describe("serverWord()", () => {
  it("believes s-maxage before max-age before Expires, less Age (RFC 9111, 4.2.1)", () => {
    const expires = at(NOW + 90_000);
    assert.equal(life({ "cache-control": "public, max-age=60, s-maxage=30", expires }), 30_000);
    assert.equal(life({ "cache-control": 'Max-Age="60"', expires, age: "20" }), 40_000);
    assert.equal(life({ expires }), 90_000);
    assert.equal(life({ expires, date: at(NOW + 30_000) }), 60_000);
    assert.equal(life({ "cache-control": "max-age=5", age: "20" }), 0);
  });

  it("takes what cannot be read, and no-cache, for stale at once", () => {
    assert.equal(life({ "cache-control": "max-age=soon" }), 0);
    assert.equal(life({ expires: "0" }), 0);
    assert.equal(life({ "cache-control": "no-cache, max-age=60" }), 0);
  });

  it("guesses a tenth of the time since Last-Modified, a day at most, else knows nothing", () => {
    assert.equal(life({ "last-modified": at(NOW - 100_000) }), 10_000);
    assert.equal(life({ "last-modified": at(0) }), 24 * 3600_000);
    assert.equal(life({ etag: '"a"' }), undefined);
  });

  it("knows what a shared cache may not keep", () => {
    const mayStore = (control: string) =>
      serverWord(new Headers({ "cache-control": control }), NOW).mayStore;
    assert.deepEqual(["no-store", "private, max-age=9", "max-age=9"].map(mayStore), [
      false,
      false,
      true,
    ]);
  });
});
