import type { Context } from "../core/context.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { Extent } from "../srs/extent.ts";

/** Operations that are asked about, one name for each service and kind of request. */
export type AuthService =
  | "wms.map"
  | "wms.featureinfo"
  | "wms.legendgraphic"
  | "wms.capabilities"
  | "tms"
  | "kml"
  | "wmts"
  | "wmts.featureinfo"
  | "ogcapi"
  | "ogcapi.map"
  | "demo";

/** What may be done with one layer; a feature that is absent is denied. */
export interface LayerPermission {
  readonly map?: boolean;
  readonly featureinfo?: boolean;
  readonly legendgraphic?: boolean;
  readonly tile?: boolean;
  readonly limitedTo?: Coverage | undefined;
}

export type Decision =
  | { readonly authorized: "full" | "none" | "unauthenticated" }
  | {
      readonly authorized: "partial";
      readonly layers: ReadonlyMap<string, LayerPermission>;
      readonly limitedTo?: Coverage | undefined;
    };

/** Decides about a request; throws when it cannot tell, which denies. */
export interface Authorizer {
  /** False where everything is allowed to everybody: answers may be cached publicly. */
  readonly restricts: boolean;
  authorize(
    service: AuthService,
    layers: readonly string[],
    extent: Extent | undefined,
    ctx: Context,
  ): Promise<Decision>;
}
