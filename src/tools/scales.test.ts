import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runTool } from "../../test/tools.ts";
import { scales } from "./scales.ts";

/** First column of the output. */
async function results(argv: readonly string[], input?: string): Promise<number[]> {
  const { code, out, err } = await runTool(scales, argv, input === undefined ? {} : { input });
  assert.deepEqual([code, err], [0, ""]);
  return out === "" ? [] : out.split("\n").map(Number.parseFloat);
}

describe("scales()", () => {
  it("tools 14: scales examples: 28, 14, 7, 3.5 as a res list", async () => {
    const { out } = await runTool(scales, ["-l", "4", "--as-res-config", "100000"]);
    assert.equal(
      out,
      `    res: [
         #  res            level     scale @90.7 DPI
           28.0000000000, #  0      100000.00000000
           14.0000000000, #  1       50000.00000000
            7.0000000000, #  2       25000.00000000
            3.5000000000, #  3       12500.00000000
    ]`,
    );
  });

  it("tools 14: scales examples: dpi 96", async () => {
    const argv = ["--dpi", "96", "100000", "50000", "25000", "10000"];
    assert.deepEqual(
      await results(argv),
      [26.4583333333, 13.2291666667, 6.6145833333, 2.6458333333],
    );
  });

  it("sorts values, the largest first", async () => {
    assert.deepEqual(await results(["1000", "3000", "2000"]), [0.84, 0.56, 0.28]);
  });

  it("tools 14: stdin mode stops at the first line that is empty or only a comment", async () => {
    assert.deepEqual(await results(["-"], "1000\n500 # half\n\n250\n"), [0.28, 0.14]);
    assert.deepEqual(await results(["-"], "# nothing\n1000\n"), []);
  });

  it("tools 14: --eval reads expressions and runs nothing", async () => {
    assert.deepEqual(await results(["--eval", "360/256", "-l", "2"]), [0.00039375, 0.000196875]);
    const { code, err } = await runTool(scales, ["--eval", "process.exit(3)"]);
    assert.equal(code, 2);
    assert.match(err, /Cannot read "process\.exit\(3\)"/);
  });

  it("tools 14: --repeat divides by 10 after each round", async () => {
    const argv = ["--repeat", "-l", "5", "10000", "5000", "2500"];
    assert.deepEqual(await results(argv), [2.8, 1.4, 0.7, 0.28, 0.14]);
  });

  it("tools 14: --unit d and --res-to-scale", async () => {
    assert.deepEqual(await results(["--unit", "d", "1000000"]), [0.0025152828]);
    assert.deepEqual(await results(["--res-to-scale", "10"]), [35714.2857142857]);
  });

  it("adds N - 1 halves to more than one value", async () => {
    assert.equal((await results(["-l", "4", "100000", "50000"])).length, 5);
    assert.equal((await results(["-l", "2", "10", "9", "8"])).length, 3);
  });

  it("no value: help, exit 1; no number, no unit: exit 2", async () => {
    const { code, out } = await runTool(scales, []);
    assert.equal(code, 1);
    assert.match(out, /^Usage: /);
    for (const argv of [["abc"], ["--dpi", "0", "1"], ["--unit", "ft", "1"]]) {
      assert.equal((await runTool(scales, argv)).code, 2, argv.join(" "));
    }
  });
});
