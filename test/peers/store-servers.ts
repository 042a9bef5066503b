/** Servers of the stores, none of them ours: S3, Azure Blob, and one that speaks CouchDB's protocol. Those of S3 and Azure check signatures. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sharedKeyAuthorization } from "../../src/http/sharedkey.ts";
import { freePort } from "../e2e/server.ts";
import { scratch } from "../scratch.ts";

const TOOLS = fileURLToPath(new URL("../../.ci/tools/node_modules/", import.meta.url));
const NODE = `${TOOLS}.bin/node`;

interface StoreServer {
  readonly program: string;
  readonly args: (port: number, directory: string) => readonly string[];
  /** What the server has to be started with, and its clients too. */
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

const S3 = `
const S3rver = require("@20minutes/s3rver");
const [, port, directory] = process.argv;
new S3rver({ address: "127.0.0.1", port, silent: true, directory, configureBuckets: [{ name: "tiles" }] }).run();`;

const COUCH = `
const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-memory"))
  .plugin(require("pouchdb-mapreduce"))
  .defaults({ adapter: "memory" });
const app = require("express")();
app.use(require("express-pouchdb")(PouchDB, { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: process.argv[2] + "/log.txt" }));
app.listen(Number(process.argv[1]), "127.0.0.1");`;

export const STORE_SERVERS: Readonly<Record<string, StoreServer>> = {
  s3rver: {
    program: "@20minutes/s3rver",
    args: (port, directory) => ["-e", S3, String(port), directory],
    env: S3_KEYS,
    store: (port) => ({
      type: "s3",
      bucket_name: "tiles",
      region_name: "us-east-1",
      endpoint_url: `http://127.0.0.1:${port}`,
    }),
    refused: { env: { ...S3_KEYS, AWS_SECRET_ACCESS_KEY: "another" } },
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

/** Why a server cannot be started; `false`: it can. */
export function missingServer({ program }: StoreServer): string | false {
  const isThere = existsSync(NODE) && existsSync(`${TOOLS}${program}`);
  return isThere ? false : `not installed: ${program}`;
}

/** A server with nothing in it. */
export async function startStoreServer(
  server: StoreServer,
): Promise<{ readonly port: number; kill(): Promise<void> }> {
  const port = await freePort();
  const child = spawn(NODE, server.args(port, scratch()), {
    cwd: TOOLS,
    env: { ...process.env, ...server.env },
    stdio: "ignore",
  });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  await answering(`http://127.0.0.1:${port}/`);
  await server.prepare?.(port);
  return {
    port,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
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

/** Resolves when somebody answers at a URL. */
export async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no answer from ${url}`);
}
