import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authorize } from "./digest.ts";

const credentials = { user: "Mufasa", password: "Circle of Life" };
const request = { method: "GET", url: "http://www.example.org/dir/index.html" };
const CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
const challenge = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

describe("authorize()", () => {
  for (const [algorithm, response] of [
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ] as const) {
    it(`answers the example of RFC 7616, 3.9.1 (${algorithm})`, async () => {
      const answer = await authorize(challenge(algorithm), credentials, request, CNONCE);
      assert.ok(answer?.includes(`response="${response}"`), answer);
      assert.ok(answer?.includes('uri="/dir/index.html"'));
      assert.ok(answer?.includes("qop=auth, nc=00000001"));
    });
  }

  it("answers the example of RFC 2617, without protection being offered as in RFC 2069", async () => {
    const answer = await authorize(
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
      { user: "Mufasa", password: "Circle Of Life" },
      { method: "GET", url: "http://h/dir/index.html" },
      "0a4f113b",
    );
    assert.ok(answer?.includes('response="670fd8c2df070c60b045671b8b24ff02"'), answer);
    assert.ok(!answer?.includes("qop"));
  });

  it("prefers Digest to Basic wherever it stands", async () => {
    const both = `Basic realm="x", ${challenge("MD5")}`;
    assert.match((await authorize(both, credentials, request, CNONCE)) ?? "", /^Digest /);
  });

  it("falls back to Basic, in UTF-8", async () => {
    const answer = await authorize("Basic", { user: "ü", password: "p" }, request, CNONCE);
    assert.equal(answer, "Basic w7w6cA==");
  });

  it("is undefined for schemes nobody knows", async () => {
    assert.equal(await authorize("Negotiate", credentials, request, CNONCE), undefined);
    assert.equal(await authorize(challenge("SHA-999"), credentials, request, CNONCE), undefined);
  });
});
