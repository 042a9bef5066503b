import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonLog, lineLog, withFields } from "./log.ts";

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

describe("jsonLog()", () => {
  const lines = (act: (log: ReturnType<typeof jsonLog>) => void): Record<string, unknown>[] => {
    const written: string[] = [];
    act(
      jsonLog(
        "info",
        (line) => written.push(line),
        () => 0,
      ),
    );
    return written.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it("writes one object a line, whatever the fields hold", () => {
    const [line] = lines((log) =>
      log.info("request", { path: "/a\nb", status: 200, none: undefined }),
    );
    assert.deepEqual(line, {
      time: "1970-01-01T00:00:00.000Z",
      level: "info",
      event: "request",
      path: "/a\nb",
      status: 200,
    });
  });

  it("names the causes of an error, and its stack at level error only", () => {
    const error = new Error("Cannot read tile", { cause: new Error("disk gone") });
    const [warning, fault] = lines((log) => {
      log.warn("x", { error });
      log.error("x", { error });
    }) as { error: { message: string; stack?: string } }[];
    assert.deepEqual(warning?.error, { message: "Cannot read tile: disk gone" });
    assert.match(fault?.error.stack ?? "", /log\.test/);
  });
});

describe("withFields()", () => {
  it("adds fields to every event", () => {
    const [line] = logged((log) => withFields(log, { request: "abc" }).warn("lost", { level: 3 }));
    assert.match(line ?? "", /lost request=abc level=3$/);
  });
});
