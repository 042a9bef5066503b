/** T12: what an upstream may answer instead of a picture, and that nothing of it is kept. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { describeRefusals } from "./refusal.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

describeRefusals("T12", [
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
]);

let upstream: HostileUpstream;
before(async () => {
  upstream = await hostileUpstream();
});
after(() => upstream.close());

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
