import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CookieJar } from "./cookies.ts";

const set = (...lines: string[]): Headers => {
  const headers = new Headers();
  for (const line of lines) headers.append("set-cookie", line);
  return headers;
};

describe("CookieJar", () => {
  it("sends cookies back to the host and path that set them, only", () => {
    const jar = new CookieJar(() => 0);
    jar.store(new URL("http://a.test/maps/x"), set("s=1; Path=/maps", "t=2; Secure"));
    assert.equal(jar.header(new URL("http://a.test/maps/y")), "s=1");
    assert.equal(jar.header(new URL("https://a.test/maps/y")), "s=1; t=2");
    assert.equal(jar.header(new URL("http://a.test/mapsx")), undefined);
    assert.equal(jar.header(new URL("http://b.a.test/maps")), undefined);
  });

  it("shares cookies of a domain with its hosts, and refuses foreign domains", () => {
    const jar = new CookieJar(() => 0);
    const url = new URL("http://a.maps.test/");
    jar.store(url, set("s=1; Domain=.maps.test", "evil=1; Domain=bank.test", "tld=1; Domain=test"));
    assert.equal(jar.header(new URL("http://b.maps.test/")), "s=1");
    assert.equal(jar.header(new URL("http://bank.test/")), undefined);
  });

  it("forgets what has expired and what is deleted", () => {
    let now = 0;
    const jar = new CookieJar(() => now);
    const url = new URL("http://a.test/");
    jar.store(url, set("s=1; Max-Age=10", "t=1"));
    assert.equal(jar.header(url), "s=1; t=1");
    now = 10_000;
    assert.equal(jar.header(url), "t=1");
    jar.store(url, set("t=; Max-Age=0"));
    assert.equal(jar.header(url), undefined);
  });
});
