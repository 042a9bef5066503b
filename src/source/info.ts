import { bboxHeight, bboxWidth } from "../geo/bbox.ts";
import type { InfoDocument, InfoQuery } from "../model/source.ts";
import type { Srs } from "../srs/srs.ts";
import { transformBBox, transformPoint } from "../srs/transform.ts";
import { knownSrs } from "./negotiated.ts";

/** Kind of document that a MIME type stands for. */
export function documentType(mime: string | undefined): InfoDocument["type"] {
  switch (mime?.split(";")[0]?.trim().toLowerCase()) {
    case "text/xml":
    case "application/xml":
    case "application/gml+xml":
    case "application/vnd.ogc.gml":
      return "xml";
    case "text/html":
      return "html";
    case "application/json":
      return "json";
    default:
      return "text";
  }
}

/** Position on the ground of the pixel asked about, in the reference system of the query. */
export function pointOf({ at, bbox, size }: InfoQuery): [x: number, y: number] {
  return [
    bbox[0] + (at[0] / size[0]) * bboxWidth(bbox),
    bbox[3] - (at[1] / size[1]) * bboxHeight(bbox),
  ];
}

/**
 * The question in a reference system that the server knows. One that is equal to a known one keeps the client's
 * code, unlike that of a map: so the reference asks.
 */
export function negotiateInfo(
  query: InfoQuery,
  server: {
    /** Empty: all. */
    readonly supportedSrs: readonly Srs[];
    bestSrs(target: Srs, available: readonly Srs[]): Srs;
  },
): InfoQuery {
  if (knownSrs(server.supportedSrs, query.srs)) return query;
  return reproject(query, server.bestSrs(query.srs, server.supportedSrs));
}

/** The same question in another reference system: same width, square pixels, the nearest pixel. */
function reproject(query: InfoQuery, srs: Srs): InfoQuery {
  const [x, y] = transformPoint(...pointOf(query), query.srs, srs);
  const bbox = transformBBox(query.bbox, query.srs, srs);
  const width = query.size[0];
  const height = Math.trunc((width * bboxHeight(bbox)) / bboxWidth(bbox));
  const column = ((x - bbox[0]) / bboxWidth(bbox)) * width;
  const row = ((bbox[3] - y) / bboxHeight(bbox)) * height;
  const at = [roundHalfEven(column), roundHalfEven(row)] as const;
  return { ...query, srs, bbox, size: [width, height], at };
}

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
