/** Rhumb as a library: an application that mounts in any Hono app, or answers by its `fetch`. */
import { Hono } from "hono";
import { envOf, type RequestEnv } from "./app/app.ts";
import { type AppDeps, loadOne } from "./app/one.ts";
import { reloading } from "./app/reload.ts";
import type { Log } from "./core/context.ts";
import type { Hooks } from "./model/hooks.ts";
import { lineLog } from "./observe/log.ts";
import type { Platform } from "./platform/platform.ts";

export type { Log } from "./core/context.ts";
export type {
  CacheDeps,
  CacheType,
  ServiceDeps,
  ServiceType,
  SourceDeps,
  SourceType,
} from "./model/define.ts";
export type { Answer, AuthorizeFunction, DecorateFunction, Question } from "./model/hooks.ts";
export type { Plugin, PluginCommand } from "./model/plugin.ts";
export type { DemoExtension, ServiceRequest } from "./model/service.ts";
export type { Platform } from "./platform/platform.ts";

export interface CreateAppOptions extends Hooks {
  /** Path of a configuration, or its text with a name that tells the syntax (`.toml`, `.yaml`). */
  readonly config: string | { readonly name: string; readonly text: string };
  /** Whether changes of the files are taken over; false unless said. */
  readonly reload?: boolean;
  /** Lines of warnings and errors on standard error unless said otherwise. */
  readonly log?: Log;
  /** What the runtime offers; Bun, Deno or Node below unless said otherwise. */
  readonly platform?: Platform;
}

/** An application: `route` it in another Hono app, or hand its `fetch` to a server. */
export type RhumbApp = Hono<{ Bindings: RequestEnv }> & {
  /** Reads the configuration again; false if it is broken and everything stays as it is. */
  reload(): Promise<boolean>;
  /** Closes databases and connections. */
  close(): Promise<void>;
};

/**
 * Makes the application of a configuration. Links in its documents name the path that it is mounted at.
 *
 * `X-Forwarded-*` count only where `server.trusted_proxies` is `["*"]`: an embedded application does not
 * know who its client is.
 *
 * @throws ConfigError with all faults of the configuration
 * @example host.route("/maps", await createApp({ config: "etc/config.toml" }))
 */
export async function createApp(options: CreateAppOptions): Promise<RhumbApp> {
  const { config, authorize, decorate, reload = false } = options;
  const own = options.platform ?? (await import("./runtime/local.ts")).localPlatform();
  const log = options.log ?? lineLog("warn", (_line) => {}, own.clock.now);
  const file = typeof config === "string" ? config : config.name;
  const platform = typeof config === "string" ? own : withText(own, config);
  const deps: AppDeps = { platform, log, hooks: { authorize, decorate } };
  const app = await reloading(() => loadOne(file, deps), { ...deps, watch: reload });
  const hono = new Hono<{ Bindings: RequestEnv }>();
  hono.all("*", (c) => app.fetch(c.req.raw, envOf(c)));
  return Object.assign(hono, {
    reload: async () => (await app.reload?.()) ?? false,
    close: app.close,
  });
}

/** The platform with one more file. */
function withText(
  platform: Platform,
  { name, text }: { readonly name: string; readonly text: string },
): Platform {
  const bytes = new TextEncoder().encode(text);
  return {
    ...platform,
    resource: async (path) => (path === name ? bytes : await platform.resource(path)),
  };
}
