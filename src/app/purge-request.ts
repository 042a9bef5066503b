import type { LayerStore, PurgeParts } from "../config/build-purge.ts";
import { RequestError } from "../core/errors.ts";
import type { BBox } from "../geo/bbox.ts";
import type { ServiceRequest } from "../model/service.ts";
import type { Selection } from "../seed/levels.ts";
import type { Srs } from "../srs/srs.ts";

/** What to forget. */
export interface Purge {
  readonly stores: readonly LayerStore[];
  readonly levels: Selection;
  /** `undefined`: everywhere. */
  readonly area: { readonly bbox: BBox; readonly srs: Srs } | undefined;
  /** ms since 1970: only what is older; `undefined`: all. */
  readonly before: number | undefined;
}

const PARAMETERS = ["layer", "cache", "levels", "bbox", "srs", "before"];

/** @throws RequestError if the parameters make no sense */
export async function readPurge(request: ServiceRequest, parts: PurgeParts): Promise<Purge> {
  const params = new URLSearchParams(request.query);
  for (const [name, value] of new URLSearchParams((await request.form?.()) ?? "")) {
    params.append(name, value);
  }
  for (const name of params.keys()) {
    if (!PARAMETERS.includes(name)) {
      throw wrong(`unknown parameter ${name}: expected ${PARAMETERS.join(", ")}`);
    }
    if (params.getAll(name).length > 1) throw wrong(`parameter ${name} is given twice`);
  }
  const [layer, cache] = [params.get("layer"), params.get("cache")];
  if ((layer === null) === (cache === null)) throw wrong("name a layer or a cache, one of them");
  const chosen = parts.stores.filter((store) =>
    cache === null ? store.layers.includes(layer ?? "") : store.cache === cache,
  );
  if (chosen.length === 0) {
    throw new RequestError(undefined, "there is no such layer or cache", undefined, 404);
  }
  return {
    stores: chosen,
    levels: readLevels(params.get("levels")),
    area: readArea(params.get("bbox"), params.get("srs"), parts.srs),
    before: readTime(params.get("before")),
  };
}

function readLevels(text: string | null): Selection {
  if (text === null) return {};
  const [, from, to = from] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text) ?? [];
  if (from === undefined || Number(from) > Number(to)) {
    throw wrong(`levels ${text}: expected 5 or 5-9`);
  }
  return { from: Number(from), to: Number(to) };
}

function readArea(bbox: string | null, code: string | null, srs: PurgeParts["srs"]): Purge["area"] {
  if (bbox === null) return undefined;
  const [minx, miny, maxx, maxy, ...more] = bbox.split(",").map((word) => Number(word || NaN));
  const box = [minx, miny, maxx, maxy] as unknown as BBox;
  if (more.length > 0 || !box.every(Number.isFinite) || !(box[0] < box[2] && box[1] < box[3])) {
    throw wrong(`bbox ${bbox}: expected minx,miny,maxx,maxy`);
  }
  try {
    return { bbox: box, srs: srs(code ?? "EPSG:4326") };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrong(`srs ${code}: there is no such system`);
  }
}

function readTime(text: string | null): number | undefined {
  if (text === null) return undefined;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw wrong(`before ${text}: expected a time such as 2026-01-31T12:00:00Z`);
  return time;
}

/** The parameters make no sense. */
export function wrong(message: string): RequestError {
  return new RequestError(undefined, message);
}
