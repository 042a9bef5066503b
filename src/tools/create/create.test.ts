import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { silentLog } from "../../../test/platform.ts";
import { scratch } from "../../../test/scratch.ts";
import { runTool } from "../../../test/tools.ts";
import { loadApp } from "../../app/load.ts";
import { loadConfig } from "../../config/load.ts";
import { loadSeedFile } from "../../config/seed-load.ts";
import { localPlatform } from "../../runtime/local.ts";
import { create } from "./create.ts";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const platform = localPlatform();

function setUp() {
  const directory = scratch();
  const run = (...argv: string[]) =>
    runTool(create, argv, { platform, workingDirectory: directory, packageDirectory: PACKAGE });
  return { directory, run };
}

const readDeps = (env: Record<string, string>) => ({
  read: (path: string) => platform.resource(path),
  env,
});

describe("create()", () => {
  it("tools 9: -l exit 1 with three names; nothing at all: help, exit 1", async () => {
    const { run } = setUp();
    const list = await run("-l");
    assert.equal(list.code, 1);
    assert.deepEqual(list.out.split(/\s+/), [
      "Available",
      "templates:",
      "base-config",
      "wsgi-app",
      "log-ini",
    ]);
    const help = await run();
    assert.deepEqual([help.code, help.out.slice(0, 6)], [1, "Usage:"]);
  });

  it("tools 10: base-config writes four files, refuses to overwrite, `--force`", async () => {
    const { run } = setUp();
    const made = await run("-t", "base-config", "a/b");
    assert.equal(made.code, 0);
    const names = ["mapproxy", "seed", "full_example", "full_seed_example"];
    assert.equal(made.out, names.map((name) => `writing a/b/${name}.yaml`).join("\n"));
    const again = await run("-t", "base-config", "a/b");
    assert.deepEqual(
      [again.code, again.err],
      [1, "ERROR: a/b/mapproxy.yaml already exists, use --force"],
    );
    assert.equal((await run("-t", "base-config", "a/b", "--force")).code, 0);
  });

  it("what base-config writes can be used", async () => {
    const { run, directory } = setUp();
    await run("-t", "base-config", "c");
    const env = { server: "maps.example.org", layer: "roads", key: "k" };
    const { config, warnings } = await loadConfig(`${directory}/c/mapproxy.yaml`, readDeps(env));
    assert.deepEqual(warnings, []);
    assert.deepEqual(config.sources.osm_wms!.req, {
      url: "https://maps.example.org/service?",
      layers: "roads",
    });
    const full = await loadConfig(`${directory}/c/full_example.yaml`, readDeps(env));
    const serious = full.warnings.filter(({ message }) => !message.startsWith("Nothing uses"));
    assert.deepEqual(serious, []);
    for (const name of ["seed", "full_seed_example"]) {
      const { warnings } = await loadSeedFile(`${directory}/c/${name}.yaml`, readDeps(env));
      assert.deepEqual(warnings, []);
    }
    const bare = await loadConfig(`${directory}/c/mapproxy.yaml`, readDeps({}));
    assert.equal(bare.warnings.length, 2, "a variable that is not set: it stays, with a warning");
  });

  it("tools 11: the generated mapproxy.yaml starts and `/demo/` answers", async () => {
    const { run, directory } = setUp();
    await run("-t", "base-config", "c");
    const app = await loadApp(
      { file: `${directory}/c/mapproxy.yaml` },
      { platform, log: silentLog },
    );
    const answer = await app.fetch(new Request("http://localhost/demo/"));
    assert.equal(answer.status, 200);
    await app.close();
  });

  it("tools 12: wsgi-app appends extension, absolute config path, needs -f", async () => {
    const { run, directory } = setUp();
    const none = await run("-t", "wsgi-app", "app");
    assert.equal(none.code, 1);
    assert.equal(none.err, "ERROR: template requires --mapproxy-conf option");
    await run("etc-dir");
    const made = await run("-t", "wsgi-app", "-f", "etc-dir/etc/develop.toml", "app");
    assert.deepEqual([made.code, made.out], [0, "writing MapProxy app to app.js"]);
    const text = readFileSync(`${directory}/app.js`, "utf8");
    assert.ok(text.includes(JSON.stringify(`${directory}/etc-dir/etc/develop.toml`)));
    const { default: app } = await import(`${directory}/app.js`);
    assert.equal((await app.fetch(new Request("http://localhost/proxy/demo/"))).status, 200);
    assert.equal(
      (await run("-t", "wsgi-app", "-f", "x.yaml", "app.mjs")).out,
      "writing MapProxy app to app.mjs",
    );
  });

  it("tools 13: log-ini content: two log files, request log separate", async () => {
    const { run, directory } = setUp();
    assert.deepEqual(await run("-t", "log-ini", "log.ini"), {
      code: 0,
      out: "writing log.ini",
      err: "",
    });
    const text = readFileSync(`${directory}/log.ini`, "utf8");
    assert.match(
      text,
      /\[logger_source_requests\]\nlevel=INFO\nqualname=mapproxy\.source\.request\npropagate=0/,
    );
    for (const name of ["mapproxy.log", "source-requests.log"]) {
      assert.ok(text.includes(`(r"%(here)s/${name}", "a")`));
    }
  });

  it("unknown template, no destination: exit 1", async () => {
    const { run } = setUp();
    const unknown = await run("-t", "toString", "x");
    assert.deepEqual([unknown.code, unknown.err], [1, "ERROR: unknown template toString"]);
    const none = await run("-t", "log-ini");
    assert.deepEqual([none.code, none.err], [1, "ERROR: template requires destination argument"]);
  });

  it("a project runs at once: development, production and its seeds", async () => {
    const { run, directory } = setUp();
    assert.equal((await run("maps")).code, 0);
    for (const name of ["develop", "config"]) {
      const file = `${directory}/maps/etc/${name}.toml`;
      const app = await loadApp({ file }, { platform, log: silentLog });
      const url = "http://localhost/proxy/tiles/world/GLOBAL_WEBMERCATOR/0/0/0.jpeg";
      const tile = await app.fetch(new Request(url));
      assert.deepEqual([tile.status, tile.headers.get("content-type")], [200, "image/jpeg"], name);
      await tile.bytes();
      await app.close();
    }
    const production = readFileSync(`${directory}/maps/etc/config.toml`, "utf8");
    const fastcgi = production.replace(/^# ((?:protocol|socket) = )/gm, "$1");
    writeFileSync(`${directory}/maps/etc/fastcgi.toml`, fastcgi);
    const { config } = await loadConfig(`${directory}/maps/etc/fastcgi.toml`, readDeps({}));
    assert.equal(config.server.protocol, "fastcgi");
    assert.equal(config.server.socket, `${directory}/maps/var/fcgi-socket`);
    assert.ok(existsSync(`${directory}/maps/var/cache`), "the cache lies beside etc");
    const { file } = await loadSeedFile(`${directory}/maps/etc/seed.toml`, readDeps({}));
    assert.deepEqual(file.seeds.world?.caches, ["world_cache"]);
    writeFileSync(`${directory}/maps/etc/seed.toml`, "mine");
    const again = await run("maps");
    assert.equal(again.code, 1);
    assert.equal(readFileSync(`${directory}/maps/etc/seed.toml`, "utf8"), "mine");
  });
});
