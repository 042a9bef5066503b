/**
 * Runs the property tests again and again, each time from other seeds, until the time is over or one fails.
 *
 * usage: bun test/threats/fuzz.ts [MINUTES]     (10)
 *
 * All test files that use fast-check take part: readers of requests, configurations, pictures, FastCGI, bundles and
 * databases among them. What fails is printed with its seed and the smallest case that fails; make that a test.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Rounds of those tests that count them themselves. */
const ROUNDS = "100";

const files = ["src", "test"]
  .flatMap((directory) =>
    readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" }).map((name) =>
      join(ROOT, directory, name),
    ),
  )
  .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules"))
  .filter((path) => readFileSync(path, "utf8").includes("fast-check"))
  .map((path) => relative(ROOT, path));

const end = Date.now() + Number(process.argv[2] ?? 10) * 60_000;
let rounds = 0;
while (Date.now() < end) {
  for (const file of files) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["test", "--timeout", "600000", file],
      { cwd: ROOT, encoding: "utf8", env: { ...process.env, RHUMB_FUZZ_ROUNDS: ROUNDS } },
    );
    if (status !== 0) {
      console.log(`${file} failed in round ${rounds + 1}:\n${stdout}\n${stderr}`);
      process.exit(1);
    }
    if (Date.now() > end) break;
  }
  rounds++;
}
console.log(`${files.length} files, ${rounds} rounds: nothing was found`);
