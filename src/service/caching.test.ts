import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { md5Hex } from "../core/hash.ts";
import {
  cachedResponse,
  isNotModified,
  parseHttpDate,
  tileEtag,
  tileValidators,
} from "./caching.ts";

const VALENTINE = 1234567890000;
const POLICY = { maxAge: 259200, isPublic: true };
const BODY = new Uint8Array(10214);

const answer = (headers: Record<string, string>, policy = POLICY) => {
  const validators = tileValidators({ bytes: BODY, timestamp: VALENTINE }, 2e12);
  return cachedResponse(BODY, { type: "image/png", validators, policy }, new Headers(headers));
};

describe("tileEtag()", () => {
  it("services-tiles 11: is the MD5 of time in seconds and length", () => {
    assert.equal(tileEtag(VALENTINE, 10214), md5Hex("1234567890.010214"));
    assert.equal(tileEtag(VALENTINE + 250, 7), md5Hex("1234567890.257"));
  });
});

describe("tileValidators()", () => {
  it("speaks of the bytes where the store knows no time", () => {
    const other = tileValidators({ bytes: Uint8Array.of(1), timestamp: undefined }, 0);
    const one = tileValidators({ bytes: Uint8Array.of(2), timestamp: undefined }, 0);
    assert.notEqual(one.etag, other.etag);
    assert.equal(one.modified, undefined);
  });

  it("reference-weaknesses 15: never says that a tile was made after now", () => {
    assert.equal(tileValidators({ bytes: BODY, timestamp: 5000 }, 1000).modified, 1000);
  });
});

describe("cachedResponse()", () => {
  it("remembers the headers of a kept tile, and shares them with no answer", () => {
    const first = answer({});
    const second = answer({});
    first.headers.set("vary", "Accept");
    second.headers.delete("etag");
    const third = answer({});
    assert.equal(third.headers.get("vary"), null);
    assert.equal(third.headers.get("etag"), `"${md5Hex("1234567890.010214")}"`);
    assert.equal(third.headers.get("content-length"), "10214");
    assert.equal(
      answer({}, { maxAge: 60, isPublic: false }).headers.get("cache-control"),
      "private, max-age=60",
    );
    const validators = tileValidators({ bytes: BODY, timestamp: VALENTINE }, 2e12);
    const about = { type: "image/jpeg", validators, policy: POLICY, isStale: true };
    const stale = cachedResponse(BODY, about, new Headers());
    assert.equal(stale.headers.get("content-type"), "image/jpeg");
    assert.equal(stale.headers.get("cache-control"), "public, max-age=60, s-maxage=60");
    assert.equal(answer({}).headers.get("cache-status"), null);
  });

  it("services-tiles 11: has validators and the configured age", () => {
    const { status, headers } = answer({});
    assert.equal(status, 200);
    assert.equal(headers.get("etag"), `"${md5Hex("1234567890.010214")}"`);
    assert.equal(headers.get("last-modified"), "Fri, 13 Feb 2009 23:31:30 GMT");
    assert.equal(headers.get("cache-control"), "public, max-age=259200, s-maxage=259200");
    assert.equal(headers.get("content-length"), "10214");
    assert.equal(headers.get("vary"), null);
  });

  it("reference-weaknesses 7: is private where the answer depended on who asked", () => {
    const { headers } = answer({}, { maxAge: 60, isPublic: false });
    assert.equal(headers.get("cache-control"), "private, max-age=60");
  });

  it("services-tiles 12: has no type and no body as 304, but validators and age", async () => {
    const response = answer({ "if-modified-since": "Fri, 13 Feb 2009 23:31:30 GMT" });
    assert.equal(response.status, 304);
    assert.equal(response.headers.get("content-type"), null);
    assert.equal((await response.arrayBuffer()).byteLength, 0);
    for (const name of ["etag", "last-modified", "cache-control"]) {
      assert.notEqual(response.headers.get(name), null, name);
    }
  });

  const tag = md5Hex("1234567890.010214");
  for (const [header, status] of [
    [`"${tag}"`, 304],
    [tag, 304],
    [`W/"${tag}"`, 304],
    [`"other", "${tag}"`, 304],
    ["*", 304],
    [`"a,b" , W/"c",W/"${tag}"`, 304],
    [`other, ${tag}`, 304],
    [`"a,${tag},b"`, 200],
    ['"*"', 200],
    [`"${tag}x"`, 200],
    ["", 200],
    [",".repeat(100_000), 200],
  ] as const) {
    it(`services-tiles 12: answers ${status} to If-None-Match: ${header.slice(0, 40)}`, () => {
      assert.equal(answer({ "if-none-match": header }).status, status);
    });
  }

  for (const [date, status] of [
    ["Fri, 13 Feb 2009 23:31:30 GMT", 304],
    ["Fri, 13 Feb 2009 23:31:31 GMT", 304],
    ["Fri, 13 Feb 2009 23:31:29 GMT", 200],
    ["Friday, 13-Feb-09 23:31:30 GMT", 304],
    ["Friday, 13-Feb-09 23:31:29 GMT", 200],
    ["Fri Feb 13 23:31:30 2009", 304],
    ["Fri Feb 13 23:31:29 2009", 200],
    ["Mon, 13 Feb 2009 23:31:30 GMT", 304],
    ["Fri, 13 Foo 2009 23:31:30 GMT", 200],
    ["13 Feb", 200],
    ["0", 200],
    ["", 200],
  ] as const) {
    it(`services-tiles 12: answers ${status} to If-Modified-Since: ${date}`, () => {
      assert.equal(answer({ "if-modified-since": date }).status, status);
    });
  }

  it("looks at the date only where there is no tag (RFC 9110, 13.1.3)", () => {
    const since = "Fri, 13 Feb 2009 23:31:30 GMT";
    assert.equal(answer({ "if-none-match": '"no"', "if-modified-since": since }).status, 200);
  });
});

describe("isNotModified()", () => {
  it("counts a tile made within the second that the client names as the same", () => {
    const asked = new Headers({ "if-modified-since": "Fri, 13 Feb 2009 23:31:30 GMT" });
    assert.ok(isNotModified(asked, { etag: "x", modified: VALENTINE + 999 }));
  });
});

describe("parseHttpDate()", () => {
  it("reads back what is sent as Last-Modified", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        const date = new Date(seconds * 1000).toUTCString();
        assert.equal(parseHttpDate(date), seconds * 1000);
      }),
    );
  });

  it("threats T10: is undefined, and soon, for whatever is no date", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const date = parseHttpDate(text);
        assert.ok(date === undefined || Number.isFinite(date));
      }),
    );
    assert.equal(parseHttpDate(`Fri, 13 Feb ${" ".repeat(100_000)}`), undefined);
  });
});
