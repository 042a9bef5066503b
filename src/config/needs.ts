import { ConfigError, type Fault } from "../core/errors.ts";
import type { Capability, Platform } from "../platform/platform.ts";
import type { BuildOrder } from "./link.ts";
import type { Config } from "./schema.ts";

interface Kind {
  readonly type: string;
  readonly needs: readonly Capability[];
}

/**
 * Checks that the platform offers what every kind in use needs.
 *
 * @throws ConfigError with one fault a cache or source that cannot run here
 */
export function checkNeeds(
  config: Pick<Config, "caches" | "sources" | "kinds">,
  order: Pick<BuildOrder, "caches" | "sources">,
  platform: Platform,
): void {
  const faults: Fault[] = [];
  const check = (path: string, kinds: readonly Kind[], type: string | undefined): void => {
    const missing = kinds
      .find((kind) => kind.type === type)
      ?.needs.filter((need) => platform[need] === undefined);
    if (!missing || missing.length === 0) return;
    const able = kinds
      .filter(({ needs }) => needs.every((need) => platform[need] !== undefined))
      .map((kind) => kind.type);
    const message = `Cannot use type "${type}": it needs ${missing.join(" and ")}, which ${platform.name} lacks; use ${able.join(", ")}`;
    faults.push({ path, message, severity: "error" });
  };
  for (const name of order.caches) {
    const cache = config.caches[name];
    if (!cache?.disable_storage)
      check(`caches.${name}.cache.type`, config.kinds.cacheTypes, cache?.cache.type);
  }
  for (const name of order.sources) {
    check(`sources.${name}.type`, config.kinds.sourceTypes, config.sources[name]?.type);
  }
  if (faults.length > 0) throw new ConfigError(faults);
}
