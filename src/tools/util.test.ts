import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runTool } from "../../test/tools.ts";
import { UTILITIES, util } from "./util.ts";

describe("util()", () => {
  it("tools 1: No arguments: command table, exit 1; `--version` exit 1", async () => {
    for (const argv of [[], ["--help"], ["-h"]]) {
      const { code, out } = await runTool(util, argv);
      assert.equal(code, 1);
      assert.match(out, /^Usage: .* COMMAND \[options\]\n\nCommands:\n {2}\S/);
    }
    const version = await runTool(util, ["--version"]);
    assert.deepEqual([version.code, version.out.split(" ")[0]], [1, "Rhumb"]);
  });

  it("tools 3: All ten sub-commands listed with help, in the reference's order", async () => {
    const { out } = await runTool(util, []);
    const names = [...out.matchAll(/^ {2}(\S+) {2,}\S/gm)].map(([, name]) => name);
    assert.deepEqual(names, [
      "serve-develop",
      "serve-multiapp-develop",
      "create",
      "scales",
      "wms-capabilities",
      "grids",
      "export",
      "autoconfig",
      "defrag-compact-cache",
      "gridconf-from-ogcapitilematrixset",
    ]);
  });

  it("tools 2: Unknown command message on stdout, exit 1", async () => {
    const { code, out, err } = await runTool(util, ["toString"]);
    assert.deepEqual([code, err], [1, ""]);
    assert.match(out, /Commands:\n[\s\S]*\nERROR: unknown command toString$/);
  });

  it("every utility answers --help with 0 and wrong options with 2", async () => {
    for (const name of Object.keys(UTILITIES)) {
      const help = await runTool(util, [name, "--help"]);
      assert.equal(help.code, 0, name);
      assert.ok(help.out.startsWith(`Usage: rhumb ${name} `), help.out);
      const wrong = await runTool(util, [name, "--no-such-option"]);
      assert.equal(wrong.code, 2, name);
      assert.match(wrong.err, /^Usage: [\s\S]*error: no such option: --no-such-option$/);
    }
  });
});
