import type { Log } from "../core/context.ts";
import { formatFields } from "./log.ts";
import { INI_LEVELS, type Logger, type LogHandler, type LogTarget } from "./log-ini.ts";

export interface LoggerLogOptions {
  /** Called once for each target. */
  open(target: LogTarget): (line: string) => void;
  /** ms since 1970. */
  readonly now: () => number;
  readonly pid: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** The event that has a form of its own. */
const UPSTREAM_REQUEST = "upstream-request";

interface Entry {
  readonly time: number;
  readonly level: "DEBUG" | "INFO" | "WARNING" | "ERROR";
  readonly logger: string;
  readonly message: string;
}

/** The log whose events go where loggers send them: each to the logger of the part it comes from. */
export function loggerLog(loggers: ReadonlyMap<string, Logger>, options: LoggerLogOptions): Log {
  const writers = openAll(loggers, options);
  const routes = new Map<string, Route>();
  const routeTo = (logger: string): Route => {
    const route = routes.get(logger) ?? routeOf(loggers, logger);
    routes.set(logger, route);
    return route;
  };
  const at =
    (level: Entry["level"]): Log["info"] =>
    (event, fields = {}) => {
      const logger = loggerOf(event, fields);
      const route = routeTo(logger);
      if (INI_LEVELS[level] < route.level) return;
      const entry = {
        time: options.now(),
        level,
        logger,
        message: messageOf(event, fields, level),
      };
      for (const handler of route.handlers) {
        if (INI_LEVELS[level] < handler.level) continue;
        writers.get(handler.target)?.(formatted(handler, entry, options.pid));
      }
    };
  return { debug: at("DEBUG"), info: at("INFO"), warn: at("WARNING"), error: at("ERROR") };
}

function messageOf(event: string, fields: Fields, level: Entry["level"]): string {
  if (event === UPSTREAM_REQUEST) return requestLine(fields);
  return `${event}${formatFields(fields, level === "ERROR" ? "error" : "info")}`;
}

/** Handlers that share a file share its writer. */
function openAll(loggers: ReadonlyMap<string, Logger>, { open }: LoggerLogOptions) {
  const byName = new Map<string, (line: string) => void>();
  const writers = new Map<LogTarget, (line: string) => void>();
  for (const { handlers } of loggers.values()) {
    for (const { target } of handlers) {
      const name = target.kind === "file" ? `file ${target.path}` : target.kind;
      const writer = byName.get(name) ?? open(target);
      byName.set(name, writer);
      writers.set(target, writer);
    }
  }
  return writers;
}

interface Route {
  /** Least level. */
  readonly level: number;
  readonly handlers: readonly LogHandler[];
}

/** From a logger up to the root: the first level that is set, the handlers until one keeps its events. */
function routeOf(loggers: ReadonlyMap<string, Logger>, name: string): Route {
  const handlers: LogHandler[] = [];
  let level = 0;
  let isOpen = true;
  for (let at: string | undefined = name; at !== undefined; at = above(at)) {
    const logger = loggers.get(at);
    if (!logger) continue;
    level ||= logger.level;
    if (isOpen) handlers.push(...logger.handlers);
    isOpen &&= logger.propagate;
  }
  return { level: level || INI_LEVELS.WARNING, handlers };
}

function above(name: string): string | undefined {
  if (name === "") return undefined;
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}

/** Parts of the program by the words their events begin with, the first that fits; whole sentences are faults of configurations. */
const LOGGERS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^${UPSTREAM_REQUEST}$`), "mapproxy.source.request"],
  [/^(?:source|legend|tileset|tile-source|no-image|tls)-/, "mapproxy.source"],
  [/^(?:coverage|expired-tiles)-/, "mapproxy.config.coverage"],
  [/ |^(?:configuration|option|grid|demo|restart|watching|duplicate|wmts)\b/, "mapproxy.config"],
  [/^(?:cache|tile|stale|redis|couchdb|lock|locks)-/, "mapproxy.cache"],
  [/^seed-/, "mapproxy.seed"],
  [/^(?:request|layer|background)(?:-|$)/, "mapproxy.wsgiapp"],
];

function loggerOf(event: string, fields: Fields): string {
  const name = LOGGERS.find(([pattern]) => pattern.test(event))?.[1] ?? "mapproxy.system";
  const part = name === "mapproxy.cache" ? fields.cache : undefined;
  return typeof part === "string" ? `${name}.${part}` : name;
}

/** `GET http://host/path?query 200 12.3 45`: method, URL, status, kB, ms; `-` for what is not known. */
function requestLine(fields: Fields): string {
  const { method, url, status, kib, ms } = fields;
  const size = typeof kib === "number" ? kib.toFixed(1) : undefined;
  const words = [method, String(url).replaceAll(" ", ""), status, size, ms];
  return words.map((word) => (word === undefined ? "-" : String(word))).join(" ");
}

const FIELD = /%\((\w+)\)([-0]?\d*)(?:\.\d+)?[sdf]|%%/g;

function formatted(handler: LogHandler, entry: Entry, pid: number): string {
  return handler.format.replace(FIELD, (text, name?: string, width = "") => {
    if (name === undefined) return "%";
    const value = fieldOf(name, { handler, entry, pid });
    if (value === undefined) return text;
    const length = Math.abs(Number(width));
    return width.startsWith("-") ? value.padEnd(length) : value.padStart(length);
  });
}

function fieldOf(
  name: string,
  { handler, entry, pid }: { handler: LogHandler; entry: Entry; pid: number },
): string | undefined {
  switch (name) {
    case "asctime":
      return timeText(entry.time, handler.dateFormat);
    case "created":
      return (entry.time / 1000).toFixed(3);
    case "msecs":
      return String(entry.time % 1000);
    case "levelname":
      return entry.level;
    case "levelno":
      return String(INI_LEVELS[entry.level]);
    case "name":
      return entry.logger;
    case "process":
      return String(pid);
    case "message":
      return entry.message;
    default:
      return undefined;
  }
}

/** Local time. */
function timeText(ms: number, format: string | undefined): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const parts: Record<string, string> = {
    Y: String(date.getFullYear()),
    y: two(date.getFullYear() % 100),
    m: two(date.getMonth() + 1),
    d: two(date.getDate()),
    H: two(date.getHours()),
    M: two(date.getMinutes()),
    S: two(date.getSeconds()),
    b: date.toLocaleString("en", { month: "short" }),
    a: date.toLocaleString("en", { weekday: "short" }),
    z: zone(date),
    "%": "%",
  };
  if (format) return format.replace(/%(.)/g, (text, part: string) => parts[part] ?? text);
  const { Y, m, d, H, M, S } = parts;
  return `${Y}-${m}-${d} ${H}:${M}:${S},${String(ms % 1000).padStart(3, "0")}`;
}

/** `+0100`. */
function zone(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const clock = Math.floor(Math.abs(minutes) / 60) * 100 + (Math.abs(minutes) % 60);
  return `${minutes < 0 ? "-" : "+"}${String(clock).padStart(4, "0")}`;
}
