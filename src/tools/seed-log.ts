import type { Log } from "../core/context.ts";
import { LOG_LEVELS, type LogLevel, lineLog } from "../observe/log.ts";
import { localTime } from "../seed/report.ts";

/**
 * A log whose lines look as those of mapproxy-seed: `[2026-01-31 16:48:26,123] rhumb - WARNING - …`.
 *
 * @param least level below which nothing is written
 */
export function seedLog(least: LogLevel, write: (line: string) => void, now: () => number): Log {
  return lineLog(
    least,
    (line) => {
      const [, level = "", text = ""] = /^\S+ (\S+) ([\s\S]*)$/.exec(line) ?? [];
      const at = now();
      const ms = String((at % 1000) | 0).padStart(3, "0");
      write(`[${localTime(at)},${ms}] rhumb - ${levelName(level)} - ${text}`);
    },
    now,
  );
}

function levelName(level: string): string {
  const known = LOG_LEVELS.find((name) => name === level);
  return known === "warn" ? "WARNING" : level.toUpperCase();
}
