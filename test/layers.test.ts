import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

/** Folders of `src`, lowest first. A file imports from its own folder and from lower ranks only. */
const RANKS = [
  ["core"],
  ["platform", "geo"],
  ["srs", "http"],
  ["grid", "coverage"],
  ["image"],
  ["model"],
  ["source", "cache", "featureinfo", "auth", "decorate", "observe"],
  ["tile"],
  ["layer"],
  ["service", "seed"],
  ["config"],
  ["app", "tools"],
  ["runtime"],
];
const rankOf = new Map(
  RANKS.flatMap((folders, rank) => folders.map((folder) => [folder, rank] as const)),
);

/** Files outside `runtime` that may import a `node:` module; all runtimes that load them have it. */
const NODE_MODULES: Record<string, string> = {
  "core/hash.ts": "node:crypto",
  "image/kernels/deflate.ts": "node:zlib",
  // chosen by the `imports` of package.json; Workers get the file beside it
  "image/kernels/webp-modules.ts": "node:fs/promises",
};

/** Files that may name a global of some runtimes. */
const GLOBALS: Record<string, RegExp> = {
  // the npm client knows no other bytes, and runs on Bun, Deno and Node only
  "cache/redis.ts": /\bBuffer\b/g,
};

const SRC = fileURLToPath(new URL("../src", import.meta.url));

async function sources(): Promise<{ path: string; folder: string; text: string }[]> {
  const files = [];
  for (const entry of await readdir(SRC, { recursive: true })) {
    const path = entry.split(sep).join("/");
    if (!path.endsWith(".ts") || path.endsWith(".test.ts") || path.endsWith(".d.ts")) continue;
    const folder = path.includes("/") ? (path.split("/")[0] ?? "") : "";
    files.push({ path, folder, text: await readFile(join(SRC, entry), "utf8") });
  }
  return files;
}

/** Modules that a file names in `import` and `export … from`. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name = ""]) => name);
}

describe("src/", () => {
  it("has ranked folders only", async () => {
    const unknown = (await sources()).filter(({ folder }) => folder && !rankOf.has(folder));
    assert.deepEqual(
      unknown.map(({ path }) => path),
      [],
    );
  });

  it("imports downwards only", async () => {
    const wrong: string[] = [];
    for (const { path, folder, text } of await sources()) {
      if (!folder) continue; // entry points at the top of src may import anything
      for (const target of importsOf(text).filter((name) => name.startsWith("."))) {
        const to = relative(SRC, join(SRC, dirname(path), target)).split(sep)[0] ?? "";
        if (to === ".." || to === folder) continue;
        const lower = (rankOf.get(to) ?? Infinity) < (rankOf.get(folder) ?? -1);
        if (!lower) wrong.push(`${path} imports ${target}: ${to} is not below ${folder}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("knows its runtime in src/runtime and the entries only", async () => {
    const wrong: string[] = [];
    for (const { path, folder, text } of await sources()) {
      if (!folder || folder === "runtime") continue;
      for (const name of importsOf(text)) {
        if (name.startsWith("node:") && NODE_MODULES[path] !== name) wrong.push(`${path}: ${name}`);
      }
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "").replace(GLOBALS[path] ?? "", "");
      if (/\b(?:Bun|Deno|process|Buffer)\.\w/.test(code)) {
        wrong.push(`${path}: a global of one runtime`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("imports hono in service and app only, valibot where options are declared", async () => {
    const allowed: Record<string, string[]> = {
      hono: ["service", "app", ""],
      valibot: ["model", "source", "cache", "service", "config", "seed", ""],
    };
    const wrong: string[] = [];
    for (const { path, folder, text } of await sources()) {
      for (const name of importsOf(text)) {
        if (allowed[name] && !allowed[name].includes(folder)) wrong.push(`${path}: ${name}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
});
