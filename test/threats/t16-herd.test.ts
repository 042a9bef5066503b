/** T16, T12: many who want the same cold tile, from a source that answers, fails or hangs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

const MANY = 1000;
const tile = (x: number, y: number) => `/wmts/cached/GLOBAL_WEBMERCATOR/2/${x}/${y}.png`;

describe("T16: a herd", () => {
  it("of 1,000 for one cold tile is one request upstream", { timeout: 60_000 }, async () => {
    const upstream = await hostileUpstream(200);
    const app = await proxy(oneSource(`${upstream.url}/good`));
    const answers = await Promise.all(Array.from({ length: MANY }, () => app.get(tile(1, 1))));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(upstream.asked.length, 1);
    await app.close();
    await upstream.close();
  });

  it("for the 16 tiles of one meta tile is one request upstream", { timeout: 60_000 }, async () => {
    const upstream = await hostileUpstream(200);
    const meta = "meta_size: [4, 4]\n    meta_buffer: 0";
    const app = await proxy(oneSource(`${upstream.url}/good-1024`, { meta }));
    const answers = await Promise.all(
      Array.from({ length: 320 }, (_, i) => app.get(tile(i % 4, (i >> 2) % 4))),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(upstream.asked.length, 1);
    assert.equal(app.stored().length, 16);
    await app.close();
    await upstream.close();
  });

  it("for a tile whose source fails shares the failure", { timeout: 60_000 }, async () => {
    const upstream = await hostileUpstream(100);
    const app = await proxy(oneSource(`${upstream.url}/status-500`));
    const answers = await Promise.all(Array.from({ length: 40 }, () => app.get(tile(1, 1))));
    assert.ok(answers.every(({ status }) => status >= 400));
    assert.ok(upstream.asked.length <= 4, `asked ${upstream.asked.length} times`);
    await app.close();
    await upstream.close();
  });
});

describe("T11: a source that hangs", () => {
  it("does not keep others from what is stored", { timeout: 60_000 }, async () => {
    const upstream = await hostileUpstream();
    const app = await proxy(
      `${oneSource(`${upstream.url}/good`)}`
        .replace("caches:", "  - {name: hanging, title: Hanging, sources: [h]}\ncaches:")
        .replace(
          "globals:",
          `  h:
    type: wms
    req: {url: "${upstream.url}/no-answer", layers: x}
    http: {client_timeout: 20}
globals:`,
        ),
    );
    assert.equal((await app.get(tile(1, 1))).status, 200);
    const leave = new AbortController();
    const hanging = Array.from({ length: 200 }, () =>
      app.get(mapQuery("hanging"), { signal: leave.signal }).catch(() => undefined),
    );
    const begin = performance.now();
    for (let i = 0; i < 50; i++) assert.equal((await app.get(tile(1, 1))).status, 200);
    assert.ok(performance.now() - begin < 10_000, "far below the time-out of the source");
    leave.abort();
    await Promise.all(hanging);
    await app.close();
    await upstream.close();
  });
});
