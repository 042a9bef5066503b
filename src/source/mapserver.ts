import { ConfigFault, defineSource, type SourceDeps } from "../model/define.ts";
import type { Files, Platform } from "../platform/platform.ts";
import { createCgiClient } from "./cgi.ts";
import { mapserverOptions } from "./wms-options.ts";
import { createWms } from "./wms-source.ts";

/** All programs of this kind share one limit of concurrent calls. */
const LIMIT_KEY = "mapserver";

/** Seconds for one call, unless `client_timeout` says otherwise. */
const DEFAULT_TIMEOUT = 60;

/** MapServer as a local program (CGI): all that a `wms` source is, without a web server between. */
export const mapserverSource = defineSource({
  type: "mapserver",
  needs: ["spawn"],
  isAlwaysMade: true,
  options: mapserverOptions,
  async create(options, deps) {
    const { platform, http } = deps;
    const configured = (key: "binary" | "working_dir"): string | undefined =>
      options.mapserver?.[key] ?? (deps.global(`mapserver.${key}`) as string | undefined);
    const binary = await findBinary(configured("binary"), deps);
    const directory = await findDirectory(configured("working_dir"), binary, deps);
    const { req } = options;
    const method = options.http?.method ?? deps.global("http.method");
    const hasBody = req.sld_body !== undefined || req.sld?.startsWith("file://");
    if (hasBody && String(method).toUpperCase() !== "GET") {
      throw new ConfigFault(
        "req",
        "a local program needs http.method: GET to get a style document",
      );
    }
    const timeout = options.http?.client_timeout ?? deps.global("http.client_timeout");
    const client = createCgiClient({
      source: deps.name,
      binary,
      directory,
      env: platform.env,
      timeout: (typeof timeout === "number" ? timeout : DEFAULT_TIMEOUT) * 1000,
      clock: platform.clock,
      spawn: platform.spawn!, // promised by `needs`
      limit: (work, ctx) => http.limit?.(LIMIT_KEY, work, ctx) ?? work(),
    });
    const request = { ...req, url: `mapserver://${binary}`, map: deps.path(req.map) };
    return createWms({ ...options, req: request }, deps, client);
  },
});

async function findBinary(
  configured: string | undefined,
  { platform, path }: SourceDeps,
): Promise<string> {
  if (configured !== undefined) {
    const binary = path(configured);
    if (await exists(platform.files, binary)) return binary;
    throw new ConfigFault("mapserver.binary", `could not find mapserver binary ('${binary}')`);
  }
  const found = await searchPath(platform);
  if (found !== undefined) return found;
  throw new ConfigFault("mapserver.binary", "could not find mapserver binary ('None')");
}

async function searchPath({ env, files }: Platform): Promise<string | undefined> {
  const windows = env.PATH?.includes(";") ?? false;
  for (const directory of env.PATH?.split(windows ? ";" : ":") ?? []) {
    for (const name of ["mapserv", "mapserv.exe"]) {
      const candidate = `${directory.replace(/[/\\]$/, "")}/${name}`;
      if (directory !== "" && files && (await exists(files, candidate))) return candidate;
    }
  }
  return undefined;
}

async function findDirectory(
  configured: string | undefined,
  binary: string,
  { platform, path }: SourceDeps,
): Promise<string> {
  if (configured === undefined) return binary.replace(/[/\\][^/\\]*$/, "") || "/";
  const directory = path(configured);
  const stat = await platform.files?.stat(directory);
  if (stat || !platform.files) return directory;
  throw new ConfigFault(
    "mapserver.working_dir",
    `could not find mapserver working_dir ('${directory}')`,
  );
}

/** Without a file system nothing can be said before the first call. */
async function exists(files: Files | undefined, path: string): Promise<boolean> {
  return !files || (await files.stat(path)) !== undefined;
}
