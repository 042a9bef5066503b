/** Functions by which an embedding program decides about requests; webhooks speak the same as JSON. */
import type { BBox } from "../geo/bbox.ts";
import type { AuthService } from "./auth.ts";
import type { Decorator } from "./service.ts";

/** What is asked for, and by whom. */
export interface Question {
  readonly service: AuthService;
  /** Names of what would be shown, groups resolved; all for capabilities, none for the demo. */
  readonly layers: readonly string[];
  /** Code of the reference system, and bbox with x east and y north; `null` for documents. */
  readonly query_extent: readonly [srs: string, bbox: BBox] | null;
  /** The request in the names of CGI; headers as `HTTP_*`. */
  readonly environ: Readonly<Record<string, string>>;
}

/** An area as an answer writes it. */
export interface Limit {
  readonly srs: string;
  /** `[minx, miny, maxx, maxy]`, WKT of polygons, or a GeoJSON polygon. */
  readonly geometry: unknown;
}

/** What may be done with a layer; what is absent is denied. */
export interface AllowedLayer {
  readonly map?: boolean;
  readonly featureinfo?: boolean;
  /** Where absent, whoever sees the map may see its legend. */
  readonly legendgraphic?: boolean;
  readonly tile?: boolean;
  readonly limited_to?: Limit | null;
}

/** A decision, as MapProxy's `authorize` callback gives it. */
export interface Answer {
  readonly authorized: "full" | "partial" | "none" | "unauthenticated";
  /** For `partial`: by name. */
  readonly layers?: Readonly<Record<string, AllowedLayer>>;
  readonly limited_to?: Limit | null;
}

/**
 * Decides about one request. It is asked for every service and operation, before anything is shown.
 *
 * @param signal aborts when the client has gone, or the time is over
 */
export type AuthorizeFunction = (
  question: Question,
  signal: AbortSignal,
) => Answer | Promise<Answer>;

/** Changes a picture on its way out. */
export type DecorateFunction = (
  picture: {
    /** PNG with all colours. */
    readonly data: Uint8Array;
    readonly width: number;
    readonly height: number;
    readonly transparent: boolean;
  },
  about: Omit<Question, "service"> & { readonly service: DecoratedService },
  signal: AbortSignal,
) => Promise<Uint8Array | undefined>;

/** Operations whose pictures are decorated. */
export type DecoratedService = Parameters<Decorator>[1]["service"];

/** What an embedding program may give to an application. */
export interface Hooks {
  readonly authorize?: AuthorizeFunction | undefined;
  readonly decorate?: DecorateFunction | undefined;
}
