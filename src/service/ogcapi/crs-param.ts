import type { Srs } from "../../srs/srs.ts";
import { codeOfCrsUri } from "../../srs/uri.ts";
import { type ApiParams, apiError, single } from "./params.ts";

/**
 * A reference system as requests name it: a URI of the OGC, a safe CURIE (`[EPSG:4326]`), or a code.
 *
 * @returns `undefined` if the parameter is not given
 * @throws RequestError `Invalid Parameter` if there is no such system
 */
export function readCrs(
  params: ApiParams,
  name: "crs" | "bbox-crs" | "center-crs" | "subset-crs",
  srs: (code: string) => Srs,
): Srs | undefined {
  const text = single(params, name);
  if (text === undefined) return undefined;
  try {
    return srs(codeOf(text));
  } catch {
    throw apiError("Invalid Parameter", `${name} is not a valid CRS`);
  }
}

/** @throws RequestError if the text is neither a URI of a system, nor a code */
function codeOf(text: string): string {
  const isUri = /^https?:/.test(text);
  const code = isUri ? codeOfCrsUri(text) : (/^\[(.+)\]$/.exec(text)?.[1] ?? text);
  if (!/^[\w.-]{1,40}:[\w.-]{1,40}$/.test(code)) throw new RangeError(`${code} is no code`);
  // The one system with two names: as `CRS:84` it is known to be EPSG:4326 with x first.
  return /^OGC:CRS84$/i.test(code) ? "CRS:84" : code;
}
