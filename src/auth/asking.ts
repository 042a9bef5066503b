import { within } from "../core/async.ts";
import type { Incoming } from "../core/context.ts";
import type { Coverage } from "../coverage/coverage.ts";
import { callHook } from "../http/hook.ts";
import type { Authorizer, Decision, LayerPermission } from "../model/auth.ts";
import type { AuthorizeFunction, Question } from "../model/hooks.ts";
import type { Platform } from "../platform/platform.ts";

/** Where a client may see something, as the answer writes it. */
export interface LimitedTo {
  readonly srs: string;
  /** `[minx, miny, maxx, maxy]`, WKT of polygons, or a GeoJSON polygon. */
  readonly geometry: unknown;
}

/** Longest answer of a service in bytes. */
const MAX_ANSWER = 1 << 20;

export interface AskingOptions {
  /** ms until a decision must be there: whoever hangs denies. */
  readonly timeout: number;
  /** Reads a geometry; throws if it is none. */
  readonly area: (limit: LimitedTo) => Coverage;
}

/**
 * Asks a function about every request; the answer is that of MapProxy's `authorize` callback.
 *
 * Whatever is not a decision (a failure, no mapping, too late) is an error, and an error shows nothing.
 */
export function askingAuthorizer(
  ask: AuthorizeFunction,
  { timeout, area }: AskingOptions,
): Authorizer {
  return {
    restricts: true,
    async authorize(service, layers, extent, ctx) {
      const question: Question = {
        service,
        layers,
        query_extent: extent ? [extent.srs.code, extent.bbox] : null,
        environ: environment(ctx.incoming),
      };
      const limit = AbortSignal.any([ctx.signal, AbortSignal.timeout(timeout)]);
      return toDecision(await within(limit, async () => ask(question, limit)), area);
    },
  };
}

/** Asks another service: POST of the question as JSON, answer in JSON. */
export function askByWebhook(
  url: string,
  timeout: number,
  platform: Pick<Platform, "fetch">,
): AuthorizeFunction {
  return async (question, signal) => {
    const call = { url, body: question, timeout, maxBytes: MAX_ANSWER, signal };
    const { status, bytes } = await callHook(call, platform);
    if (status !== 200) {
      throw new Error(`Cannot authorize: the service answered with status ${status}`);
    }
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  };
}

/** The request as CGI names it (RFC 3875, 4.1). */
export function environment(incoming: Incoming | undefined): Record<string, string> {
  if (!incoming) return {};
  const environ: Record<string, string> = {
    REQUEST_METHOD: incoming.method,
    SCRIPT_NAME: incoming.mount,
    PATH_INFO: incoming.path,
    QUERY_STRING: incoming.query,
  };
  if (incoming.instance !== undefined) environ["mapproxy.instance_name"] = incoming.instance;
  for (const [name, value] of incoming.headers) {
    environ[`HTTP_${name.toUpperCase().replaceAll("-", "_")}`] = value;
  }
  return environ;
}

function toDecision(answer: unknown, area: AskingOptions["area"]): Decision {
  const { authorized, layers, limited_to } = asRecord(answer);
  switch (authorized) {
    case "full":
    case "none":
    case "unauthenticated":
      return { authorized };
    case "partial": {
      const permissions = new Map<string, LayerPermission>();
      for (const [name, value] of Object.entries(asRecord(layers))) {
        const { limited_to: limit, ...features } = asRecord(value);
        permissions.set(name, {
          map: features.map === true,
          featureinfo: features.featureinfo === true,
          // Absent is not denied here: see `permits()`.
          ...(features.legendgraphic !== undefined && {
            legendgraphic: features.legendgraphic === true,
          }),
          tile: features.tile === true,
          limitedTo: limitOf(limit, area),
        });
      }
      return { authorized, layers: permissions, limitedTo: limitOf(limited_to, area) };
    }
    default:
      return { authorized: "none" };
  }
}

/** @throws Error at anything but a limit or nothing: what cannot be read must not mean "no limit" */
function limitOf(limit: unknown, area: AskingOptions["area"]): Coverage | undefined {
  if (limit === undefined || limit === null) return undefined;
  const { srs, geometry } = asRecord(limit);
  const isBox = Array.isArray(geometry);
  if (isBox && !(geometry.length === 4 && geometry.every((n) => Number.isFinite(n)))) {
    throw new Error("Cannot authorize: limited_to.geometry needs four numbers");
  }
  if (typeof srs !== "string" || geometry === undefined || geometry === null) {
    throw new Error("Cannot authorize: limited_to needs srs and geometry");
  }
  return area({ srs, geometry });
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
