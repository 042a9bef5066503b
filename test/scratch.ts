import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];
process.on("exit", () => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

/** A new empty directory, absolute; removed when the process ends. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), "rhumb-test-"));
  made.push(path);
  return path;
}
