/** T8: headers of an upstream do not reach clients; line breaks in parameters: t04-parameters.test.ts. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

let upstream: HostileUpstream;
before(async () => {
  upstream = await hostileUpstream();
});
after(() => upstream.close());

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
