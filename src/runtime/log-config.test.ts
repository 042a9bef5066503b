import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LogIniError } from "../observe/log-ini.ts";
import { logFrom } from "./log-config.ts";

describe("logFrom()", () => {
  it("appends to files beside the configuration, and empties those of mode w", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "rhumb-log-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const template = readFileSync(new URL("../../etc/templates/log.ini", import.meta.url), "utf8");
    const ini = join(folder, "log.ini");
    writeFileSync(ini, template);
    for (const event of ["first-thing", "second-thing"]) logFrom(ini).info(event);
    const lines = readFileSync(join(folder, "mapproxy.log"), "utf8").trim().split("\n");
    assert.deepEqual(
      lines.map((line) => line.replace(/^[-\d]+ [:\d]+,\d{3}/, "TIME")),
      [
        "TIME - INFO - mapproxy.system - first-thing",
        "TIME - INFO - mapproxy.system - second-thing",
      ],
    );
    writeFileSync(ini, template.replace('mapproxy.log", "a"', 'mapproxy.log", "w"'));
    logFrom(ini).info("third-thing");
    assert.match(readFileSync(join(folder, "mapproxy.log"), "utf8"), /^[^\n]+third-thing\n$/);
  });

  it("says what file it cannot read, or cannot write", (t) => {
    assert.throws(
      () => logFrom("/nowhere/log.ini"),
      /Cannot use logging configuration \/nowhere\/log.ini: ENOENT/,
    );
    const folder = mkdtempSync(join(tmpdir(), "rhumb-log-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const ini = join(folder, "log.ini");
    writeFileSync(
      ini,
      readFileSync(new URL("../../etc/templates/log.ini", import.meta.url), "utf8").replace(
        "%(here)s/mapproxy.log",
        "%(here)s/none/mapproxy.log",
      ),
    );
    assert.throws(() => logFrom(ini), LogIniError);
  });
});
