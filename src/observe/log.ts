import type { Log } from "../core/context.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ["text", "json"] as const;

export interface LogOptions {
  /** Level below which nothing is written. */
  readonly level: LogLevel;
  readonly format: (typeof LOG_FORMATS)[number];
  readonly write: (line: string) => void;
  /** ms since 1970. */
  readonly now: () => number;
}

/** A log in lines for people, or of one JSON object a line for machines. */
export function createLog({ level, format, write, now }: LogOptions): Log {
  return format === "json" ? jsonLog(level, write, now) : lineLog(level, write, now);
}

/** The log with fields that every event gets. */
export function withFields(log: Log, extra: Readonly<Record<string, unknown>>): Log {
  return new LogWithFields(log, extra);
}

/** A class, since each request makes one. */
class LogWithFields implements Log {
  readonly #log: Log;
  readonly #extra: Readonly<Record<string, unknown>>;

  constructor(log: Log, extra: Readonly<Record<string, unknown>>) {
    this.#log = log;
    this.#extra = extra;
  }

  debug(event: string, fields?: Record<string, unknown>): void {
    this.#log.debug(event, { ...this.#extra, ...fields });
  }

  info(event: string, fields?: Record<string, unknown>): void {
    this.#log.info(event, { ...this.#extra, ...fields });
  }

  warn(event: string, fields?: Record<string, unknown>): void {
    this.#log.warn(event, { ...this.#extra, ...fields });
  }

  error(event: string, fields?: Record<string, unknown>): void {
    this.#log.error(event, { ...this.#extra, ...fields });
  }
}

/**
 * One JSON object a line: `time` (ISO 8601), `level`, `event`, then the fields. Errors become
 * `{message, stack}`, the stack at level `error` only.
 */
export function jsonLog(least: LogLevel, write: (line: string) => void, now: () => number): Log {
  const at = (level: LogLevel): Log["info"] => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return () => {};
    return (event, fields) => {
      const line: Record<string, unknown> = { time: new Date(now()).toISOString(), level, event };
      for (const [name, value] of Object.entries(fields ?? {})) {
        if (value !== undefined)
          line[name] = value instanceof Error ? ofError(value, level) : value;
      }
      write(JSON.stringify(line));
    };
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function ofError(error: Error, level: LogLevel): { message: string; stack?: string | undefined } {
  const message = messages(error);
  return level === "error" ? { message, stack: error.stack } : { message };
}

/**
 * A log of one line an event: `2026-01-31T12:00:00.000Z warn tile-unreadable-removed cache=osm …`.
 *
 * Fields must hold no secrets: whoever logs a URL has redacted it.
 *
 * @param least level below which nothing is written
 */
export function lineLog(least: LogLevel, write: (line: string) => void, now: () => number): Log {
  const at = (level: LogLevel): Log["info"] => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return () => {};
    return (event, fields) => {
      const time = new Date(now()).toISOString();
      write(`${time} ${level} ${event}${fields ? formatFields(fields, level) : ""}`);
    };
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** ` name=value` for each field; the stack of an error follows at level `error`. */
export function formatFields(fields: Readonly<Record<string, unknown>>, level: LogLevel): string {
  let text = "";
  let stack = "";
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (value instanceof Error) {
      text += ` ${name}=${quote(messages(value))}`;
      if (level === "error" && value.stack) stack += `\n${value.stack}`;
    } else {
      text += ` ${name}=${quote(typeof value === "string" ? value : JSON.stringify(value))}`;
    }
  }
  return text + stack;
}

/** The message with those of its causes. */
function messages(error: Error): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error && parts.length < 5; at = at.cause) {
    const detail = (at as { detail?: unknown }).detail;
    parts.push(typeof detail === "string" && detail !== at.message ? detail : at.message);
  }
  return parts.join(": ");
}

/** As it is if it is one plain word, else as a JSON string: no line breaks, no control characters. */
function quote(value: string | undefined): string {
  return value !== undefined && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value ?? null);
}
