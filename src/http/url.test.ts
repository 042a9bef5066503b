import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { redactText, redactUrl, splitCredentials } from "./url.ts";

describe("splitCredentials()", () => {
  it("sources 43: passwords may hold @ and :, users blanks and @", () => {
    assert.deepEqual(splitCredentials("http://bar foo; foo@bar:b:az@@localhost"), {
      url: "http://localhost/",
      credentials: { user: "bar foo; foo@bar", password: "b:az@" },
    });
  });

  it("drops a user without a password", () => {
    assert.deepEqual(splitCredentials("https://me@host/x?y=z"), {
      url: "https://host/x?y=z",
      credentials: undefined,
    });
  });

  it("leaves an @ in the path alone", () => {
    const url = "http://host/a@b:c?d=e@f";
    assert.deepEqual(splitCredentials(url), { url, credentials: undefined });
  });

  it("puts a slash between host and query", () => {
    assert.equal(splitCredentials("http://u:p@host?x=1").url, "http://host/?x=1");
  });

  it("finds again what was put in", () => {
    const word = fc.string({ minLength: 1 }).filter((s) => !s.includes("/"));
    fc.assert(
      fc.property(
        word.filter((s) => !s.includes(":")),
        word,
        (user, password) => {
          const { credentials } = splitCredentials(`http://${user}:${password}@host/x`);
          assert.deepEqual(credentials, { user, password });
        },
      ),
    );
  });
});

describe("redactUrl()", () => {
  it("hides user, password and keys, and nothing else", () => {
    assert.equal(
      redactUrl("http://u:p@host/x?layers=a&ApiKey=s3cret&api_key=1&TOKEN=t&X-Amz-Signature=q&z=1"),
      "http://host/x?layers=a&ApiKey=***&api_key=***&TOKEN=***&X-Amz-Signature=***&z=1",
    );
  });

  it("sees through percent-encoded names", () => {
    assert.equal(redactUrl("http://h/?%6bey=secret"), "http://h/?%6bey=***");
  });
});

describe("redactText()", () => {
  it("hides the secrets of the URL in what a server quotes", () => {
    const url = "http://me:passw0rd@host/x?key=ab%20cdef";
    assert.equal(redactText("wrong key 'ab cdef' (passw0rd)", url), "wrong key '***' (***)");
  });
});
