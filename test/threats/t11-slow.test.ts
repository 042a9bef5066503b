/** T11: upstream servers that are slow, or never answer; slow clients: test/e2e/stopping.test.ts. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { describeRefusals } from "./refusal.ts";
import { hostileUpstream } from "./upstream.ts";

describeRefusals("T11", ["slow-body", "no-answer"]);

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
