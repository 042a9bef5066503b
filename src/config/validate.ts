import * as v from "valibot";
import type { Fault } from "../core/errors.ts";
import { didYouMean } from "../core/text.ts";
import { child, emptyMap, isMap, type Path, type Plain, plainText } from "./plain.ts";
import { faultAt, type RawConfig } from "./read.ts";
import { show, wordIssue } from "./report.ts";
import {
  allowsMap,
  allowsNull,
  chooseMember,
  isMapShape,
  type Shape,
  shapeOf,
  unwrap,
  variantTypes,
} from "./shape.ts";

/** A checked value with what was found on the way; no `value` if there was an error. */
export interface Validated<T> {
  readonly value: T | undefined;
  readonly faults: readonly Fault[];
}

/**
 * Checks a file against its schema: all faults at once.
 *
 * Two things come before the types. An empty value where a mapping belongs is an empty mapping
 * (`http:` alone in a line). An unknown key is left out: with a warning in YAML, because a
 * `mapproxy.yaml` loads in spite of it, and as an error in TOML, our own format.
 */
export function validate<S extends v.GenericSchema>(
  raw: RawConfig,
  schema: S,
): Validated<v.InferOutput<S>> {
  const tidy = new Tidy(raw);
  tidy.value(shapeOf(schema), raw.value, []);
  const faults = [...tidy.faults];
  const known = new Set(faults.map((fault) => fault.path));
  const result = v.safeParse(schema, raw.value);
  for (const issue of result.issues ?? []) {
    for (const { path, message } of wordIssue(issue)) {
      const fault = faultAt(raw, path, { message, severity: "error" });
      if (!known.has(fault.path)) faults.push(fault);
    }
  }
  const sound = result.success && !faults.some((fault) => fault.severity === "error");
  return { value: sound ? result.output : undefined, faults };
}

/** Prepares a plain value, in place, for a schema. */
class Tidy {
  readonly faults: Fault[] = [];
  readonly #raw: RawConfig;

  constructor(raw: RawConfig) {
    this.#raw = raw;
  }

  /** `value`, or what stands in for it. */
  value(shape: Shape, value: Plain, path: Path): Plain {
    if (value === null) {
      if (allowsNull(shape) || !allowsMap(shape)) return value;
      if (path[0] === "services" && path.length === 1) return value; // reported below
      return this.value(shape, emptyMap(), path);
    }
    const inner = unwrap(shape, value);
    if (inner.type === "union" || inner.type === "variant") {
      const member = chooseMember(inner, value);
      if (member) return this.value(member, value, path);
      if (inner.type === "variant") this.#unknownType(inner, value, path);
      return value;
    }
    if (Array.isArray(value)) {
      if (isMapShape(inner)) return this.#notAList(value, path);
      this.#items(inner, value, path);
    } else if (isMap(value)) this.#entries(inner, value, path);
    return value;
  }

  /** A mapping stands in for the list, so that the faults of the rest are found too. */
  #notAList(value: Plain[], path: Path): Plain {
    this.#report(path, `Cannot use ${show(value)}: expected a mapping, not a list`, "error");
    return emptyMap();
  }

  #items(shape: Shape, list: Plain[], path: Path): void {
    for (let i = 0; i < list.length; i++) {
      const item = shape.type === "tuple" ? shape.items?.[i] : shape.item;
      if (item) list[i] = this.value(item, list[i]!, [...path, i]); // i is below the length
    }
  }

  #entries(shape: Shape, map: Record<string, Plain>, path: Path): void {
    for (const key of Object.keys(map)) {
      const entry = shape.type === "record" ? shape.value : ownEntry(shape, key);
      if (entry)
        map[key] = this.value(entry, map[key]!, [...path, key]); // own key
      else if (shape.type === "strict_object") this.#unknownKey(shape, map, [...path, key]);
    }
  }

  #unknownKey(shape: Shape, map: Record<string, Plain>, path: Path): void {
    const key = String(path.at(-1));
    const near = didYouMean(key, Object.keys(shape.entries ?? {}));
    const isService = path[0] === "services" && path.length === 2;
    const strict = this.#raw.syntax === "toml" || path[0] === "server" || isService;
    const message = isService
      ? `unknown service: ${key}${near}`
      : `Unknown key "${key}"${near.replace(/^ \((.*)\)$/, ": $1")}`;
    this.#report(path, message, strict ? "error" : "warning");
    delete map[key];
  }

  /** A mapping whose `type` is missing or names no kind. */
  #unknownType(shape: Shape, value: Plain, path: Path): void {
    const types = variantTypes(shape);
    const key = String(shape.key);
    if (!isMap(value)) return; // a matter of plain types
    const type = child(value, key);
    if (type === undefined) {
      const what = Object.keys(value).length === 0 ? "Empty mapping: expected" : "Missing";
      this.#report(path, `${what} key "${key}": one of ${types.join(", ")}`, "error");
    } else {
      const near = didYouMean(plainText(type), types);
      const message = `Cannot use ${JSON.stringify(type)}: expected ${types.join(", ")}${near}`;
      this.#report([...path, key], message, "error");
    }
  }

  #report(path: Path, message: string, severity: Fault["severity"]): void {
    this.faults.push(faultAt(this.#raw, path, { message, severity }));
  }
}

function ownEntry(shape: Shape, key: string): Shape | undefined {
  return shape.entries && Object.hasOwn(shape.entries, key) ? shape.entries[key] : undefined;
}
