import { RequestError } from "../core/errors.ts";
import type { Srs } from "./srs.ts";

const PREFIX = "http://www.opengis.net/def/crs/";

/**
 * The OGC's URI of a system (OGC 09-048r7): `EPSG:25832` is
 * `http://www.opengis.net/def/crs/EPSG/0/25832`, `OGC:CRS84` has version 1.3, and the version of
 * `IAU_2015` is that of the authority.
 */
export function crsUri({ code }: Pick<Srs, "code">): string {
  const colon = code.lastIndexOf(":");
  const authority = code.slice(0, colon);
  const name = code.slice(colon + 1);
  if (authority === "CRS" || authority === "OGC") {
    return `${PREFIX}OGC/1.3/${name === "84" ? "CRS84" : name}`;
  }
  const iau = /^IAU_(.+)$/.exec(authority);
  return iau ? `${PREFIX}IAU/${iau[1]}/${name}` : `${PREFIX}${authority}/0/${name}`;
}

/**
 * The code behind an OGC URI; versions are dropped, but for `IAU`, where they are a part of the code.
 *
 * @throws RequestError if the text is no such URI
 */
export function codeOfCrsUri(uri: string): string {
  const [, authority, version, code] =
    /^https?:\/\/www\.opengis\.net\/def\/crs\/([^/]+)\/([^/]*)\/([^/]+)$/.exec(uri) ?? [];
  if (authority === undefined || code === undefined) {
    throw new RequestError(undefined, `${uri} is not a OGC CRS URL`);
  }
  return authority === "IAU" ? `IAU_${version}:${code}` : `${authority}:${code}`;
}
