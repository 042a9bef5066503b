/** What bad upstream servers do to clients that want something else. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer, type Server as HttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { scratch } from "../scratch.ts";
import { plainPng } from "../source-deps.ts";
import { getAlone } from "./process.ts";
import { type Server, startServer, target } from "./server.ts";

const skip = target === "workers" ? "Workers have no files" : false;

const KINDS = ["good", "hanging", "limited"];

/** Requests that `limited` may have at a time. */
const LIMIT = 2;

const configuration = (port: number) => ({
  services: { wmts: { kvp: true }, wms: {} },
  server: { max_maps: 4, map_queue: 100 },
  layers: KINDS.map((name) => ({ name, title: name, sources: [name] })),
  caches: Object.fromEntries(
    KINDS.map((name) => [name, { sources: [`${name}_server`], grids: ["GLOBAL_WEBMERCATOR"] }]),
  ),
  sources: Object.fromEntries(
    KINDS.map((name) => [
      `${name}_server`,
      {
        type: "wms",
        req: { url: `http://127.0.0.1:${port}/${name}`, layers: "a" },
        ...(name === "limited" && { concurrent_requests: LIMIT }),
      },
    ]),
  ),
  globals: { cache: { base_dir: "./cache", meta_buffer: 0 } },
});

describe("upstream servers and clients that want something else", { skip }, () => {
  const asked = new Map<string, number>();
  const hanging = new Set<ServerResponse>();
  const atOnce = { now: 0, most: 0 };
  let upstream: HttpServer;
  let server: Server;

  const tileUrl = (layer: string, column: number) =>
    `${server.url}/proxy/service?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${layer}&STYLE=&FORMAT=image/png&TILEMATRIXSET=GLOBAL_WEBMERCATOR&TILEMATRIX=5&TILEROW=3&TILECOL=${column}`;
  const tile = (layer: string, column: number, signal?: AbortSignal) =>
    fetch(tileUrl(layer, column), { signal: signal ?? null });

  before(async () => {
    upstream = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
      asked.set(pathname, (asked.get(pathname) ?? 0) + 1);
      if (pathname === "/hanging") return void hanging.add(response);
      if (pathname === "/limited") {
        atOnce.most = Math.max(atOnce.most, ++atOnce.now);
        response.on("close", () => atOnce.now--);
      }
      const size = [Number(searchParams.get("width")), Number(searchParams.get("height"))] as const;
      const answer = () =>
        response.writeHead(200, { "content-type": "image/png" }).end(plainPng(size));
      setTimeout(answer, 300); // long enough for everybody to arrive
    });
    await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
    const { port } = upstream.address() as AddressInfo;
    const config = `${scratch()}/mapproxy.yaml`;
    await writeFile(config, JSON.stringify(configuration(port)));
    server = await startServer(["--config", config, "--workers", "2"]);
  });
  after(async () => {
    for (const response of hanging) response.destroy();
    upstream?.close();
    await server?.stop();
  });

  it("threat T16: 1,000 requests for one cold meta tile, over two processes, ask once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const answer = await tile("good", i % 4);
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    assert.deepEqual(new Set(answers), new Set([200]));
    assert.equal(asked.get("/good"), 1);
    assert.match(server.output(), /workers=2/);
  });

  it("concurrent_requests holds over two processes", async () => {
    const tiles = Array.from({ length: 8 }, async (_, i) => {
      return (await getAlone(tileUrl("limited", 4 * i))).status;
    });
    assert.deepEqual(new Set(await Promise.all(tiles)), new Set([200]));
    assert.equal(asked.get("/limited"), tiles.length);
    assert.equal(atOnce.most, LIMIT);
  });

  it("weakness 13: a server that hangs does not hold up tiles that are stored", async () => {
    const client = new AbortController();
    const waiting = Array.from({ length: 60 }, (_, i) =>
      tile("hanging", i, client.signal).catch(() => undefined),
    );
    while (!asked.get("/hanging")) await new Promise((done) => setTimeout(done, 10));
    // the test ends while all of those still wait, so nothing here has waited for them
    for (let column = 0; column < 4; column++) {
      const answer = await tile("good", column);
      assert.equal(answer.status, 200);
      assert.ok((await answer.arrayBuffer()).byteLength > 0);
    }
    assert.ok(hanging.size > 0);
    client.abort();
    await Promise.all(waiting);
  });

  it("weakness 13: maps of a server that hangs leave room for maps of others", async () => {
    const map = (layer: string, column: number) =>
      `${server.url}/proxy/service?SERVICE=WMS&REQUEST=GetMap&VERSION=1.1.1&LAYERS=${layer}&STYLES=&SRS=EPSG:3857&FORMAT=image/png&WIDTH=200&HEIGHT=100&BBOX=${column},0,${column + 2e6},1000000`;
    const before = hanging.size;
    const client = new AbortController();
    const waiting = Array.from({ length: 20 }, (_, i) =>
      fetch(map("hanging", i * 1000), { signal: client.signal }).catch(() => undefined),
    );
    while (hanging.size === before) await new Promise((done) => setTimeout(done, 10));
    for (let i = 0; i < 8; i++) assert.equal((await getAlone(map("good", i))).status, 200);
    client.abort();
    await Promise.all(waiting);
  });
});
