import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { LogIniError, type LogTarget, readLogIni } from "./log-ini.ts";
import { loggerLog } from "./logger-log.ts";

const TEMPLATE = readFileSync(new URL("../../etc/templates/log.ini", import.meta.url), "utf8");
const NOON = new Date(2026, 0, 31, 12, 34, 56, 7).getTime();

/** Lines by target, for the events that `act` logs. */
function linesOf(
  ini: string,
  act: (log: ReturnType<typeof loggerLog>) => void,
): Record<string, string[]> {
  const lines: Record<string, string[]> = {};
  const open = (target: LogTarget) => {
    const name = target.kind === "file" ? `${target.path} ${target.mode}` : target.kind;
    const own: string[] = [];
    lines[name] = own;
    return (line: string) => void own.push(line);
  };
  const loggers = readLogIni(ini, { path: "log.ini", here: "/etc/maps" });
  act(loggerLog(loggers, { open, now: () => NOON, pid: 42 }));
  return lines;
}

const plain = (
  loggers: string,
  handler = "class=StreamHandler\nargs=(sys.stdout,)",
  format = "%(message)s",
) => `
[loggers]
keys = ${[...loggers.matchAll(/\[logger_(\w+)\]/g)].map(([, name]) => name).join(", ")}
[handlers]
keys = one, two
[formatters]
keys = plain
[formatter_plain]
format = ${format}
[handler_one]
formatter = plain
${handler}
[handler_two]
class: logging.StreamHandler
formatter: plain
level: ERROR
${loggers}`;

const REQUEST = {
  ...{ source: "s", method: "GET", url: "http://u.example/x?a= b", status: 200, kib: 12, ms: 34 },
};

describe("readLogIni() and loggerLog()", () => {
  it("follow the file of `create -t log-ini`: requests to sources in a file of their own", () => {
    const lines = linesOf(TEMPLATE, (log) => {
      log.info("upstream-request", REQUEST);
      log.info("upstream-request", { ...REQUEST, status: undefined, kib: undefined });
      log.warn("source-failed", { source: "s", reason: "gone" });
      log.debug("request", {});
    });
    assert.deepEqual(lines, {
      "/etc/maps/mapproxy.log a": [
        "2026-01-31 12:34:56,007 - WARNING - mapproxy.source - source-failed source=s reason=gone",
      ],
      "/etc/maps/source-requests.log a": [
        "[2026-01-31 12:34:56,007] GET http://u.example/x?a=b 200 12.0 34",
        "[2026-01-31 12:34:56,007] GET http://u.example/x?a=b - - 34",
      ],
    });
  });

  it("inherit levels and handlers by dotted names, until one does not propagate", () => {
    const loggers = (propagate: string) =>
      plain(`[logger_root]\nlevel=WARNING\nhandlers=one
[logger_cache]\nqualname=mapproxy.cache\nlevel=DEBUG\nhandlers=two\npropagate=${propagate}`);
    const act = (log: ReturnType<typeof loggerLog>) => {
      log.debug("cache-failed", { cache: "osm" });
      log.error("cache-failed", { cache: "osm" });
      log.info("source-failed");
      log.warn("source-failed");
    };
    const both = "cache-failed cache=osm";
    assert.deepEqual(linesOf(loggers("1"), act), {
      stdout: [both, both, "source-failed"],
      stderr: [both],
    });
    assert.deepEqual(linesOf(loggers("0"), act), { stdout: ["source-failed"], stderr: [both] });
  });

  it("fill formats: names, widths, dates, percent signs", () => {
    const format = "%(asctime)s|%(levelname)-8s|%(name)s|%(process)d|%%|%(message)s";
    const text = plain("[logger_root]\nlevel=INFO\nhandlers=one", undefined, format).replace(
      "[handler_one]",
      "datefmt = %d.%m.%Y %H:%M:%S\n[handler_one]",
    );
    const { stdout } = linesOf(text, (log) => log.warn("configuration", { fault: "no layers" }));
    assert.deepEqual(stdout, [
      '31.01.2026 12:34:56|WARNING |mapproxy.config|42|%|configuration fault="no layers"',
    ]);
  });

  it("takes files relative to the configuration, and a handler's mode", () => {
    const file = (args: string) =>
      Object.keys(
        linesOf(plain("[logger_root]\nhandlers=one", `class=FileHandler\nargs=${args}`), () => {}),
      );
    assert.deepEqual(file("('%(here)s/a.log', 'w')"), ["/etc/maps/a.log w"]);
    assert.deepEqual(file('(r"b.log",)'), ["/etc/maps/b.log a"]);
    assert.deepEqual(file("('/var/log/c.log', 'a')"), ["/var/log/c.log a"]);
  });

  it("says what is wrong, and where", () => {
    const root = "[logger_root]\nhandlers=one";
    const cases: [string, RegExp][] = [
      ["level=INFO", /line 1 is neither/],
      ["[loggers]\nkeys=root", /section \[formatters\] is missing/],
      [plain("[logger_root]\nhandlers=three"), /\[logger_root\]: there is no handler three/],
      [plain("[logger_root]\nlevel=LOUD"), /\[logger_root\]: level LOUD is none of NOTSET, DEBUG/],
      [plain("[logger_other]\nhandlers=one"), /names no root/],
      [plain(root, "class=handlers.SMTPHandler"), /class handlers.SMTPHandler: StreamHandler and/],
      [plain(root, "args=()"), /class is missing/],
      [plain(root, "class=FileHandler\nargs=(open('x'),)"), /FileHandler cannot have args/],
      [plain(root).replace("formatter = plain", "formatter = fancy"), /no formatter fancy/],
    ];
    for (const [text, message] of cases) {
      assert.throws(
        () => linesOf(text, () => {}),
        (error: Error) => error instanceof LogIniError && message.test(error.message),
        text,
      );
    }
  });
});
