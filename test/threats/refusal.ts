import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

/** What an upstream may do instead of sending a picture is an error in every service, and nothing of it is kept. */
export function describeRefusals(row: string, faults: readonly string[]): void {
  describe(`${row}, weaknesses 4 and 5: an upstream that answers`, () => {
    for (const fault of faults) {
      it(`${fault}: an error, nothing stored`, { timeout: 60_000 }, () => assertRefused(fault));
    }
  });
}

/** Every way in that reaches the source; each answer is an error of its protocol, nothing is stored. */
async function assertRefused(fault: string): Promise<void> {
  const upstream = await hostileUpstream();
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
    await upstream.close();
  }
}
