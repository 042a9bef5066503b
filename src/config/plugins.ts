import type { Fault } from "../core/errors.ts";
import { isPlugin, type Plugin } from "../model/plugin.ts";
import type { Registries } from "./build-schema.ts";
import type { Path, Plain } from "./plain.ts";

/** Gives what a module exports; `directory` is that of the configuration. */
export type LoadModule = (specifier: string, directory: string) => Promise<unknown>;

/**
 * Loads the modules of `plugins`. What is no plug-in becomes a fault.
 *
 * @param load `undefined` where nobody can: on Workers
 * @param fault makes a fault at a place of the configuration
 */
export async function loadPlugins(
  entries: Plain | undefined,
  { directory, load }: { readonly directory: string; readonly load: LoadModule | undefined },
  fault: (path: Path, message: string) => Fault,
): Promise<{ plugins: readonly Plugin[]; faults: readonly Fault[] }> {
  const plugins: Plugin[] = [];
  const faults: Fault[] = [];
  if (!Array.isArray(entries)) return { plugins, faults }; // not there, or the schema says what is wrong
  for (const [i, entry] of entries.entries()) {
    if (typeof entry !== "string") continue;
    const path = ["plugins", i];
    if (!load) {
      faults.push(fault(path, `Cannot load plug-in "${entry}": this runtime loads no modules`));
      continue;
    }
    try {
      const { plugin } = (await load(entry, directory)) as { plugin?: unknown };
      if (isPlugin(plugin)) plugins.push(plugin);
      else {
        const message = `Cannot load plug-in "${entry}": it exports no plugin with a name`;
        faults.push(fault(path, message));
      }
    } catch (error) {
      faults.push(fault(path, `Cannot load plug-in "${entry}": ${(error as Error).message}`));
    }
  }
  return { plugins, faults };
}

/** The kinds of Rhumb and those of plug-ins; a plug-in's replaces one of the same name. */
export function withPlugins(own: Registries, plugins: readonly Plugin[]): Registries {
  return {
    sourceTypes: byType([...own.sourceTypes, ...plugins.flatMap((p) => p.sources ?? [])]),
    cacheTypes: byType([...own.cacheTypes, ...plugins.flatMap((p) => p.caches ?? [])]),
    serviceTypes: byType([...own.serviceTypes, ...plugins.flatMap((p) => p.services ?? [])]),
  };
}

function byType<T extends { readonly type: string }>(types: readonly T[]): readonly T[] {
  return [...new Map(types.map((type) => [type.type, type])).values()];
}
