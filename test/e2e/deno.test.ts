/** `deno serve --parallel`: several threads of one process on the same caches. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { scratch } from "../scratch.ts";
import { hostileUpstream } from "../threats/upstream.ts";
import { freePort, target } from "./server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const config = (url: string) => `
services: {wmts: }
layers: [{name: files, title: F, sources: [files]}, {name: base, title: B, sources: [base]}]
caches:
  files: {grids: [GLOBAL_WEBMERCATOR], sources: [s], meta_size: [4, 4], meta_buffer: 0, cache: {type: file}}
  base: {grids: [GLOBAL_WEBMERCATOR], sources: [s], meta_size: [4, 4], meta_buffer: 0, cache: {type: mbtiles, filename: base.mbtiles}}
sources: {s: {type: wms, req: {url: "${url}/good-1024", layers: x}}}
globals: {cache: {base_dir: cache}}
`;

describe("deno serve --parallel", { skip: target !== "deno" && "runs on deno" }, () => {
  it("answers from all threads, and asks the source once for a meta tile", async () => {
    const upstream = await hostileUpstream(200);
    const file = join(scratch(), "maps.yaml");
    writeFileSync(file, config(upstream.url));
    const port = await freePort();
    const allowed = ["net", "env", "sys", "read", "write"].map((name) => `--allow-${name}`);
    const child = spawn(
      process.env.RHUMB_DENO ?? "deno",
      ["serve", "--parallel", `--port=${port}`, "--host=127.0.0.1", ...allowed, "src/deno.ts"],
      {
        cwd: ROOT,
        env: { ...process.env, RHUMB_CONFIG: file, DENO_JOBS: "3" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let output = "";
    const heard = (part: unknown) => {
      output += part;
    };
    child.stdout.on("data", heard);
    child.stderr.on("data", heard);
    const base = `http://127.0.0.1:${port}/wmts`;
    for (
      let i = 0;
      !(await fetch(base).then(
        () => true,
        () => false,
      ));
      i++
    ) {
      assert.ok(i < 600 && child.exitCode === null, output);
      await new Promise((done) => setTimeout(done, 50));
    }
    for (const layer of ["files", "base"]) {
      const before = upstream.asked.length;
      const answers = await Promise.all(
        Array.from({ length: 96 }, async (_, i) => {
          const path = `${base}/${layer}/GLOBAL_WEBMERCATOR/2/${i % 4}/${(i >> 2) % 4}.png`;
          // one connection each: the system hands them to all threads
          const response = await fetch(path, { headers: { connection: "close" } });
          await response.arrayBuffer();
          return response.status;
        }),
      );
      assert.deepEqual([...new Set(answers)], [200]);
      assert.equal(upstream.asked.length - before, 1, layer);
    }
    assert.match(output, /with 3 threads/);
    assert.doesNotMatch(output, /locked|cache-failed/);
    child.kill();
    await upstream.close();
  });
});
