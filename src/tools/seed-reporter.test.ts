import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Progress } from "../seed/report.ts";
import type { Task } from "../seed/task.ts";
import { lineReporter } from "./seed-reporter.ts";

const progress = (fraction: number): Progress => ({
  ...{ fraction, level: 3, bbox: [0, 0, 1, 1], tiles: 10, made: 10, failed: 0, path: [] },
});

describe("lineReporter()", () => {
  it("seeding 17: a line a second, with -q every 30 s, with -qq none, and one at the end", () => {
    for (const [quiet, expected] of [
      [0, 61],
      [1, 4],
      [2, 0],
    ] as const) {
      let now = 0;
      const lines: string[] = [];
      const reporter = lineReporter({
        terminal: { out: (line) => lines.push(line), err: assert.fail },
        session: { isTerminal: true, write: () => {} },
        clock: { now: () => now, sleep: async () => {} },
        quiet,
      });
      // lines say nothing of the task
      for (; now < 60_000; now += 100) reporter.progress({} as Task, progress(now / 60_000));
      reporter.progress({} as Task, progress(0.999));
      reporter.progress({} as Task, progress(1));
      assert.equal(lines.length, quiet === 0 ? expected + 1 : expected, `quiet ${quiet}`);
    }
  });
});
