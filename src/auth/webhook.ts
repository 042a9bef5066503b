import type { Context, Incoming } from "../core/context.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { Authorizer, Decision, LayerPermission } from "../model/auth.ts";
import type { Platform } from "../platform/platform.ts";

/** Where a client may see something, as the service writes it. */
export interface LimitedTo {
  readonly srs: string;
  /** `[minx, miny, maxx, maxy]`, WKT of polygons, or a GeoJSON polygon. */
  readonly geometry: unknown;
}

/** ms until a decision must be there: a service that hangs denies. */
const TIMEOUT = 10_000;

/** Longest answer in bytes. */
const MAX_ANSWER = 1 << 20;

/**
 * Asks another service about every request: POST of JSON, answer in JSON.
 *
 * Whatever is not a decision (another status, no JSON, too late) is an error, and an error shows
 * nothing.
 *
 * @param url of the service; trusted
 * @param area reads a geometry
 */
export function webhookAuthorizer(
  url: string,
  platform: Pick<Platform, "fetch">,
  area: (limit: LimitedTo) => Coverage,
): Authorizer {
  return {
    restricts: true,
    async authorize(service, layers, extent, ctx) {
      const answer = await post(url, platform, ctx, {
        service,
        layers,
        query_extent: extent ? [extent.srs.code, extent.bbox] : null,
        environ: environment(ctx.incoming),
      });
      return toDecision(answer, area);
    },
  };
}

async function post(
  url: string,
  platform: Pick<Platform, "fetch">,
  ctx: Context,
  body: unknown,
): Promise<unknown> {
  const response = await platform.fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(TIMEOUT)]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`Cannot authorize: the service answered with status ${response.status}`);
  }
  const text = await response.text();
  if (text.length > MAX_ANSWER) throw new Error("Cannot authorize: the answer is too long");
  return JSON.parse(text);
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
  for (const [name, value] of incoming.headers) {
    environ[`HTTP_${name.toUpperCase().replaceAll("-", "_")}`] = value;
  }
  return environ;
}

function toDecision(answer: unknown, area: (limit: LimitedTo) => Coverage): Decision {
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
          legendgraphic: features.legendgraphic === true,
          tile: features.tile === true,
          limitedTo: limit ? area(limit as LimitedTo) : undefined,
        });
      }
      const limitedTo = limited_to ? area(limited_to as LimitedTo) : undefined;
      return { authorized, layers: permissions, limitedTo };
    }
    default:
      return { authorized: "none" };
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
