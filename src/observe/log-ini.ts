/**
 * Logging configured by a file of the reference's form: sections for loggers, handlers and formatters, as
 * `rhumb create -t log-ini` makes one.
 */

/** Where lines go. */
export type LogTarget =
  | { readonly kind: "stdout" }
  | { readonly kind: "stderr" }
  | { readonly kind: "file"; readonly path: string; readonly mode: "a" | "w" };

/** Levels in their order; what has none takes everything. */
export const INI_LEVELS = { NOTSET: 0, DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 };

/** A sink for the lines of loggers. */
export interface LogHandler {
  readonly target: LogTarget;
  readonly level: number;
  /** With `%(message)s` and other fields. */
  readonly format: string;
  /** Of `%(asctime)s`, as `strftime` has it; `undefined`: `2026-01-31 12:00:00,123`. */
  readonly dateFormat: string | undefined;
}

/** What happens with the events of one part of the program and its sub-parts. */
export interface Logger {
  /** Dotted; empty for the root. */
  readonly name: string;
  /** 0: that of the part above. */
  readonly level: number;
  readonly handlers: readonly LogHandler[];
  /** The handlers of the parts above get the events too. */
  readonly propagate: boolean;
}

/** The file cannot be used. */
export class LogIniError extends Error {
  constructor(path: string, reason: string) {
    super(`Cannot use logging configuration ${path}: ${reason}`);
  }
}

/**
 * @param file `here` is the directory that `%(here)s` stands for
 * @returns loggers by name, the root among them
 * @throws LogIniError that names the section at fault
 */
export function readLogIni(
  text: string,
  file: { readonly path: string; readonly here: string },
): ReadonlyMap<string, Logger> {
  const ini = new Ini(readSections(text, file.path), file);
  const handlers = readHandlers(ini);
  const loggers = new Map<string, Logger>();
  for (const name of ini.names("loggers")) {
    const section = ini.section("logger", name);
    const logger: Logger = {
      name: name === "root" ? "" : (section.get("qualname") ?? name),
      level: ini.level(section, `logger_${name}`),
      propagate: section.get("propagate") !== "0",
      handlers: words(section.get("handlers")).map((handler) => {
        const known = handlers.get(handler);
        if (!known) throw ini.fault(`[logger_${name}]: there is no handler ${handler}`);
        return known;
      }),
    };
    loggers.set(logger.name, logger);
  }
  if (!loggers.has("")) throw ini.fault("[loggers] names no root");
  return loggers;
}

function readHandlers(ini: Ini): Map<string, LogHandler> {
  const formatters = new Map(
    ini.names("formatters").map((name) => [name, ini.section("formatter", name)]),
  );
  const handlers = new Map<string, LogHandler>();
  for (const name of ini.names("handlers")) {
    const section = ini.section("handler", name);
    const wanted = section.get("formatter");
    const formatter = formatters.get(wanted ?? "");
    if (wanted && !formatter) {
      throw ini.fault(`[handler_${name}]: there is no formatter ${wanted}`);
    }
    handlers.set(name, {
      target: ini.target(name, section),
      level: ini.level(section, `handler_${name}`),
      format: formatter?.get("format") ?? "%(message)s",
      dateFormat: formatter?.get("datefmt"),
    });
  }
  return handlers;
}

type Section = ReadonlyMap<string, string>;

class Ini {
  readonly #sections: ReadonlyMap<string, Section>;
  readonly #file: { readonly path: string; readonly here: string };

  constructor(sections: ReadonlyMap<string, Section>, file: { path: string; here: string }) {
    this.#sections = sections;
    this.#file = file;
  }

  fault(reason: string): LogIniError {
    return new LogIniError(this.#file.path, reason);
  }

  /** Names that `keys` of a section lists. */
  names(kind: "loggers" | "handlers" | "formatters"): string[] {
    const section = this.#sections.get(kind);
    if (!section) throw this.fault(`section [${kind}] is missing`);
    return words(section.get("keys"));
  }

  section(kind: string, name: string): Section {
    const section = this.#sections.get(`${kind}_${name}`);
    if (!section) throw this.fault(`section [${kind}_${name}] is missing`);
    return section;
  }

  level(section: Section, name: string): number {
    const word = (section.get("level") ?? "NOTSET").toUpperCase();
    const known = { ...INI_LEVELS, WARN: INI_LEVELS.WARNING, FATAL: INI_LEVELS.CRITICAL };
    const level = Object.entries(known).find(([level]) => level === word)?.[1];
    if (level !== undefined) return level;
    throw this.fault(`[${name}]: level ${word} is none of ${Object.keys(INI_LEVELS).join(", ")}`);
  }

  /** `class` and `args` of a handler. */
  target(name: string, section: Section): LogTarget {
    const kind = section.get("class")?.replace(/^logging\./, "");
    const args = (section.get("args") ?? "").replaceAll("%(here)s", this.#file.here);
    if (kind === "StreamHandler") {
      const stream = /^\(\s*(?:sys\.(stdout|stderr)\s*,?)?\s*\)$/.exec(args || "()");
      if (stream) return stream[1] === "stdout" ? { kind: "stdout" } : { kind: "stderr" };
    } else if (kind === "FileHandler") {
      const file = /^\(\s*r?(["'])(.+?)\1\s*(?:,\s*(["'])([aw])\3\s*)?,?\s*\)$/.exec(args);
      if (file?.[2]) {
        const path = file[2].startsWith("/") ? file[2] : `${this.#file.here}/${file[2]}`;
        return { kind: "file", path, mode: file[4] === "w" ? "w" : "a" };
      }
    } else {
      throw this.fault(
        `[handler_${name}]: class ${kind ?? "is missing"}: StreamHandler and FileHandler are supported`,
      );
    }
    throw this.fault(`[handler_${name}]: ${kind} cannot have args ${args}`);
  }
}

/** Sections of `key = value` or `key: value`; lines that are indented go on with the value before. */
function readSections(text: string, path: string): Map<string, Section> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const name = /^\[([^\]]+)\]\s*$/.exec(line)?.[1];
    const [pair, word = "", value = ""] = /^(\S[^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) {
      section = new Map();
      sections.set(name, section);
      key = undefined;
    } else if (section && key !== undefined && /^\s/.test(line)) {
      section.set(key, `${section.get(key)}\n${line.trim()}`);
    } else if (section && pair !== undefined) {
      key = word.toLowerCase();
      section.set(key, value);
    } else throw new LogIniError(path, `line ${i + 1} is neither a section nor a setting`);
  }
  return sections;
}

function words(list = ""): string[] {
  return list
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
}
