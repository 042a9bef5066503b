/** T18: times that lie in the future, in stores and in requests. */
import assert from "node:assert/strict";
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { oneSource, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

const TILE = "/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png";
const YEAR = 365 * 24 * 3600 * 1000;

function touch(directory: string, time: number): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith(".png")) continue;
    utimesSync(join(entry.parentPath, entry.name), time / 1000, time / 1000);
  }
}

const refreshing = (url: string, refresh: string) =>
  oneSource(url, { meta: `meta_size: [1, 1]\n    meta_buffer: 0\n    refresh_before: ${refresh}` });

describe("T18: a tile dated in the future", () => {
  it("says no time ahead of now, and is not fresh until then", async () => {
    const upstream = await hostileUpstream();
    const app = await proxy(refreshing(`${upstream.url}/good`, "{seconds: 3600}"));
    await app.get(TILE);
    touch(app.directory, Date.now() + YEAR);
    const response = await app.get(TILE);
    const modified = Date.parse(response.headers.get("last-modified") ?? "");
    assert.ok(modified <= Date.now(), response.headers.get("last-modified") ?? "");
    assert.equal(upstream.asked.length, 2, "made anew: its age cannot be told");
    await app.close();
    await upstream.close();
  });
});

describe("T18: refresh_before in the future", () => {
  it("makes a tile anew once, not at every request", async () => {
    const upstream = await hostileUpstream();
    const future = new Date(Date.now() + YEAR).toISOString().slice(0, 19);
    const app = await proxy(refreshing(`${upstream.url}/good`, `{time: ${future}}`));
    for (let i = 0; i < 5; i++) assert.equal((await app.get(TILE)).status, 200);
    assert.ok(upstream.asked.length <= 2, `asked ${upstream.asked.length} times`);
    await app.close();
    await upstream.close();
  });
});

describe("T18: dates in conditional requests", () => {
  it("in the future count as now: the answer is 304, and never an error", async () => {
    const upstream = await hostileUpstream();
    const app = await proxy(oneSource(`${upstream.url}/good`));
    await app.get(TILE);
    for (const [date, status] of [
      [new Date(Date.now() + YEAR).toUTCString(), 304],
      [new Date(0).toUTCString(), 200],
      ["yesterday", 200],
      ["", 200],
      ["9".repeat(10_000), 200],
    ] as const) {
      const response = await app.get(TILE, { headers: { "if-modified-since": date } });
      assert.equal(response.status, status, date.slice(0, 40));
    }
    await app.close();
    await upstream.close();
  });
});
