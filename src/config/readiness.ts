import { mapLimit } from "../core/async.ts";
import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import { createHttpClient } from "../http/create.ts";
import type { BuiltCache } from "./build-caches.ts";
import type { BuildContext } from "./build-context.ts";

/** Whether everything that answers depend on is there. */
export interface Readiness {
  readonly isReady: boolean;
  readonly parts: readonly PartState[];
}

export interface PartState {
  /** `cache osm`, `source terrain`. */
  readonly part: string;
  /** What is wrong; names no URL. */
  readonly fault?: string;
}

/** Seconds that one part gets to answer. */
const PATIENCE = 3;

/** ms for which an answer is given again: probes of several machines shall not become a load. */
const KEPT = 5000;

/** Parts that are asked at the same time. */
const PARALLEL = 8;

/**
 * Asks every cache for a tile and every source for anything.
 *
 * A cache is there if it says whether it has the tile. A source is there if its server answers at
 * all with a status below 500: without parameters many say that the request is wrong, which is an answer.
 *
 * @param sources names of those that are used
 */
export function readinessCheck(
  context: BuildContext,
  caches: ReadonlyMap<string, BuiltCache>,
  sources: readonly string[],
): () => Promise<Readiness> {
  let last: { readonly at: number; readonly readiness: Readiness } | undefined;
  const { clock } = context.platform;
  const checks = [...cacheChecks(caches), ...sourceChecks(context, sources)];

  return async () => {
    if (last && clock.now() - last.at < KEPT) return last.readiness;
    const ctx = {
      signal: AbortSignal.timeout(PATIENCE * 1000),
      log: context.log,
      waitUntil: () => {},
    };
    const parts = await mapLimit(checks, PARALLEL, ([part, check]) => stateOf(part, check, ctx));
    const readiness = { isReady: parts.every(({ fault }) => fault === undefined), parts };
    last = { at: clock.now(), readiness };
    return readiness;
  };
}

type Check = readonly [part: string, check: (ctx: Context) => Promise<unknown>];

async function stateOf(part: string, check: Check[1], ctx: Context): Promise<PartState> {
  const late = new Promise<never>((_, reject) => {
    ctx.signal.addEventListener("abort", () => reject(new Error("no answer in time")));
  });
  try {
    await Promise.race([check(ctx), late]);
    return { part };
  } catch (error) {
    return { part, fault: (error as Error).message };
  }
}

function* cacheChecks(caches: ReadonlyMap<string, BuiltCache>): Generator<Check> {
  for (const [name, { managers }] of caches) {
    for (const { settings } of managers) {
      const { cache } = settings;
      if (cache) yield [`cache ${name}`, (ctx) => cache.get({ x: 0, y: 0, level: 0 }, ctx)];
    }
  }
}

function* sourceChecks(context: BuildContext, sources: readonly string[]): Generator<Check> {
  for (const name of sources) {
    const options = context.config.sources[name];
    const url = urlOf(options);
    if (!options || url === undefined) continue; // draws by itself
    const certificates = options.http.ssl_ca_certs;
    const client = createHttpClient(
      {
        ...options.http,
        ssl_ca_certs: certificates && context.path(certificates),
        client_timeout: PATIENCE,
        concurrent_requests: 0,
        pool: context.pool,
      },
      context.platform,
      name,
    );
    yield [
      `source ${name}`,
      async (ctx) => {
        try {
          await client.request(url, { method: "GET" }, ctx);
        } catch (error) {
          const status = error instanceof SourceError ? error.status : undefined;
          if (status === undefined || status >= 500) throw error;
        }
      },
    ];
  }
}

/** Where a source asks, with anything in place of the parameters. */
function urlOf(options: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const request = options?.req as { url?: unknown } | undefined;
  const url = request?.url ?? options?.url;
  if (typeof url !== "string" || !/^https?:/i.test(url)) return undefined;
  return url.replace(/%\(\w+\)s|\{\w+\}/g, "0");
}
