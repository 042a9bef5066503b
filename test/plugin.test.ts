import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createApp } from "../src/index.ts";
import { silentLog } from "./platform.ts";

const MODULE = fileURLToPath(new URL("fixtures/plugin/plain.ts", import.meta.url));

const config = (plugins: string) => `
plugins: [${plugins}]
services: {tms: {use_grid_names: true}, hello: {word: hallo}}
layers: [{name: one, title: One, sources: [kept]}]
caches: {kept: {sources: [gray], grids: [GLOBAL_WEBMERCATOR], meta_size: [1, 1], meta_buffer: 0, cache: {type: map}}}
sources: {gray: {type: plain, gray: 7}}
`;

describe("plugins", () => {
  let folder = "";
  const write = async (text: string): Promise<string> => {
    const file = join(folder, "rhumb.yaml");
    await writeFile(file, text);
    return file;
  };
  const load = async (text: string) => createApp({ config: await write(text), log: silentLog });
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rhumb-plugin-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("deployment 11: a module adds sources, caches and services, and sees requests first", async () => {
    const app = await load(config(MODULE));
    assert.equal(await (await app.request("/hello")).text(), "hallo 0");
    const tile = await app.request("/tms/1.0.0/one/GLOBAL_WEBMERCATOR/0/0/0.png");
    assert.equal(tile.headers.get("content-type"), "image/png", await tile.clone().text());
    assert.equal(await (await app.request("/bonjour")).text(), "hallo 1");
  });

  it("services-tiles 39, http-app 30: a module adds pages to the demo, and parts of its overview", async () => {
    const app = await load(config(MODULE).replace("hello:", "demo: {}, hello:"));
    const overview = await (await app.request("/demo/")).text();
    assert.ok(overview.indexOf("<h2>Hello</h2>") > overview.indexOf("<h2>TMS</h2>"));
    const own = await app.request("/demo/?hello_layer=one");
    assert.equal(await own.text(), "<h1>Hello, layer</h1>");
    assert.equal(own.headers.get("content-type"), "text/html");
    assert.match(own.headers.get("content-security-policy") ?? "", /default-src 'self'/);
    const ours = await (await app.request("/demo/?tms_layer=one&srs=EPSG:3857&format=png")).text();
    assert.match(ours, /Layer Preview - one/);
  });

  it("services-tiles 38, 39: who may not see the demo gets none of it", async () => {
    const app = await createApp({
      config: await write(config(MODULE).replace("hello:", "demo: {}, hello:")),
      log: silentLog,
      authorize: () => ({ authorized: "none" }),
    });
    for (const path of ["/demo/", "/demo/?hello_layer=one"]) {
      const response = await app.request(path);
      assert.equal(response.status, 403);
      assert.ok(!(await response.text()).includes("Hello"));
    }
  });

  it("http-app 13: what nobody expected is 500 `internal error`, logged, without a detail, and the rest goes on", async () => {
    const logged: string[] = [];
    const log = { ...silentLog, error: (event: string) => void logged.push(event) };
    const app = await createApp({ config: await write(config(MODULE)), log });
    const response = await app.request("/break");
    assert.deepEqual([response.status, await response.text()], [500, "internal error"]);
    assert.ok(response.headers.has("vary"));
    assert.deepEqual(logged, ["request-failed"]);
    assert.equal((await app.request("/tms/1.0.0")).status, 200);
  });

  it("deployment 11: a module adds commands", async () => {
    const file = await write(config(MODULE));
    const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
    const run = "Deno" in globalThis ? ["run", "-A"] : [];
    const { code, out } = await new Promise<{ code: unknown; out: string }>((resolve) => {
      execFile(process.execPath, [...run, cli, "greet", "--config", file], (error, out) =>
        resolve({ code: error?.code, out }),
      );
    });
    assert.deepEqual([code, out], [3, `hello --config ${file}\n`]);
  });

  it("checks the options of what they add", async () => {
    const text = config(MODULE).replace("gray: 7", "gray: black");
    await assert.rejects(load(text), /sources\.gray\.gray/);
  });

  it("says what is wrong with a module", async () => {
    await assert.rejects(load(config("./missing.ts")), /Cannot load plug-in ".\/missing.ts"/);
    await writeFile(join(folder, "empty.ts"), "export const plugin = 7;");
    await assert.rejects(load(config("./empty.ts")), /it exports no plugin with a name/);
  });

  it("deployment 11: without them the names are unknown", async () => {
    await assert.rejects(load(config("")), /unknown service: hello/);
  });
});
