import type { ServerConfig } from "../config/schema-parts.ts";
import type { Log } from "../core/context.ts";
import { createLog, LOG_FORMATS, LOG_LEVELS } from "../observe/log.ts";
import type { Platform } from "../platform/platform.ts";
import { systemClock } from "./local.ts";

/** The log on standard error; the environment wins over the configuration. */
export function serverLog(server: ServerConfig, env: Platform["env"]): Log {
  return createLog({
    level: LOG_LEVELS.find((level) => level === env.RHUMB_LOG) ?? server.log_level,
    format: LOG_FORMATS.find((format) => format === env.RHUMB_LOG_FORMAT) ?? server.log_format,
    write: (line) => console.error(line),
    now: systemClock.now,
  });
}
