import { transformInfo } from "../featureinfo/transform.ts";
import { resolutionRange } from "../grid/scales.ts";
import { createHttpClient } from "../http/create.ts";
import { ConfigFault, type SourceDeps } from "../model/define.ts";
import type { Source } from "../model/source.ts";
import { type BuildContext, reading } from "./build-context.ts";

/** How a source is used: what it is asked for, and which of its layers. */
export interface SourceUse {
  /** `undefined`: drawn directly, in the format of each request. */
  readonly requestFormat: string | undefined;
  readonly tag: string | undefined;
}

export interface SourceBuilder {
  /** @throws ConfigError if its options cannot be used */
  build(name: string, use: SourceUse): Promise<Source>;
}

/** Makes sources from their options; each use is a source of its own, with shared pictures and limits. */
export function sourceBuilder(context: BuildContext): SourceBuilder {
  const { config, platform, log } = context;
  const shared = new Map<string, Map<string, unknown>>();
  const built = new Map<string, Promise<Source>>();

  async function make(name: string, use: SourceUse): Promise<Source> {
    const options = config.sources[name];
    const type = config.kinds.sourceTypes.find((kind) => kind.type === options?.type);
    if (!options || !type) throw new ConfigFault("", `unknown source "${name}"`);
    const values = shared.get(name) ?? new Map<string, unknown>();
    shared.set(name, values);
    const { http, concurrent_requests } = options;
    const certificates = http.ssl_ca_certs;
    const deps: SourceDeps = {
      name,
      platform,
      log,
      http: createHttpClient(
        {
          ...http,
          ssl_ca_certs: certificates && context.path(certificates),
          concurrent_requests,
          pool: context.pool,
        },
        platform,
        name,
      ),
      requestFormat: use.requestFormat,
      taggedLayers: use.tag,
      coverage: await reading(`sources.${name}.coverage`, () => context.coverage(options.coverage)),
      resolutions: resolutionRange(options),
      imageOptions: context.imageOptions,
      grid: context.grid,
      srs: context.srs,
      bestSrs: context.bestSrs,
      path: context.path,
      global: context.global,
      transformInfo,
      shared(key, produce) {
        if (!values.has(key)) values.set(key, produce());
        return values.get(key) as ReturnType<typeof produce>;
      },
    };
    const source = await type.create(options, deps);
    return options.seed_only && !context.seeding ? silent(source) : source;
  }

  return {
    build(name, use) {
      const key = JSON.stringify([name, use.requestFormat, use.tag]);
      const known = built.get(key) ?? reading(`sources.${name}`, () => make(name, use));
      built.set(key, known);
      return known;
    },
  };
}

/** A source for seeding, while serving: it draws nothing, but still knows features and legends. */
function silent(source: Source): Source {
  return {
    ...source,
    map: { metaTiles: true, isOpaque: () => false, get: async () => undefined },
  };
}
