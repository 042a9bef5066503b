import { ConfigError, type Fault } from "../core/errors.ts";
import { directoryOf, joinPath } from "../core/path.ts";
import type { Plugin } from "../model/plugin.ts";
import { expandEnvironment } from "./environment.ts";
import { mergeInto } from "./merge.ts";
import {
  child,
  emptyMap,
  findMark,
  formatPath,
  isMap,
  lineAt,
  lineOf,
  type Marks,
  type Path,
  type Plain,
  type PlainMap,
  type TextFile,
} from "./plain.ts";
import { type LoadModule, loadPlugins } from "./plugins.ts";
import { SyntaxFault } from "./syntax.ts";
import { parseToml } from "./toml.ts";
import { parseSimpleYaml } from "./yaml-simple.ts";

/** A file larger than this is no configuration; bytes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** More `base` files than this, counted as often as they are included, is a mistake. */
const MAX_INCLUDES = 200;

/** What reading a configuration needs of the world. */
export interface ReadDeps {
  /** `undefined` if there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** When a file was last changed: ms since 1970; `undefined` where that is not known. */
  modified?(path: string): Promise<number | undefined>;
  /** Loads the modules of `plugins`; absent where that is not possible. */
  readonly module?: LoadModule | undefined;
}

/** A configuration after its `base` files were merged, before anything was checked. */
export interface RawConfig {
  /** The main file. */
  readonly file: string;
  /** What the main file is written in: decides how strictly keys are checked. */
  readonly syntax: "yaml" | "toml";
  readonly value: PlainMap;
  readonly marks: Marks;
  /** All files that were read, the main one first. */
  readonly files: readonly { path: string; modified?: number }[];
  readonly warnings: readonly Fault[];
  /** What the modules of `plugins` add. */
  readonly plugins?: readonly Plugin[];
}

/**
 * Reads a configuration with all its `base` files: YAML (1.1) or TOML by extension, environment
 * variables expanded in each file, then merged, the including file over its bases and an earlier
 * base (with its own) over a later one.
 *
 * @throws ConfigError with all faults if a file is missing, cannot be read or includes itself
 */
export async function readConfig(path: string, deps: ReadDeps): Promise<RawConfig> {
  const reading = new Reading(deps);
  const value = await reading.load(path, []);
  const faults = reading.faults.filter((fault) => fault.severity === "error");
  if (faults.length > 0 || !value) throw new ConfigError(faults);
  const { marks, files } = reading;
  const { plugins, faults: unloaded } = await loadPlugins(
    value.plugins,
    { directory: directoryOf(path), load: deps.module },
    (at, message) => faultAt({ value, marks, file: path }, at, { message, severity: "error" }),
  );
  if (unloaded.length > 0) throw new ConfigError(unloaded);
  return {
    file: path,
    syntax: syntaxOf(path),
    value,
    marks,
    files,
    warnings: reading.faults,
    plugins,
  };
}

/** Fault at the place of `path` in the merged file. */
export function faultAt(
  raw: Pick<RawConfig, "value" | "marks" | "file">,
  path: Path,
  fault: Pick<Fault, "message" | "severity">,
): Fault {
  const mark = findMark(raw.value, raw.marks, path);
  return {
    path: formatPath(path),
    message: fault.message,
    severity: fault.severity,
    file: mark?.file.path ?? raw.file,
    line: mark && lineOf(mark),
  };
}

function syntaxOf(path: string): "yaml" | "toml" {
  return /\.toml$/i.test(path) ? "toml" : "yaml";
}

class Reading {
  readonly marks: Marks = new WeakMap();
  readonly files: { path: string; modified?: number }[] = [];
  readonly faults: Fault[] = [];
  readonly #deps: ReadDeps;
  readonly #unset = new Set<string>();
  #includes = 0;

  constructor(deps: ReadDeps) {
    this.#deps = deps;
  }

  /** One file with its bases merged below it; `undefined` if there were faults. */
  async load(path: string, chain: readonly string[]): Promise<PlainMap | undefined> {
    if (chain.includes(path)) {
      const names = [...chain.slice(chain.indexOf(path)), path].join(" -> ");
      this.#fault(path, undefined, `Cannot include a file in itself: ${names}`);
      return undefined;
    }
    if (++this.#includes > MAX_INCLUDES) {
      if (this.#includes === MAX_INCLUDES + 1) {
        this.#fault(path, undefined, `Cannot include more than ${MAX_INCLUDES} base files`);
      }
      return undefined;
    }
    const map = await this.#parse(path, chain.at(-1));
    if (!map) return undefined;
    const bases = this.#takeBases(path, map);
    let low: PlainMap | undefined;
    // the last base lies lowest
    for (const base of bases.toReversed()) {
      const value = await this.load(joinPath(directoryOf(path), base), [...chain, path]);
      if (value) low = low ? this.#merge(low, value, base) : value;
    }
    return low ? this.#merge(low, map, path) : map;
  }

  #merge(low: PlainMap, high: PlainMap, file: string): PlainMap {
    return mergeInto(low, high, {
      marks: this.marks,
      onFault: (path, message) => {
        this.faults.push(
          faultAt({ value: high, marks: this.marks, file }, path, { message, severity: "error" }),
        );
      },
    });
  }

  /** Removes `base` from a file: the paths it names. */
  #takeBases(path: string, map: PlainMap): string[] {
    const base = child(map, "base");
    const at = findMark(map, this.marks, ["base"]);
    delete map.base;
    if (base === undefined || base === null) return [];
    const list = Array.isArray(base) ? base : [base];
    if (!list.every((item) => typeof item === "string")) {
      this.#fault(path, at && lineOf(at), "Cannot use base: expected a path or a list of paths");
      return [];
    }
    return list;
  }

  async #parse(path: string, includer: string | undefined): Promise<PlainMap | undefined> {
    const bytes = await this.#deps.read(path);
    if (!bytes) {
      const by = includer === undefined ? "" : `, the base of ${includer}`;
      this.#fault(path, undefined, `Cannot find file "${path}"${by}`);
      return undefined;
    }
    const modified = await this.#deps.modified?.(path);
    if (!this.files.some((file) => file.path === path)) {
      this.files.push(modified === undefined ? { path } : { path, modified });
    }
    const text = bytes.length > MAX_FILE_BYTES ? undefined : decodeText(bytes);
    if (text === undefined) {
      const what = bytes.length > MAX_FILE_BYTES ? "larger than 16 MiB" : "not UTF-8 text";
      this.#fault(path, undefined, `Cannot read "${path}": ${what}`);
      return undefined;
    }
    return this.#expand(await this.#parseText({ path, text }), path);
  }

  async #parseText(file: TextFile): Promise<PlainMap | undefined> {
    let value: Plain;
    try {
      value =
        syntaxOf(file.path) === "toml"
          ? parseToml(file, this.marks)
          : (parseSimpleYaml(file, this.marks) ??
            (await import("./yaml.ts")).parseFullYaml(file, this.marks));
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      const line = lineAt(file.text, error.offset);
      this.#fault(file.path, line, `${error.message} (line ${line})`);
      return undefined;
    }
    if (isMap(value)) return value;
    this.#fault(file.path, 1, "configuration not a YAML dictionary");
    return undefined;
  }

  #expand(map: PlainMap | undefined, path: string): PlainMap | undefined {
    if (!map) return undefined;
    expandEnvironment(map, this.#deps.env, (name, text, at) => {
      if (this.#unset.has(name)) return;
      this.#unset.add(name);
      const message = `Environment variable '${name}' is not set. Using fallback value: '${text}'`;
      const place = { value: map, marks: this.marks, file: path };
      this.faults.push(faultAt(place, at, { message, severity: "warning" }));
    });
    return map;
  }

  #fault(file: string, line: number | undefined, message: string): void {
    this.faults.push({ path: ".", message, severity: "error", file, line });
  }
}

/** UTF-8, or UTF-16 if a byte order mark says so; `undefined`: neither. */
function decodeText(bytes: Uint8Array): string | undefined {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined; // TypeError: not in this encoding
  }
}

/** A configuration that is at hand as a value: for tools that make one. */
export function rawConfig(file: string, value: PlainMap = emptyMap()): RawConfig {
  return {
    file,
    syntax: syntaxOf(file),
    value,
    marks: new WeakMap(),
    files: [{ path: file }],
    warnings: [],
  };
}
