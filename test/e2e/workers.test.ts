import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { getAlone, type Process, scratch, startProcess, urlOf } from "./process.ts";
import { target } from "./server.ts";

const config = (title: string, server = "{}") => `
server: ${server}
services: {wms: {md: {title: "${title}"}}}
layers: [{name: one, title: One, sources: [one]}]
sources: {one: {type: debug}}
`;

const CAPABILITIES = "/proxy/service?SERVICE=WMS&REQUEST=GetCapabilities";

describe("workers", { skip: target === "workers" }, () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  const started: Process[] = [];
  const start = (...args: Parameters<typeof startProcess>) => {
    const server = startProcess(...args);
    started.push(server);
    return server;
  };
  /** As editors save: a reader sees the old file or the new one. */
  const save = async (file: string, text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  const title = async (url: string): Promise<string | undefined> => {
    const response = await fetch(url + CAPABILITIES);
    assert.equal(response.status, 200);
    return /<Title>([^<]*)/.exec(await response.text())?.[1];
  };
  /** Asks until each of a dozen answers in a row, from whichever worker, says `wanted`. */
  const untilAllSay = async (url: string, wanted: string) => {
    for (let row = 0; row < 12; ) {
      const { body } = await getAlone(url + CAPABILITIES);
      row = body.includes(`<Title>${wanted}<`) ? row + 1 : 0;
    }
  };
  before(async () => {
    folder = await scratch();
  });
  after(async () => {
    for (const server of started) await server.stop();
    await folder.dispose();
  });

  it("replaces one that dies, while the others go on", async () => {
    const server = start(["--port", "0", "--workers", "2"]);
    const url = await urlOf(server);
    const { execFileSync } = await import("node:child_process");
    const children = () =>
      execFileSync("ps", ["-o", "pid=", "--ppid", String(server.pid)])
        .toString()
        .split("\n")
        .map((line) => Number(line.trim()))
        .filter(Boolean);
    const [victim = 0, other = 0, ...more] = children();
    assert.ok(victim && other && more.length === 0);
    process.kill(victim, "SIGKILL");
    await server.said(/worker-died pid=\d+/);
    for (let i = 0; i < 20; i++) assert.equal((await fetch(`${url}/proxy/`)).status, 200);
    while (children().length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(!children().includes(victim));
    assert.equal(await server.stop(), 0);
  });

  it("tell once what is doubtful in the configuration, at the start and when it is read again", async () => {
    const file = join(folder.path, "doubtful.yaml");
    const doubtful = (text: string) =>
      `${config(text)}parts: [$NO_SUCH]\nunheard: 1\ngrids: {g: {srs: "EPSG:25832"}}\n`;
    await save(file, doubtful("before"));
    const server = start([file, "--port", "0", "--workers", "3"]);
    const url = await urlOf(server);
    const told = () => server.output().match(/warn .*/g) ?? [];
    const first = told();
    assert.ok(
      first.some((line) => line.includes("NO_SUCH")),
      server.output(),
    );
    assert.ok(
      first.some((line) => line.includes("unheard")),
      server.output(),
    );
    assert.equal(new Set(first).size, first.length, first.join("\n"));
    await save(file, doubtful("after"));
    server.kill("SIGHUP");
    await untilAllSay(url, "after");
    await server.said(new RegExp(`(?:warn .*[^]*?){${2 * first.length}}`));
    assert.deepEqual(told().slice(first.length), first);
  });

  it("reads the configuration again at SIGHUP, in all of them, without a failed request", async () => {
    const file = join(folder.path, "hup.yaml");
    await save(file, config("before"));
    const server = start([file, "--port", "0", "--workers", "2"]);
    const url = await urlOf(server);
    assert.equal(await title(url), "before");
    await save(file, config("after"));
    server.kill("SIGHUP");
    await untilAllSay(url, "after");
  });

  it("weakness 18: --reload keeps what works when a change is broken, says why, and takes the repair", async () => {
    const file = join(folder.path, "reload.yaml");
    const base = join(folder.path, "base.yaml");
    await save(base, config("first"));
    await save(file, "base: base.yaml\n");
    const server = start([file, "--port", "0", "--reload"]);
    const url = await urlOf(server);
    assert.equal(await title(url), "first");

    await save(base, "services: [not, a, mapping");
    await server.said(/configuration-refused.*base\.yaml/);
    assert.equal(await title(url), "first");

    await save(base, config("second"));
    await server.said(/configuration-reloaded/);
    assert.equal(await title(url), "second");
  });

  it("drops no request while the configuration changes under load", async () => {
    const file = join(folder.path, "load.yaml");
    await save(file, config("0"));
    const server = start([file, "--port", "0"]);
    const url = await urlOf(server);
    let isOver = false;
    const titles = new Set<string | undefined>();
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) titles.add(await title(url));
    });
    for (let i = 1; i <= 5; i++) {
      await save(file, config(String(i)));
      server.kill("SIGHUP");
      while (!titles.has(String(i))) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    isOver = true;
    await Promise.all(clients);
  });

  it("drops no request while a configuration of 500 layers changes under load", async () => {
    const file = join(folder.path, "large.yaml");
    const numbers = Array.from({ length: 500 }, (_, i) => i);
    const large = (name: string) => `
services: {wms: {md: {title: "${name}"}}, wmts: {}}
layers: [${numbers.map((i) => `{name: l${i}, title: L, sources: [c${i}]}`).join(", ")}]
caches: {${numbers.map((i) => `c${i}: {grids: [GLOBAL_WEBMERCATOR], sources: [s${i}], disable_storage: true}`).join(", ")}}
sources: {${numbers.map((i) => `s${i}: {type: debug}`).join(", ")}}
`;
    await save(file, large("0"));
    const server = start([file, "--port", "0", "--workers", "2"]);
    const url = await urlOf(server);
    const map = `${url}/proxy/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=l499&STYLES=&SRS=EPSG:3857&BBOX=0,0,1000,1000&WIDTH=64&HEIGHT=64&FORMAT=image/png`;
    let isOver = false;
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const response = await fetch(map);
        assert.equal(response.headers.get("content-type"), "image/png");
        await response.arrayBuffer();
      }
    });
    for (let i = 1; i <= 3; i++) {
      await save(file, large(String(i)));
      server.kill("SIGHUP");
      await untilAllSay(url, String(i));
    }
    isOver = true;
    await Promise.all(clients);
  });

  it("replaces one that grows beyond server.worker_memory, without a failed request", async () => {
    const file = join(folder.path, "memory.yaml");
    await save(file, config("small", "{worker_memory: 64}")); // less than any runtime needs
    const server = start([file, "--port", "0"]);
    const url = await urlOf(server);
    let isOver = false;
    const client = (async () => {
      // as browsers do: a connection that closes just when it is used again is no failed request (RFC 9112, 9.3.1)
      const ask = () => fetch(`${url}/proxy/`).catch(() => fetch(`${url}/proxy/`));
      while (!isOver) assert.equal((await ask()).status, 200);
    })();
    await server.said(/worker-replaced pid=\d+ reason=memory[\s\S]*worker-replaced/);
    isOver = true;
    await client;
  });

  it("does not start at all with a broken configuration, exit code 2", async () => {
    const file = join(folder.path, "broken.yaml");
    await save(file, "server: {workers: 2, colour: red}");
    const server = start([file]);
    assert.equal(await server.ended, 2);
    assert.match(server.output(), /colour/);
  });

  it("does not start with a configuration that only building finds broken, exit code 2", async () => {
    const file = join(folder.path, "unbuildable.yaml");
    await save(
      file,
      config("x", "{workers: 2}").replace(
        "{type: debug}",
        "{type: wms, req: {url: 'http://127.0.0.1:1/', layers: x}, coverage: {datasource: nowhere.geojson, srs: 'EPSG:4326'}}",
      ),
    );
    const server = start([file, "--port", "0"]);
    assert.equal(await server.ended, 2);
    assert.match(server.output(), /nowhere/);
  });

  it("ends with the process that started them, even if that is killed", async () => {
    const server = start(["--port", "0", "--workers", "2"]);
    const url = await urlOf(server);
    server.kill("SIGKILL");
    await server.ended;
    await assert.rejects(async () => {
      for (;;) await getAlone(`${url}/proxy/`);
    });
  });
});
