import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { FastCgiClient, parseCgi } from "../fastcgi-client.ts";
import { getAlone, getBySocket, type Process, scratch, startProcess, urlOf } from "./process.ts";
import { target } from "./server.ts";

/** Configuration with a source that takes its time. */
const config = (upstream: number) => `
server: {base_path: ""}
services: {wms: {}}
layers: [{name: slow, title: Slow, sources: [slow]}]
sources: {slow: {type: wms, req: {url: "http://127.0.0.1:${upstream}/", layers: x}}}
`;

const MAP =
  "/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=slow&STYLES=&SRS=EPSG:4326&BBOX=0,0,1,1&WIDTH=8&HEIGHT=8&FORMAT=image/png";

/** An upstream that holds requests until it is told to answer. */
async function holdingUpstream() {
  const { createServer } = await import("node:http");
  const waiting: (() => void)[] = [];
  let asked = (): void => {};
  const first = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const server = createServer((_request, response) => {
    waiting.push(() => response.writeHead(500).end());
    asked();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    first,
    answer: () => {
      for (const act of waiting) act();
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const opened = (socket: Socket) => new Promise<void>((resolve) => socket.once("connect", resolve));

describe("serve", { skip: target === "workers" }, () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  const started: Process[] = [];
  const start = (...args: Parameters<typeof startProcess>) => {
    const server = startProcess(...args);
    started.push(server);
    return server;
  };
  before(async () => {
    folder = await scratch();
  });
  after(async () => {
    for (const server of started) await server.stop();
    await folder.dispose();
  });

  it("ends at SIGTERM although clients keep idle connections and half a request open", async () => {
    const server = start(["--port", "0"]);
    const url = new URL(await urlOf(server));
    await (await fetch(`${url}proxy/`)).text(); // stays connected
    const idle = connect(Number(url.port), url.hostname);
    await opened(idle);
    const half = connect(Number(url.port), url.hostname);
    half.write("GET /proxy/ HTTP/1.1\r\nHo");
    await opened(half);
    server.kill("SIGTERM");
    // Far less than the 10 s that requests under way would get.
    const late = new Promise((resolve) => setTimeout(() => resolve("late"), 6000).unref());
    assert.equal(await Promise.race([server.ended, late]), 0, server.output());
  });

  it("answers the request under way before it ends", async () => {
    const upstream = await holdingUpstream();
    const file = join(folder.path, "slow.yaml");
    await writeFile(file, config(upstream.port));
    const server = start([file, "--port", "0"]);
    const url = await urlOf(server);
    const answer = fetch(url + MAP);
    await upstream.first;
    server.kill("SIGTERM");
    await assert.rejects(async () => {
      for (;;) await getAlone(`${url}/`); // until it listens no more
    });
    upstream.answer();
    const response = await answer;
    assert.match(await response.text(), /ServiceException/);
    assert.equal(await server.ended, 0);
    upstream.close();
  });

  it("T11, weakness 14: serves others while many send half a request, or too much of a head", async () => {
    const server = start(["--port", "0"]);
    const url = new URL(await urlOf(server));
    const sockets = Array.from({ length: 60 }, () => connect(Number(url.port), url.hostname));
    await Promise.all(sockets.map(opened));
    for (const [i, socket] of sockets.entries()) {
      socket.on("error", () => {});
      const head = "GET /proxy/ HTTP/1.1\r\nHost: x\r\n";
      socket.write(i < 50 ? head : `${head}X-Long: ${"x".repeat(500_000)}`);
    }
    for (let i = 0; i < 10; i++) {
      assert.equal((await fetch(`${url.origin}/proxy/healthz`)).status, 404);
      assert.equal((await fetch(`${url.origin}/healthz`)).status, 200);
    }
    for (const socket of sockets) socket.destroy();
    assert.equal(await server.stop(), 0);
  });

  it("says in one sentence that a port is taken, exit code 1", async () => {
    const server = start(["--port", "0"]);
    const { port } = new URL(await urlOf(server));
    for (const workers of ["1", "2"]) {
      const second = start(["--port", port, "--workers", workers]);
      assert.equal(await second.ended, 1);
      assert.equal(
        second.output().trim().split("\n").at(-1),
        `Cannot listen on 127.0.0.1:${port}: another program listens there`,
      );
    }
  });

  it("refuses options that contradict each other or make no sense, exit code 2", async () => {
    for (const args of [
      ["--workers", "0"],
      ["--port", "70000"],
      ["--fastcgi", "x.sock", "--port", "1"],
      ["--unknown"],
    ]) {
      const server = start(args);
      assert.equal(await server.ended, 2, args.join(" "));
      assert.match(server.output(), /^(Cannot use|Unknown option|.*unknown)/i);
    }
  });

  describe("on a Unix socket (server.socket)", () => {
    const write = async (name: string, more = "") => {
      const socket = join(folder.path, `${name}.sock`);
      const file = join(folder.path, `${name}.yaml`);
      const server = `{socket: ${name}.sock, base_path: ""${more}}`;
      await writeFile(file, config(1).replace('{base_path: ""}', server));
      return { file, socket };
    };

    it("answers, has the mode asked for, and removes the socket in the end", async () => {
      const { file, socket } = await write("plain", ', socket_mode: "0600"');
      const server = start([file]);
      await server.said(/listening/);
      assert.equal((await getBySocket(socket, "/")).status, 200);
      assert.equal((await stat(socket)).mode & 0o777, 0o600);
      await server.stop();
      await assert.rejects(stat(socket));
    });

    it("takes over what a killed server left, and refuses to push out one that lives", async () => {
      const { file, socket } = await write("stale");
      const killed = start([file]);
      await killed.said(/listening/);
      killed.kill("SIGKILL");
      await killed.ended;
      assert.ok((await stat(socket)).isSocket());

      const server = start([file]);
      await server.said(/listening/);
      const second = start([file]);
      assert.equal(await second.ended, 1);
      assert.match(second.output(), /Cannot listen on .*stale.sock: another program listens there/);
      assert.equal((await getBySocket(socket, "/")).status, 200);
    });

    it("lets exactly one of several that start together have it", async () => {
      const { file, socket } = await write("race");
      const servers = [start([file]), start([file]), start([file])];
      const codes = await Promise.all(
        servers.map((s) =>
          Promise.race([s.ended, s.said(/listening/).then(() => "up")]).catch(() => s.ended),
        ),
      );
      assert.deepEqual(codes.toSorted(), [1, 1, "up"]);
      assert.equal((await getBySocket(socket, "/")).status, 200);
    });

    it("refuses a file that is no socket", async () => {
      const { file, socket } = await write("file");
      await writeFile(socket, "precious");
      const server = start([file]);
      assert.equal(await server.ended, 1);
      assert.match(server.output(), /there is a file that is no socket/);
    });

    it("is shared by several workers", async () => {
      const { file, socket } = await write("shared", ", workers: 2");
      const server = start([file]);
      await server.said(/listening/);
      const answers = await Promise.all(Array.from({ length: 20 }, () => getBySocket(socket, "/")));
      assert.ok(answers.every(({ status }) => status === 200));
      assert.equal(await server.stop(), 0);
    });
  });

  describe("FastCGI workers on one socket", () => {
    it("answer while one of them dies and is replaced, and hand the socket to the next server", async () => {
      const file = join(folder.path, "fcgi.yaml");
      const socket = join(folder.path, "fcgi.sock");
      await writeFile(
        file,
        'server: {protocol: fastcgi, socket: fcgi.sock, base_path: "", workers: 2}\nservices: {demo: {}}\n',
      );
      /** As web servers without connections kept: one for each request. */
      const ask = async () => {
        const client = new FastCgiClient({ path: socket });
        const { stdout } = await client.ask(1, { PATH_INFO: "/", SCRIPT_NAME: "" });
        client.close();
        return parseCgi(stdout).status;
      };
      const server = start([file]);
      await server.said(/listening/);
      const { execFileSync } = await import("node:child_process");
      const ps = execFileSync("ps", ["-o", "pid=", "--ppid", String(server.pid)]).toString();
      process.kill(Number(ps.trim().split("\n")[0]), "SIGKILL");
      await server.said(/worker-died/);
      for (let i = 0; i < 50; i++) assert.equal(await ask(), 200);
      const rival = start([file]);
      assert.equal(await rival.ended, 1);
      assert.match(rival.output(), /another program listens there/);

      server.kill("SIGKILL");
      await server.ended;
      assert.ok((await stat(socket)).isSocket());
      // Its workers let go of the socket when they find that it has gone.
      const gone = () =>
        ask().then(
          () => false,
          () => true,
        );
      while (!(await gone())) await new Promise((resolve) => setTimeout(resolve, 20));
      const next = start([file]);
      await next.said(/listening/);
      assert.equal(await ask(), 200);
      assert.equal(await next.stop(), 0);
      await assert.rejects(stat(socket));
    });
  });
});
