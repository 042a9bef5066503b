/** T3, T11, T12: what an upstream may answer instead of a picture, and that nothing of it is kept. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

const T12 = [
  "short-body",
  "cut-chunk",
  "reset",
  "wrong-type",
  "wrong-magic",
  "xml-200",
  "xml-as-png",
  "html-200",
  "no-content",
  "empty",
  "png-cut",
  "png-crc",
  "png-no-end",
  "jpeg-no-end",
  "wrong-size",
  "status-500",
  "status-503",
];
const T3 = ["pixel-bomb", "inflate-bomb", "gzip-bomb", "endless-body"];
const T11 = ["slow-body", "no-answer"];

let upstream: HostileUpstream;
before(async () => {
  upstream = await hostileUpstream();
});
after(() => upstream.close());

/** Every way in that reaches the source; each answer is an error of its protocol, nothing is stored. */
async function assertRefused(fault: string): Promise<void> {
  const app = await proxy(oneSource(`${upstream.url}/${fault}`));
  try {
    for (const path of [
      mapQuery("cached"),
      // A map that is not stored is taken in the size that it came in, as the reference does.
      ...(fault === "wrong-size" ? [] : [mapQuery("direct")]),
      "/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png",
      "/tms/1.0.0/cached/EPSG3857/0/0/0.png",
      "/kml/cached/EPSG3857/0/0/0.png",
    ]) {
      const response = await app.get(path);
      const text = await response.text();
      assert.ok(response.status >= 200 && response.status < 600);
      assert.ok(
        !text.startsWith("\u0089PNG") &&
          !(response.headers.get("content-type") ?? "").startsWith("image/"),
        `${path} answers no picture: ${response.status} ${response.headers.get("content-type")}`,
      );
      assert.ok(!/<script>|S3CRET/.test(text), `nothing of the answer is passed on: ${text}`);
    }
    assert.deepEqual(app.stored(), [], "nothing is stored");
  } finally {
    await app.close();
  }
}

for (const [row, faults] of Object.entries({ T12, T3, T11 })) {
  describe(`${row}, weaknesses 4 and 5: an upstream that answers`, () => {
    for (const fault of faults) {
      it(`${fault}: an error, nothing stored`, { timeout: 60_000 }, () => assertRefused(fault));
    }
  });
}

describe("T12: an upstream that recovers", () => {
  it("is asked again, and its picture is stored", async () => {
    const app = await proxy(oneSource(`${upstream.url}/good`));
    const response = await app.get(mapQuery("cached"));
    assert.equal(response.headers.get("content-type"), "image/png");
    await decode(new Uint8Array(await response.arrayBuffer()));
    assert.equal(app.stored().length, 1);
    await app.close();
  });
});

describe("T8: headers of an upstream", () => {
  it("do not reach the client", async () => {
    const app = await proxy(oneSource(`${upstream.url}/headers`));
    for (const path of [mapQuery("direct"), mapQuery("cached")]) {
      const { headers } = await app.get(path);
      assert.equal(headers.get("set-cookie"), null);
      assert.equal(headers.get("content-security-policy"), null);
      assert.equal(headers.get("access-control-allow-credentials"), null);
      assert.doesNotMatch(headers.get("cache-control") ?? "", /99999999/);
    }
    await app.close();
  });
});

describe("T11: a hanging upstream", () => {
  it("is given up when the client has gone", { timeout: 30_000 }, async () => {
    const hanging = await hostileUpstream();
    const app = await proxy(
      oneSource(`${hanging.url}/no-answer`, { http: "{client_timeout: 60}" }),
    );
    const client = new AbortController();
    const answer = app.get(mapQuery("direct"), { signal: client.signal }).catch(() => undefined);
    while (hanging.asked.length === 0) await new Promise((done) => setTimeout(done, 5));
    assert.equal(hanging.open(), 1);
    client.abort();
    await answer;
    while (hanging.open() > 0) await new Promise((done) => setTimeout(done, 5));
    await app.close();
    await hanging.close();
  });
});
