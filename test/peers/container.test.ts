import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Process, scratch, startProcess, urlOf } from "../e2e/process.ts";
import { find } from "./programs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the container's scripts", () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  before(async () => {
    folder = await scratch();
    // Stands in for Bun: says what it was told to run, and makes what `create` would.
    const bun = join(folder.path, "bun");
    await writeFile(bun, '#!/bin/sh\nshift 2\necho "rhumb $*"\n');
    await chmod(bun, 0o755);
  });
  after(() => folder.dispose());

  const entry = async (
    name: string,
    files: readonly string[],
    env: Record<string, string> = {},
    args: readonly string[] = [],
  ): Promise<string[]> => {
    const cwd = join(folder.path, name);
    await mkdir(join(cwd, "config"), { recursive: true });
    for (const file of files) await writeFile(join(cwd, "config", file), "");
    const { out } = await run(join(ROOT, "etc/docker/entrypoint"), args, {
      cwd,
      env: { ...process.env, ...env, PATH: `${folder.path}${delimiter}${process.env.PATH}` },
    });
    return out.trim().split("\n");
  };
  const SERVE = "rhumb serve --host 0.0.0.0 --port 8080";

  it("deployment 8: serves config/mapproxy.yaml, or rhumb.toml before it, and takes over changes", async () => {
    assert.deepEqual(await entry("yaml", ["mapproxy.yaml"]), [
      `${SERVE} --reload --config config/mapproxy.yaml`,
    ]);
    assert.deepEqual(await entry("both", ["mapproxy.yaml", "rhumb.toml"]), [
      `${SERVE} --reload --config config/rhumb.toml`,
    ]);
  });

  it("deployment 8: makes a configuration from a template where there is none", async () => {
    assert.deepEqual(await entry("none", []), [
      "No configuration found. Creating one from template.",
      "rhumb create -t base-config config",
      `${SERVE} --reload --config config/mapproxy.yaml`,
    ]);
  });

  it("deployment 8: MULTIAPP_* and UWSGI_PROCESSES; false, 0 and no are off", async () => {
    const multi = {
      MULTIAPP_MAPPROXY: "true",
      MULTIAPP_ALLOW_LISTINGS: "yes",
      UWSGI_PROCESSES: "4",
    };
    assert.deepEqual(await entry("multi", [], multi), [
      `${SERVE} --workers 4 --multi config/apps --allow-listing true`,
    ]);
    const off = { MULTIAPP_MAPPROXY: "true", MULTIAPP_ALLOW_LISTINGS: "false" };
    assert.match((await entry("off", [], off))[0] ?? "", /--allow-listing false$/);
    for (const word of ["false", "0", "no", ""]) {
      const [line] = await entry("single", ["mapproxy.yaml"], { MULTIAPP_MAPPROXY: word });
      assert.match(line ?? "", /--config config\/mapproxy.yaml$/);
    }
  });

  it("runs another command where one is given", async () => {
    assert.deepEqual(await entry("args", [], {}, ["seed", "-f", "x"]), ["rhumb seed -f x"]);
  });

  it("has a health check that tells a server that answers from none", async () => {
    const env = {
      ...process.env,
      PATH: `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env.PATH}`,
    };
    const server: Process = startProcess(["--port", "0"]);
    const { port } = new URL(await urlOf(server));
    const health = join(ROOT, "etc/docker/health");
    assert.equal((await run(health, [port], { env })).code, 0);
    await server.stop();
    assert.notEqual((await run(health, [port], { env })).code, 0);
  });

  it("runs as a user, on a port that needs no rights, with a health check", async () => {
    const file = await readFile(join(ROOT, "Dockerfile"), "utf8");
    assert.match(file, /^USER rhumb$/m);
    assert.match(file, /^EXPOSE 8080$/m);
    assert.match(file, /^HEALTHCHECK .*CMD \["health"\]$/m);
    const compose = await readFile(join(ROOT, "compose.yaml"), "utf8");
    assert.match(compose, /read_only: true/);
  });
});

describe("compose.yaml", async () => {
  const compose = await find("docker-compose");
  it("is a file that Compose understands, with files that exist", {
    skip: compose ? false : "not installed: docker-compose",
  }, async () => {
    const args = ["-f", join(ROOT, "compose.yaml"), "config"];
    const { code, out } = await run(compose ?? "", args, { env: process.env });
    assert.equal(code, 0, out);
    for (const [, path] of out.matchAll(/^ +- (\/\S+?):\S+:ro$/gm)) await readFile(path ?? "");
    assert.match(out, /condition: service_healthy/);
  });
});

describe("etc/systemd/rhumb.service", async () => {
  const verify = await find("systemd-analyze");
  it("is a unit that systemd has nothing to say against", {
    skip: verify ? false : "no systemd-analyze",
  }, async () => {
    const unit = join(ROOT, "etc/systemd/rhumb.service");
    const { code, out } = await run(verify ?? "", ["verify", "--man=no", unit], {
      env: process.env,
    });
    assert.deepEqual([code, out], [0, ""]);
  });
});

function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env: NodeJS.ProcessEnv },
): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(program, args, options, (error, out) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out }),
    );
  });
}
