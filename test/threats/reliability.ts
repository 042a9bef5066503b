/**
 * Runs the tests of the threat list on each runtime and writes docs/reliability.md.
 *
 * usage: bun test/threats/reliability.ts [OUTPUT-OF-A-SOAK [OUTPUT-OF-A-CRASH-LOOP]]
 *
 * RHUMB_DENO and RHUMB_NODE name the other runtimes; one that is absent is left out, and the page says so.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What the rows of the list are about. */
const ROWS: Readonly<Record<string, string>> = {
  T1: "requests that make the server ask other hosts",
  T2: "XML with entities, without end, without bottom",
  T3: "pictures and encodings that unpack to far more than they are",
  T4: "parameters without sense or measure",
  T5: "paths out of the cache",
  T6: "two requests with one cache key",
  T7: "scripts in demo, errors, feature info",
  T8: "line breaks in headers; headers of upstream servers",
  T9: "poisoned hosts, prefixes and caches",
  T10: "matchers that take more than linear time",
  T11: "upstream servers and clients that are slow or never end",
  T12: "upstream answers that are cut, wrong or no pictures",
  T13: "tiles that say 'map not available'",
  T14: "stores that are full, read-only or refuse",
  T15: "processes that are killed while they write",
  T16: "a thousand requests for one cold tile",
  T17: "locks of the dead, of nobody, under clocks that step",
  T18: "times in the future",
  T19: "seeds of 10^12 tiles, areas of 10^5 corners",
  T20: "layers that one service denies and another shows",
  T21: "more maps than can be drawn",
  T22: "secrets in logs, errors and documents",
  T23: "configurations that attack",
  T24: "packages that are not what was looked at",
  T25: "archives, bundles and databases of garbage",
};

/** Command and leading arguments of a runtime's test runner. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  Bun: [join(root, "node_modules/.bin/bun"), "test", "--timeout", "60000"],
  Deno: [process.env.RHUMB_DENO ?? "deno", "test", "-A", "--no-check"],
  Node: [process.env.RHUMB_NODE ?? "node", "--test"],
};

/** Numbers of tests as runners print them: bun ("12 pass"), deno ("(12 steps)"), node ("ℹ pass 12"). */
const COUNTS = {
  passed: /^ *(\d+) pass$|\| \d+ passed \((\d+) steps?\)|^(?:#|ℹ) pass (\d+)/m,
  failed: /^ *(\d+) fail$|\| (\d+) failed|^(?:#|ℹ) fail (\d+)/m,
} as const;

/** `12 pass`, or what went wrong. */
function run(runtime: string, file: string): Promise<string> {
  const [command = "", ...args] = RUNTIMES[runtime] ?? [];
  const env = { ...process.env, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(
      command,
      [...args, file],
      { cwd: root, env, timeout: 300_000, maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        const of = (kind: keyof typeof COUNTS) =>
          Number(COUNTS[kind].exec(`${stdout}\n${stderr}`)?.slice(1).find(Boolean) ?? 0);
        const [passed, failed] = [of("passed"), of("failed")];
        const isGood = !error && passed > 0;
        resolve(isGood ? `${passed} pass` : `${passed} pass, **${Math.max(1, failed)} fail**`);
      },
    );
  });
}

/** Test files that name a row in the title of a test, with the rows they name, and all of this directory. */
function testFiles(): { file: string; rows: readonly string[] }[] {
  return ["src", "test"]
    .flatMap((directory) =>
      readdirSync(join(root, directory), { recursive: true, encoding: "utf8" }).map((name) =>
        join(root, directory, name),
      ),
    )
    .filter((path) => path.endsWith(".test.ts") && !/node_modules|e2e/.test(path))
    .map((path) => ({ file: relative(root, path), rows: rowsOf(readFileSync(path, "utf8")) }))
    .filter(({ file, rows }) => rows.length > 0 || file.startsWith("test/threats/"))
    .toSorted((a, b) => a.file.localeCompare(b.file));
}

function rowsOf(text: string): readonly string[] {
  const found = new Set<string>();
  for (const [, row = ""] of text.matchAll(/(?:"|`|threats? )(T\d+)(?=[:,)\]`" ])/g))
    found.add(row);
  const [, head = ""] = /^\/\*\* ((?:T\d+(?:, )?)+):/m.exec(text) ?? [];
  for (const row of head.split(", ")) found.add(row);
  return [...found].filter((row) => row in ROWS);
}

const files = testFiles();
const present = Object.keys(RUNTIMES).filter(
  (name) => spawnSync(RUNTIMES[name]![0]!, ["--version"]).status === 0, // each has a command
);
const results = new Map<string, readonly string[]>();
for (const { file } of files.filter((each) => each.file.startsWith("test/threats/"))) {
  console.error(file);
  results.set(file, await Promise.all(present.map((name) => run(name, file))));
}
const [soak, crash] = process.argv.slice(2);

/** The lines of a file that was written by an earlier run, as a block. */
function outputOf(path: string | undefined, wanted = /./): string {
  if (path === undefined || !existsSync(path)) return "It was not part of this run.";
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((each) => wanted.test(each));
  return `\`\`\`\n${lines.join("\n")}\n\`\`\``;
}

const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const page = `# Reliability

Written by \`bun test/threats/reliability.ts\` from a run of the tests on ${present.join(", ")}. What is attacked, what must hold and
which limits there are: [security.md](security.md).

## Rows of the threat list

${line(["row", "attack or fault", "tests"])}
|---|---|---|
${Object.entries(ROWS)
  .map(([row, what]) => {
    const own = files.filter(({ rows }) => rows.includes(row)).map(({ file }) => `\`${file}\``);
    return line([row, what, own.join("<br>") || "none"]);
  })
  .join("\n")}

## Results

Tests outside \`test/threats\` run with \`npm test\`.

${line(["file", ...present])}
|---|${present.map(() => "---|").join("")}
${[...results].map(([file, cells]) => line([`\`${file}\``, ...cells])).join("\n")}

## Load

\`bun test/bench/soak.ts MINUTES\` starts the default configuration with an empty cache and two workers, and asks over 64 connections for
tiles, maps in four systems and things that must fail. A worker is killed every 30 s: the memory, that of both, falls then and grows
again while its successor warms up. Longest times are those of requests whose lock or connection a killed worker had.

${outputOf(soak)}

## Crashes

\`RHUMB_CRASH_RUNS=1000 bun test/threats/t15-crash.test.ts\` (below the test runner: \`bun test\`) kills a writing process that often over all stores
on disk; the normal run does it a few times.

${outputOf(crash, /^\(?(?:pass|fail)|^ *\d+ (?:pass|fail)/)}
`;
writeFileSync(join(root, "docs/reliability.md"), page);
process.exitCode = [...results.values()].flat().some((result) => result.includes("fail")) ? 1 : 0;
