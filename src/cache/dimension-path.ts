import { RequestError } from "../core/errors.ts";
import type { Dimensions } from "../model/source.ts";

/** Longest value in characters, and longest path component: file systems end at 255 bytes. */
const MAX_VALUE = 512;
const MAX_COMPONENT = 200;

/**
 * Directories that keep tiles of different dimension values apart, with trailing slash: one a
 * dimension, `time-2020-08-25/dim_level-700/`; empty without dimensions.
 *
 * Two different sets of dimensions never share a directory, and no directory of one lies where a
 * tile of another does: values come from clients.
 *
 * @throws RequestError if a value could leave the cache directory or be taken for another value
 */
export function dimensionPath(dimensions: Dimensions | undefined): string {
  if (!dimensions) return "";
  const keys = Object.keys(dimensions);
  if (keys.length === 0) return "";
  let path = "";
  for (const key of keys.sort(byKind)) {
    const value = dimensions[key] ?? "";
    if (!isSafeKey(key) || !isSafeValue(value)) {
      throw new RequestError(
        undefined,
        "Dimension parameter value contains illegal characters",
        key,
      );
    }
    // The first hyphen ends the key, so one within the key must not look like it.
    path += `${key.replaceAll("-", "%2D")}-${value}/`;
  }
  return path;
}

/** Plain names (`time`, `elevation`) by code point, then those that start with `dim_`. */
function byKind(a: string, b: string): number {
  const kind = Number(a.startsWith("dim_")) - Number(b.startsWith("dim_"));
  return kind || (a < b ? -1 : 1);
}

function isSafeKey(key: string): boolean {
  return key.length > 0 && key.length <= MAX_COMPONENT / 2 && !hasUnsafe(key) && !/[/\\]/.test(key);
}

function isSafeValue(value: string): boolean {
  if (value.length === 0 || value.length > MAX_VALUE || hasUnsafe(value)) return false;
  const parts = value.split(/[/\\]/);
  if (parts.includes("..")) return false;
  const components = value.split("/");
  return (
    components.every(
      (component, i) =>
        new TextEncoder().encode(component).length <= MAX_COMPONENT &&
        (i === 0 ||
          // what POSIX normalisation would drop
          (component !== "" &&
            component !== "." &&
            // what could be the directory of a further dimension, or a tile
            !/^(time|elevation|dim_[^-]*)-/i.test(component) &&
            !/\.[a-z][\w.+-]*$/i.test(component))),
    ) && !(components.length > 1 && components[0] === ".")
  );
}

/** Control characters (NUL ends a path in C). */
function hasUnsafe(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true;
  return false;
}
