/** What only a Worker has: buckets, locks over isolates, the data centre's cache, cron and queue, a stored configuration. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hostileUpstream } from "../threats/upstream.ts";
import { type Server, startServer, target } from "./server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const only = { skip: target === "workers" ? false : "only Workers have it" };

/** Runs wrangler as an operator would, against the state of a local run. */
async function wrangler(...args: string[]): Promise<void> {
  await promisify(execFile)(join(ROOT, "node_modules/.bin/wrangler"), args, {
    cwd: ROOT,
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
  });
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, what);
    await new Promise((done) => setTimeout(done, 100));
  }
}

const TILE = "/proxy/wmts/world/GLOBAL_WEBMERCATOR/4/8/5.jpeg";

const TOKEN = "a-secret-of-the-operator";

describe("the Worker as it is deployed", only, () => {
  let server: Server;
  const state = mkdtempSync(`${tmpdir()}/rhumb-edge-`);
  before(async () => {
    server = await startServer([
      ...["--test-scheduled", "--persist-to", state],
      ...["--var", `RHUMB_PURGE_TOKEN:${TOKEN}`],
    ]);
  });
  after(async () => {
    await server?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const times = (text: string) => server.output().split(text).length - 1;

  it("answers a picture from the data centre's cache the second time", async () => {
    const first = await fetch(server.url + TILE);
    const bytes = new Uint8Array(await first.arrayBuffer());
    await until(async () => {
      const again = await fetch(server.url + TILE);
      assert.deepEqual(new Uint8Array(await again.arrayBuffer()), bytes);
      return again.headers.get("cache-status") === "rhumb-edge; hit";
    }, "the picture is kept");
    const etag = first.headers.get("etag") ?? "";
    const known = await fetch(server.url + TILE, { headers: { "if-none-match": etag } });
    assert.equal(known.status, 304);
  });

  it("keeps tiles in the bucket: another way in finds the same bytes", async () => {
    const first = await fetch(server.url + TILE);
    const bytes = new Uint8Array(await first.arrayBuffer());
    const file = join(state, "tile.jpeg");
    const key = "rhumb-tiles/world_cache/GLOBAL_WEBMERCATOR/4/8/5.jpeg";
    await wrangler("r2", "object", "get", key, "--local", "--persist-to", state, "--file", file);
    assert.deepEqual(new Uint8Array(readFileSync(file)), bytes);
  });

  it("purges tiles in the bucket, and forgets what the data centre's cache has", async () => {
    const isHit = async () =>
      (await fetch(server.url + TILE)).headers.get("cache-status") === "rhumb-edge; hit";
    await until(isHit, "the picture is kept");
    const purge = (token: string) =>
      fetch(`${server.url}/proxy/purge?layer=world&levels=4&bbox=0,40,22,56`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
      });
    assert.equal((await purge("a-guess-of-somebody-else")).status, 401);
    assert.equal(await isHit(), true);
    const response = await purge(TOKEN);
    assert.equal(response.status, 200, await response.clone().text());
    const { removed } = (await response.json()) as { removed: number };
    assert.ok(removed > 0);
    assert.equal(await isHit(), false);
  });

  it("tells whether it runs and is ready, and counts to nobody", async () => {
    for (const [path, status, text] of [
      ["/healthz", 200, "ok\n"],
      ["/readyz", 200, "ready\n"],
      ["/metrics", 403, "forbidden\n"],
    ] as const) {
      const response = await fetch(server.url + path);
      assert.deepEqual([response.status, await response.text()], [status, text], path);
    }
  });

  it("refuses early what an isolate could not carry", async () => {
    const query = new URLSearchParams({
      SERVICE: "WMS",
      VERSION: "1.1.1",
      REQUEST: "GetMap",
      LAYERS: "world",
      STYLES: "",
      SRS: "EPSG:4326",
      BBOX: "-180,-90,180,90",
      WIDTH: "3900",
      HEIGHT: "3900",
      FORMAT: "image/png",
    });
    const response = await fetch(`${server.url}/proxy/service?${query}`);
    assert.match(await response.text(), /<ServiceException[\s\S]*too large/i);
  });

  it("seeds when the cron trigger fires, message by message, and finds all there the next time", async () => {
    await fetch(`${server.url}/__scheduled?cron=*`);
    await until(() => times("seed-task-done task=world") === 2, "both grids are seeded");
    const made = [...server.output().matchAll(/seed-\w+-done .*tiles=(\d+)/g)].map(Number);
    assert.ok(made.length > 4, "in several messages");
    await fetch(`${server.url}/__scheduled?cron=*`);
    await until(() => times("seed-task-done task=world") === 4, "seeded again");
    const again = server.output().split("seed-task-done").slice(-2);
    for (const line of again) assert.match(line, /tiles=0/);
  });

  it("serves the demo's assets from beside the script", async () => {
    const page = await (await fetch(`${server.url}/proxy/demo/`)).text();
    const [, script = ""] = /src="\.\.\/(demo\/static\/ol\.js[^"]*)"/.exec(page) ?? [];
    const response = await fetch(`${server.url}/proxy/${script}`);
    assert.equal(response.status, 200);
    assert.match(await response.text(), /OpenLayers|ol-viewport/);
    assert.equal((await fetch(`${server.url}/etc/data/world.jpg`)).status, 404);
  });
});

describe("a Worker with its configuration in a bucket", only, () => {
  const state = mkdtempSync(`${tmpdir()}/rhumb-edge-`);
  const config = join(ROOT, `wrangler.edge-${process.pid}.toml`);
  let server: Server;
  let upstream: Awaited<ReturnType<typeof hostileUpstream>>;

  const put = (key: string, text: string) => {
    const file = join(state, "object");
    writeFileSync(file, text);
    return wrangler(
      ...["r2", "object", "put", `rhumb-config/${key}`, "--file", file],
      ...["--local", "--persist-to", state],
    );
  };
  const FAULTS = [
    "png-cut",
    "png-crc",
    "wrong-type",
    "xml-200",
    "pixel-bomb",
    "status-503",
    "reset",
  ];
  const rhumb = (layer: string) => `
[services.wmts]
${FAULTS.map(
  (fault) => `
[[layers]]
name = "${fault}"
title = "A server that answers ${fault}"
sources = ["${fault}"]
[caches.${fault}]
sources = ["${fault}"]
grids = ["GLOBAL_WEBMERCATOR"]
meta_size = [1, 1]
meta_buffer = 0
[caches.${fault}.cache]
type = "r2"
binding = "TILES"
[sources.${fault}]
type = "wms"
http = { client_timeout = 5 }
[sources.${fault}.req]
url = "${upstream.url}/${fault}"
layers = "x"
`,
).join("")}
[[layers]]
name = "${layer}"
title = "From a server"
sources = ["c"]
[caches.c]
sources = ["s"]
grids = ["GLOBAL_WEBMERCATOR"]
meta_size = [4, 4]
meta_buffer = 0
[caches.c.cache]
type = "r2"
binding = "TILES"
[sources.s]
type = "wms"
[sources.s.req]
url = "${upstream.url}/good-1024"
layers = "x"
`;

  before(async () => {
    upstream = await hostileUpstream(300);
    await put("v0/rhumb.toml", rhumb("one").replace('"TILES"', '"NOBODY_BOUND_THIS"'));
    await put("version", "v0");
    const text = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
    writeFileSync(config, text.replace(/^# (\[\[r2_buckets\]\])\n# (.*)\n# (.*)$/m, "$1\n$2\n$3"));
    server = await startServer(["-c", config, "--persist-to", state]);
  });
  after(async () => {
    await server?.stop();
    await upstream?.close();
    rmSync(config, { force: true });
    rmSync(state, { recursive: true, force: true });
  });

  it("says that a version cannot be used, and takes the next one", async () => {
    const refused = await fetch(`${server.url}/wmts/1.0.0/WMTSCapabilities.xml`);
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /configuration cannot be used/);
    await until(() => /configuration-refused.*NOBODY_BOUND_THIS/.test(server.output()), "logged");
    await put("v1/rhumb.toml", rhumb("one"));
    await put("version", "v1");
    await until(async () => (await fetch(`${server.url}/`)).status === 200, "taken over");
  });

  it("serves the version in force", async () => {
    const document = await fetch(`${server.url}/wmts/1.0.0/WMTSCapabilities.xml`);
    assert.match(await document.text(), /<ows:Identifier>one</);
  });

  for (const fault of FAULTS) {
    it(`T3, T12: a server that answers ${fault} is an error, and nothing is stored`, async () => {
      for (let i = 0; i < 2; i++) {
        const response = await fetch(`${server.url}/wmts/${fault}/GLOBAL_WEBMERCATOR/0/0/0.png`);
        assert.ok(response.status >= 400, `${response.status}`);
        assert.doesNotMatch(response.headers.get("content-type") ?? "", /^image/);
        assert.doesNotMatch(await response.text(), /S3CRET|<script/);
      }
    });
  }

  it("T16: asks the source once for a cold meta tile, however many want it", async () => {
    const tiles = Array.from({ length: 32 }, (_, i) => [i % 4, (i >> 2) % 4]);
    const answers = await Promise.all(
      tiles.map(([x, y]) => fetch(`${server.url}/wmts/one/GLOBAL_WEBMERCATOR/2/${x}/${y}.png`)),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(upstream.asked.filter((url) => url.startsWith("/good")).length, 1);
  });
});
