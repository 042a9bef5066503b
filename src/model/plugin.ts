import type { CacheType, ServiceType, SourceType } from "./define.ts";
import type { DemoExtension } from "./service.ts";

/** A command of `rhumb` that a plug-in adds. */
export interface PluginCommand {
  /** One sentence for the list of commands. */
  readonly about: string;
  /** @returns exit code */
  run(argv: readonly string[]): Promise<number>;
}

/**
 * What a module adds to Rhumb: kinds of sources, caches and services as those of Rhumb itself declare
 * themselves (`defineSource()` and so on), commands, parts of the demo, and a look at every request.
 *
 * A module that the configuration names under `plugins` exports one as `plugin`.
 */
export interface Plugin {
  readonly name: string;
  readonly sources?: readonly SourceType[];
  readonly caches?: readonly CacheType[];
  readonly services?: readonly ServiceType[];
  /** By the word after `rhumb`. */
  readonly commands?: Readonly<Record<string, PluginCommand>>;
  readonly demo?: DemoExtension;
  /** Sees each request before anything else, and gives the one that is answered. */
  readonly intercept?: (request: Request) => Request | Promise<Request>;
}

/** Whether something that a module exports can be a plug-in. */
export function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const plugin = value as Record<string, unknown>;
  const { name, sources, caches, services, commands, demo, intercept } = plugin;
  return (
    typeof name === "string" &&
    [sources, caches, services].every((list) => list === undefined || Array.isArray(list)) &&
    [commands, demo].every((part) => part === undefined || (typeof part === "object" && !!part)) &&
    (intercept === undefined || typeof intercept === "function")
  );
}
