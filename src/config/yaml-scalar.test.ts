import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boolean, numeric, plainScalar } from "./yaml-scalar.ts";

describe("plainScalar()", () => {
  // expected values were made with an independent YAML 1.1 reader
  const cases: [string, unknown][] = [
    ["yes", true],
    ["On", true],
    ["TRUE", true],
    ["no", false],
    ["Off", false],
    ["y", "y"],
    ["n", "n"],
    ["yEs", "yEs"],
    ["0777", 511],
    ["010", 8],
    ["08", "08"],
    ["0x1F", 31],
    ["-0x10", -16],
    ["0b101", 5],
    ["0o17", "0o17"],
    ["1_000", 1000],
    ["_1", "_1"],
    ["+12", 12],
    ["-0", 0],
    ["00", 0],
    ["1:30", 90],
    ["1:60", "1:60"],
    ["0:30", "0:30"],
    ["190:20:30", 685230],
    ["1:30.5", 90.5],
    ["1e5", "1e5"],
    ["1.5e3", "1.5e3"],
    ["12e03", "12e03"],
    ["1.0e+5", 100000],
    ["1.e+5", 100000],
    ["1.5e+3", 1500],
    ["685.230_15e+03", 685230.15],
    [".5", 0.5],
    ["-.5", "-.5"],
    ["+.5", "+.5"],
    ["1.", 1],
    ["-1.5", -1.5],
    [".inf", Infinity],
    ["-.INF", -Infinity],
    [".nan", Number.NaN],
    ["1.2.3", "1.2.3"],
    ["0.0.0", "0.0.0"],
    ["0x", "0x"],
    ["~", null],
    ["", null],
    ["null", null],
    ["Null", null],
    ["nULL", "nULL"],
    ["2010-10-21", "2010-10-21"],
    ["2010-10-21T12:35:00", "2010-10-21T12:35:00"],
    ["EPSG:4326", "EPSG:4326"],
    ["-", "-"],
    ["http://x/?a=1", "http://x/?a=1"],
  ];
  for (const [word, value] of cases) {
    it(`reads ${JSON.stringify(word)} as ${JSON.stringify(value)}`, () => {
      assert.deepEqual(plainScalar(word), value);
    });
  }
});

describe("numeric() and boolean()", () => {
  it("are undefined for words", () => {
    assert.equal(numeric("ten"), undefined);
    assert.equal(boolean("y"), undefined);
  });
});
