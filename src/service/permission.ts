import { within } from "../core/async.ts";
import type { Context } from "../core/context.ts";
import { RequestError } from "../core/errors.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { Authorizer, AuthService, Decision, LayerPermission } from "../model/auth.ts";
import type { Handler } from "../model/service.ts";
import type { Extent } from "../srs/extent.ts";
import { respond } from "./responses.ts";

/** Something that can be done with a layer, as decisions name it. */
export type Feature = "map" | "featureinfo" | "legendgraphic" | "tile";

export interface Question {
  readonly service: AuthService;
  /** Names of what would really be shown: groups resolved. */
  readonly layers: readonly string[];
  /** What part of the world is asked for; absent for documents. */
  readonly extent?: Extent | undefined;
}

/** What a client may do, as far as one request is concerned. */
export interface Grant {
  /** `none`: nothing at all; `partial`: ask {@linkcode permits} for each layer. */
  readonly kind: "full" | "partial" | "none";
  /** False where the answer depends on who asked: shared caches must not keep it. */
  readonly isPublic: boolean;
  /** Limits everything, on top of the limits of layers. */
  readonly limitedTo: Coverage | undefined;
  readonly layers: ReadonlyMap<string, LayerPermission>;
}

/**
 * Asks the authorizer; the only place that does, for every service and operation.
 *
 * Fails closed: a decision that says anything but what is agreed counts as `none`, a partial one
 * without layers permits none, and one that does not come while the request lives is an error.
 *
 * @throws RequestError with status 401 if the client must say first who it is
 * @throws whatever the authorizer throws: nothing is shown then
 */
export async function askPermission(
  authorizer: Authorizer,
  question: Question,
  ctx: Context,
): Promise<Grant> {
  if (!authorizer.restricts) return EVERYTHING;
  const { service, layers, extent } = question;
  const decision = await within(ctx.signal, () =>
    authorizer.authorize(service, layers, extent, ctx),
  );
  return toGrant(decision);
}

/** Whether `feature` of the named layer is permitted; layers without a name only by `full`. */
export function permits(grant: Grant, layer: string | undefined, feature: Feature): boolean {
  if (grant.kind === "full") return true;
  if (grant.kind === "none" || layer === undefined) return false;
  const permission = grant.layers.get(layer);
  if (!permission) return false;
  // Authorizers written for the reference know no legends: who sees a map may see its legend.
  if (feature === "legendgraphic" && permission.legendgraphic === undefined) {
    return permission.map === true;
  }
  return permission[feature] === true;
}

/** Limit of one layer, without that of the whole answer. */
export function layerLimit(grant: Grant, layer: string | undefined): Coverage | undefined {
  return layer === undefined ? undefined : grant.layers.get(layer)?.limitedTo;
}

/**
 * Limit of a tile: that of its layer, else that of the whole answer, never both.
 */
export function tileLimit(grant: Grant, layer: string): Coverage | undefined {
  return layerLimit(grant, layer) ?? grant.limitedTo;
}

/**
 * For requests about exactly one layer.
 *
 * @throws RequestError with status 403 if `feature` of `layer` is not permitted
 */
export function requirePermission(grant: Grant, layer: string, feature: Feature): void {
  if (!permits(grant, layer, feature)) throw refused(403);
}

/** Names of `layers` that are permitted, in their order. */
export function permitted(
  grant: Grant,
  layers: readonly string[],
  feature: Feature,
): readonly string[] {
  return grant.kind === "full" ? layers : layers.filter((name) => permits(grant, name, feature));
}

/** The error for a client that must say who it is (401), or that may not do what it asks (403). */
export function refused(status: 401 | 403): RequestError {
  return new RequestError(
    undefined,
    status === 401 ? "unauthorized" : "forbidden",
    undefined,
    status,
  );
}

/** The answer to a refused request, the same in every protocol; `undefined` for other errors. */
export function refusalResponse(error: unknown): Response | undefined {
  if (!(error instanceof RequestError) || error.ows !== undefined) return undefined;
  if (error.status !== 401 && error.status !== 403) return undefined;
  return respond(error.message, "text/plain", { status: error.status, noCache: true });
}

/** The handler, with refusals turned into answers. */
export function withRefusals(handler: Handler): Handler {
  return async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      const response = refusalResponse(error);
      if (response) return response;
      throw error;
    }
  };
}

const NO_LAYERS: ReadonlyMap<string, LayerPermission> = new Map();
const EVERYTHING: Grant = {
  kind: "full",
  isPublic: true,
  limitedTo: undefined,
  layers: NO_LAYERS,
};

function toGrant(decision: Decision): Grant {
  const grant = { isPublic: false, limitedTo: undefined, layers: NO_LAYERS };
  switch (decision?.authorized) {
    case "full":
      return { kind: "full", ...grant };
    case "unauthenticated":
      throw refused(401);
    case "partial": {
      const { layers, limitedTo } = decision;
      return { kind: "partial", isPublic: false, limitedTo, layers: layers ?? NO_LAYERS };
    }
    default:
      return { kind: "none", ...grant };
  }
}
