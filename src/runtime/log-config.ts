import { openSync, readFileSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Log } from "../core/context.ts";
import { LogIniError, type LogTarget, readLogIni } from "../observe/log-ini.ts";
import { loggerLog } from "../observe/logger-log.ts";
import { systemClock } from "./local.ts";

/**
 * The log that a logging configuration of the reference's form describes.
 *
 * @param path of the file
 * @param here directory that `%(here)s` stands for; by default that of the file
 * @throws LogIniError if it cannot be read, understood or followed
 */
export function logFrom(path: string, here = dirname(path)): Log {
  const file = { path, here: resolve(here) };
  try {
    return loggerLog(readLogIni(readFileSync(path, "utf8"), file), {
      open: openTarget,
      now: systemClock.now,
      pid: process.pid,
    });
  } catch (error) {
    throw error instanceof LogIniError ? error : new LogIniError(path, (error as Error).message);
  }
}

/** Lines are written one by one, each in one piece: several processes may share a file. */
function openTarget(target: LogTarget): (line: string) => void {
  if (target.kind === "stdout") return console.log;
  if (target.kind === "stderr") return console.error;
  const descriptor = openSync(target.path, target.mode);
  return (line) => void writeSync(descriptor, `${line}\n`);
}
