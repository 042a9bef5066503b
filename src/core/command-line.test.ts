import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeOptions, parseCommandLine, UsageError } from "./command-line.ts";

const SPECS = {
  levels: { short: "l", value: "N", type: "integer", about: "levels" },
  dpi: { short: "d", value: "DPI", about: "resolution" },
  force: { about: "overwrite", short: "x" },
  format: { about: "kind", value: "F", choices: ["a", "b"] },
  quiet: { short: "q", about: "say less" },
} as const;

const parse = (...argv: string[]) => parseCommandLine(argv, SPECS);

describe("parseCommandLine()", () => {
  it("reads every spelling of an option with a value", () => {
    for (const argv of [["--levels", "4"], ["--levels=4"], ["--lev", "4"], ["-l", "4"], ["-l4"]]) {
      assert.equal(parse(...argv).values.levels, "4", argv.join(" "));
    }
  });

  it("takes switches together, the last of them with a value", () => {
    const { values } = parse("-xql4");
    assert.deepEqual([values.force, values.quiet, values.levels], [true, true, "4"]);
  });

  it("lets words and options mix; a value may begin with a dash", () => {
    const { values, positionals } = parse("a", "-d", "-1", "-", "--", "--force");
    assert.equal(values.dpi, "-1");
    assert.deepEqual(positionals, ["a", "-", "--force"]);
    assert.equal(values.force, false);
  });

  for (const [argv, message] of [
    [["--nope"], "no such option: --nope"],
    [["-z"], "no such option: -z"],
    [["--fo"], "ambiguous option: --fo (--force, --format?)"],
    [["--levels"], "--levels option requires 1 argument"],
    [["--force=1"], "--force option does not take a value"],
    [["-l", "x"], "option -l: invalid integer value: 'x'"],
    [["--format", "c"], "option --format: invalid choice: 'c' (choose from 'a', 'b')"],
  ] as const) {
    it(`refuses ${argv.join(" ")}`, () => {
      assert.throws(() => parse(...argv), new UsageError(message));
    });
  }
});

describe("describeOptions()", () => {
  it("lines up spellings and meanings", () => {
    const text = describeOptions({ ...SPECS, dpi: { ...SPECS.dpi, default: "90" } });
    assert.match(text, /^ {2}-l N, --levels=N {3}levels$/m);
    assert.match(text, /^ {2}-d DPI, --dpi=DPI {2}resolution \(default: 90\)$/m);
  });
});
