import type { PartState } from "../config/readiness.ts";
import { DEFAULT_SERVER } from "../config/schema-parts.ts";
import { networks } from "../http/networks.ts";
import { frontOf } from "./forwarded.ts";
import { type AppDeps, type AppFetch, type LoadedApp, loadOne } from "./one.ts";
import { listing } from "./pages.ts";
import { sameTimes, timesOf } from "./reload.ts";
import { type Retirable, retirable } from "./retire.ts";
import { encodePath, mountOf, parseTarget, publicOrigin } from "./url.ts";

/** Applications kept at the same time; the one used longest ago is closed first. */
const KEPT = 100;

/** Endings of configurations; the first that exists wins. */
const ENDINGS = [".yaml", ".toml"] as const;

/**
 * Serves every configuration of a directory below its own name: `dir/osm.yaml` at `/osm/…`.
 *
 * Applications are made when they are first asked for, and made anew when their files change. A
 * broken change keeps the application that works.
 */
export async function multiApp(
  directory: string,
  allowListing: boolean,
  { platform, log, metrics, hooks, kept = KEPT }: AppDeps & { readonly kept?: number },
): Promise<LoadedApp> {
  const isTrusted = networks(DEFAULT_SERVER.trusted_proxies);
  const apps = new Map<string, Retirable>();
  /** Names whose application is made anew at the next request, whatever the times of its files. */
  const outdated = new Set<string>();

  async function appFor(name: string): Promise<Retirable | undefined> {
    const known = apps.get(name);
    if (known) {
      apps.delete(name);
      apps.set(name, known);
      const times = await timesOf(known.app.files.keys(), platform);
      if (sameTimes(times, known.app.files) && !outdated.has(name)) return known;
    }
    const file = await fileOf(name);
    if (!file) return known;
    return platform.locks.withLock(`multi:${directory}/${name}`, 60_000, async () => {
      const meanwhile = apps.get(name);
      if (meanwhile && meanwhile !== known) return meanwhile;
      try {
        const made = retirable(await loadOne(file, { platform, log, metrics, hooks }));
        apps.set(name, made);
        outdated.delete(name);
        known?.retire();
        retireOldest();
        return made;
      } catch (error) {
        log.error("configuration-refused", { name, reason: (error as Error).message });
        if (known) return known;
        throw error;
      }
    });
  }

  function retireOldest(): void {
    const [oldest] = apps.keys();
    if (apps.size <= kept || oldest === undefined) return;
    apps.get(oldest)?.retire();
    apps.delete(oldest);
  }

  async function fileOf(name: string): Promise<string | undefined> {
    for (const ending of ENDINGS) {
      const path = `${directory}/${name}${ending}`;
      const stat = await platform.files?.stat(path);
      if (stat && !stat.isDirectory) return path;
    }
    return undefined;
  }

  async function names(): Promise<string[]> {
    const found = new Set<string>();
    for await (const { name } of platform.files?.list(directory) ?? []) {
      const ending = ENDINGS.find((e) => name.toLowerCase().endsWith(e));
      if (ending) found.add(name.slice(0, -ending.length));
    }
    return [...found].sort();
  }

  const fetch: AppFetch = async (request, env) => {
    const target = parseTarget(request.url);
    const front = frontOf(request.headers, () => isTrusted(env?.peer));
    const at = env?.gateway ?? { mount: "", path: target.path ?? "/?" };
    const { mount, path } = mountOf(at, front.get("x-script-name"), "");
    const name = /^\/+([^/]+)/.exec(path)?.[1];
    if (name === undefined) {
      const script = publicOrigin(target, request.headers, front.forwarded()) + encodePath(mount);
      return listing(allowListing ? (await names()).map((n) => [n, `${script}/${n}/`]) : undefined);
    }
    // A name is one segment of plain characters; it never leaves the directory.
    const app = /^[\w-][\w.-]*$/.test(name) ? await appOrFailure(name) : undefined;
    if (app instanceof Response) return app;
    if (!app)
      return new Response("not found", { status: 404, headers: { "content-type": "text/plain" } });
    const below = path.replace(/^\/+/, "/").slice(name.length + 1);
    return app.fetch(request, {
      ...env,
      instance: name,
      mounted: { mount: `${mount}/${name}`, path: below },
    });
  };

  async function appOrFailure(name: string): Promise<Retirable | Response | undefined> {
    try {
      return await appFor(name);
    } catch {
      return new Response("internal error", {
        status: 500,
        headers: { "content-type": "text/plain" },
      });
    }
  }

  return {
    fetch,
    server: { ...DEFAULT_SERVER, base_path: "" },
    files: new Map(),
    check: async () => {
      const all: PartState[] = [];
      for (const [name, { app }] of apps) {
        for (const state of (await app.check?.())?.parts ?? []) {
          all.push({ ...state, part: `${name}: ${state.part}` });
        }
      }
      return { isReady: all.every(({ fault }) => fault === undefined), parts: all };
    },
    reload: async () => {
      for (const name of apps.keys()) outdated.add(name);
      return true;
    },
    close: async () => {
      for (const { app } of apps.values()) await app.close();
    },
  };
}
