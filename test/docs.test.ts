import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { loadText } from "./config.ts";
import { type Process, scratch, startProcess } from "./e2e/process.ts";
import { freePort } from "./e2e/server.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGE = await readFile(join(ROOT, "docs/deployment.md"), "utf8");

/** Fenced blocks of one language, each with the heading above it. */
function blocks(language: string): { title: string; text: string }[] {
  const found: { title: string; text: string }[] = [];
  let title = "";
  for (const [, heading, fence, text = ""] of PAGE.matchAll(
    /^## (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm,
  )) {
    if (heading) title = heading;
    else if (fence === language) found.push({ title, text });
  }
  assert.ok(found.length > 0, language);
  return found;
}

/** Its snippets start servers as users do, whatever runs the test: once is enough. */
const once = { skip: "Bun" in globalThis ? false : "runs with bun" };

describe("docs/deployment.md", once, () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  before(async () => {
    folder = await scratch();
    await cp(join(ROOT, "etc"), join(folder.path, "etc"), { recursive: true });
    await mkdir(join(folder.path, "srv"));
  });
  after(() => folder.dispose());

  for (const { title, text } of blocks("toml")) {
    it(`${title}: the settings load`, async () => {
      const { warnings } = await loadText(`${text}\n[services.demo]\n`, "rhumb.toml");
      assert.deepEqual(warnings, []);
    });
  }

  for (const { title, text } of blocks("json")) {
    it(`${title}: the JSON is some`, () => void JSON.parse(text));
  }

  for (const { title, text } of blocks("sh")) {
    it(`${title}: the commands work`, async () => {
      const [http, fastcgi] = [await freePort(), await freePort()];
      const servers: Process[] = [];
      try {
        for (const line of text.trim().split("\n")) {
          const command = line
            .replaceAll("127.0.0.1:8080", `127.0.0.1:${http}`)
            .replaceAll("127.0.0.1:8081", `127.0.0.1:${fastcgi}`)
            .replaceAll("/srv/rhumb", join(folder.path, "srv"));
          const serve = /^rhumb serve (.*)$/.exec(command);
          if (!serve) await sh(command, folder.path);
          else {
            const args = (serve[1] ?? "")
              .replace(/\b(etc|apps)\b/g, `${folder.path}/$1`)
              .split(" ");
            if (!args.includes("--fastcgi")) args.push("--port", String(http));
            const server = startProcess(args);
            servers.push(server);
            // Where the log goes to a file, only the port tells.
            if (args.includes("--log-config"))
              await sh(
                `curl -fsS --retry 40 --retry-all-errors --retry-delay 1 http://127.0.0.1:${http}/`,
                ROOT,
              );
            else await server.said(/listening/);
          }
        }
      } finally {
        for (const server of servers) assert.equal(await server.stop(), 0);
      }
    });
  }

  for (const { title, text } of blocks("ts")) {
    it(`${title}: the program runs`, async () => {
      // Inside the package, so that its own name leads to it.
      const file = join(ROOT, "test", `docs-${process.pid}.ts`);
      await writeFile(file, text);
      try {
        const run = "Deno" in globalThis ? ["run", "-A"] : [];
        await execute(process.execPath, [...run, file], ROOT);
      } finally {
        await rm(file);
      }
    });
  }
});

function sh(command: string, cwd: string): Promise<void> {
  const [program, ...args] = command.split(" ");
  if (program !== "rhumb") return execute("sh", ["-ec", command], cwd);
  return execute(process.execPath, [join(ROOT, "src/cli.ts"), ...args], cwd);
}

function execute(program: string, args: readonly string[], cwd: string): Promise<void> {
  const PATH = `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env: { ...process.env, PATH } }, (error, _out, err) =>
      error ? reject(new Error(`${args.join(" ")}: ${error.message}\n${err}`)) : resolve(),
    );
  });
}
