import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { frontOf, readForwarded } from "./forwarded.ts";

const read = (headers: Record<string, string>) => readForwarded(new Headers(headers));

describe("readForwarded()", () => {
  it("reads the usual headers, the first entry of a list", () => {
    const forwarded = read({
      "x-forwarded-proto": "https, http",
      "x-forwarded-host": "example.org:8443 , inner",
      "x-forwarded-for": "192.0.2.1, 10.0.0.1",
    });
    assert.deepEqual(forwarded, {
      proto: "https",
      host: "example.org:8443",
      client: "192.0.2.1",
    });
  });

  it("reads the first element of Forwarded (RFC 7239, 4), quoted or not", () => {
    const { proto, host, client } = read({
      forwarded: 'For="[2001:db8::1]:4711";proto=HTTPS; host="a\\.org:81", for=10.0.0.1;host=inner',
    });
    assert.deepEqual([proto, host, client], ["https", "a.org:81", "[2001:db8::1]:4711"]);
  });

  it("takes from Forwarded only what the usual headers leave out", () => {
    const { proto, host } = read({
      "x-forwarded-host": "example.org",
      forwarded: "host=other.org;proto=https",
    });
    assert.deepEqual([proto, host], ["https", "example.org"]);
  });

  it("passes over a scheme that is none and headers it cannot read", () => {
    assert.equal(read({ "x-forwarded-proto": "javascript" }).proto, undefined);
    for (const forwarded of [
      "",
      ";;;",
      "host",
      '"',
      'host="unclosed',
      `${"a=b;".repeat(10_000)}`,
    ]) {
      assert.equal(read({ forwarded }).host, undefined, forwarded.slice(0, 20));
    }
  });
});

describe("frontOf()", () => {
  const headers = new Headers({ "x-forwarded-host": "example.org", "x-script-name": "/maps" });

  it("T9: gives nothing of a proxy that is not trusted", () => {
    const front = frontOf(headers, () => false);
    assert.equal(front.get("x-script-name"), null);
    assert.equal(front.forwarded().host, undefined);
  });

  it("gives all of one that is", () => {
    const front = frontOf(headers, () => true);
    assert.equal(front.get("x-script-name"), "/maps");
    assert.equal(front.forwarded().host, "example.org");
  });

  it("asks for trust only where a header is there", () => {
    const front = frontOf(new Headers(), () => assert.fail("asked"));
    assert.equal(front.get("x-script-name"), null);
  });
});
