/**
 * The stores of other servers against servers that we have not written: S3, Azure Blob, and one that speaks CouchDB's
 * protocol. That of Azure checks signatures; that of S3 only knows keys by name (our signatures are compared with those
 * of Amazon's own client in src/cache/object-stores.test.ts).
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { cacheTypes } from "../../src/cache/index.ts";
import { RhumbError } from "../../src/core/errors.ts";
import { sharedKeyAuthorization } from "../../src/http/sharedkey.ts";
import type { CacheType } from "../../src/model/define.ts";
import { systemClock } from "../../src/runtime/local.ts";
import { cacheDeps } from "../cache-deps.ts";
import { pngTile, tileCacheContract } from "../contract/tile-cache.ts";
import { freePort } from "../e2e/server.ts";
import { testContext, testPlatform } from "../platform.ts";
import { scratch } from "../scratch.ts";

const TOOLS = fileURLToPath(new URL("../../.ci/tools/node_modules/", import.meta.url));
const NODE = `${TOOLS}.bin/node`;
const TILE = { x: 1, y: 2, level: 3 };

interface Peer {
  readonly program: string;
  readonly args: (port: number, directory: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Makes what the store expects to be there. */
  readonly prepare?: (port: number) => Promise<void>;
  readonly store: (port: number) => { readonly type: string; readonly [option: string]: unknown };
  /** Options by which the same server refuses us; absent: it lets everybody in. */
  readonly refused?: {
    readonly env?: Record<string, string>;
    readonly store?: (port: number) => object;
  };
}

const AZURE_KEY = btoa("a key of this test");
const connection = (port: number, key = AZURE_KEY): string =>
  `DefaultEndpointsProtocol=http;AccountName=tester;AccountKey=${key};BlobEndpoint=http://127.0.0.1:${port}/tester`;
const S3_KEYS = { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" };

const COUCH = `
const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-memory"))
  .plugin(require("pouchdb-mapreduce"))
  .defaults({ adapter: "memory" });
const app = require("express")();
app.use(require("express-pouchdb")(PouchDB, { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: process.argv[2] + "/log.txt" }));
app.listen(Number(process.argv[1]), "127.0.0.1");`;

const PEERS: Record<string, Peer> = {
  s3rver: {
    program: "s3rver",
    args: (port, directory) => [
      ...[`${TOOLS}s3rver/bin/s3rver.js`, "-d", directory, "-a", "127.0.0.1", "-p", String(port)],
      ...["--silent", "--configure-bucket", "tiles"],
    ],
    env: S3_KEYS,
    store: (port) => ({
      type: "s3",
      bucket_name: "tiles",
      region_name: "us-east-1",
      endpoint_url: `http://127.0.0.1:${port}`,
    }),
    refused: { env: { ...S3_KEYS, AWS_ACCESS_KEY_ID: "unknown" } },
  },
  azurite: {
    program: "azurite",
    args: (port, directory) => [
      ...[`${TOOLS}azurite/dist/src/blob/main.js`, "--blobPort", String(port), "-l", directory],
      ...["--silent", "--skipApiVersionCheck", "--disableTelemetry"],
    ],
    env: { AZURITE_ACCOUNTS: `tester:${AZURE_KEY}` },
    prepare: makeContainer,
    store: (port) => ({
      type: "azureblob",
      container_name: "tiles",
      connection_string: connection(port),
    }),
    refused: { store: (port) => ({ connection_string: connection(port, btoa("another key")) }) },
  },
  "express-pouchdb": {
    program: "express-pouchdb",
    args: (port, directory) => ["-e", COUCH, String(port), directory],
    store: (port) => ({ type: "couchdb", url: `http://127.0.0.1:${port}` }),
  },
};

for (const [name, peer] of Object.entries(PEERS)) {
  const isThere = existsSync(NODE) && existsSync(`${TOOLS}${peer.program}`);
  describe(name, { skip: isThere ? false : `not installed: ${peer.program}` }, () => {
    let port = 0;
    let count = 0;
    let server: ChildProcess | undefined;

    before(async () => {
      port = await freePort();
      const directory = scratch();
      server = spawn(NODE, peer.args(port, directory), {
        cwd: TOOLS,
        env: { ...process.env, ...peer.env },
        stdio: "ignore",
      });
      await answering(`http://127.0.0.1:${port}/`);
      await peer.prepare?.(port);
    });
    after(() => server?.kill("SIGKILL"));

    /** A store of its own on the server. */
    const open = (more: object = {}, env = peer.env ?? {}) => {
      const { type } = peer.store(port);
      const kind = (cacheTypes as readonly CacheType[]).find((each) => each.type === type)!;
      const own =
        type === "couchdb" ? { db_name: `tiles${count++}` } : { directory: `d${count++}` };
      const platform = Object.assign(testPlatform({ fetch, env }), { clock: systemClock });
      const options = v.parse(kind.options, { ...peer.store(port), ...own, ...more });
      return Promise.resolve(kind.create(options, cacheDeps("/", { platform })));
    };

    tileCacheContract(name, () => open());

    it("many writers at once lose no tile", async () => {
      const cache = await open();
      const keys = Array.from({ length: 40 }, (_, x) => ({ x, y: 0, level: 8 }));
      const ctx = testContext();
      await Promise.all(keys.map((key) => cache.put(key, pngTile(key.x), ctx)));
      for (const key of keys)
        assert.deepEqual((await cache.get(key, ctx))?.bytes, pngTile(key.x).bytes);
    });

    const { refused } = peer;
    if (refused) {
      it("refuses who is not known to it", async () => {
        const { store, env } = refused;
        await assert.rejects(async () => {
          await (await open(store?.(port), env)).put(TILE, pngTile(1), testContext());
        });
      });
    }

    it("is a fault of the store when the server is gone", async () => {
      const cache = await open();
      await cache.put(TILE, pngTile(1), testContext());
      const ended = new Promise((done) => server?.once("exit", done));
      server?.kill("SIGKILL");
      await ended;
      await assert.rejects(cache.put(TILE, pngTile(2), testContext()), RhumbError);
    });
  });
}

async function makeContainer(port: number): Promise<void> {
  const url = new URL(`http://127.0.0.1:${port}/tester/tiles?restype=container`);
  const headers: Record<string, string> = {
    "x-ms-date": new Date().toUTCString(),
    "x-ms-version": "2021-08-06",
  };
  const account = { name: "tester", key: AZURE_KEY };
  headers.authorization = await sharedKeyAuthorization(
    { method: "PUT", url, headers, length: 0 },
    account,
  );
  const answer = await fetch(url, { method: "PUT", headers });
  assert.equal(answer.status, 201, await answer.text());
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no answer from ${url}`);
}
