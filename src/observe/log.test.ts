import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lineLog } from "./log.ts";

function logged(act: (log: ReturnType<typeof lineLog>) => void): string[] {
  const lines: string[] = [];
  act(
    lineLog(
      "info",
      (line) => lines.push(line),
      () => 0,
    ),
  );
  return lines;
}

describe("lineLog()", () => {
  it("writes time, level, event and fields", () => {
    assert.deepEqual(
      logged((log) => log.warn("tile-lost", { cache: "osm", level: 3 })),
      ["1970-01-01T00:00:00.000Z warn tile-lost cache=osm level=3"],
    );
  });

  it("drops what is below the least level", () => {
    assert.deepEqual(
      logged((log) => log.debug("detail")),
      [],
    );
  });

  it("keeps an event on one line whatever the fields hold", () => {
    const [line = ""] = logged((log) => log.info("request", { path: "/a\n2026 error forged" }));
    assert.equal(line.split("\n").length, 1);
  });

  it("names the causes of an error", () => {
    const error = new Error("Cannot read tile", { cause: new Error("disk gone") });
    assert.match(logged((log) => log.warn("x", { error }))[0]!, /Cannot read tile: disk gone/);
  });
});
