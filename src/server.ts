/** Entry for Bun, Deno and Node: reads the configuration, builds the application, listens. */
import { parseArgs } from "node:util";
import { type LoadOptions, loadApp, readServed } from "./app/load.ts";
import { DEFAULT_SERVER } from "./config/schema-parts.ts";
import { ConfigError } from "./core/errors.ts";
import { LogIniError } from "./observe/log-ini.ts";
import { createMetrics } from "./observe/metrics.ts";
import { type ListenFlags, listeningOf } from "./runtime/endpoint.ts";
import { localPlatform } from "./runtime/local.ts";
import { logFrom } from "./runtime/log-config.ts";
import { serveByWorkers, serveHere, workerCount } from "./runtime/serve-process.ts";
import { serverLog } from "./runtime/server-log.ts";
import { workerTask } from "./runtime/worker-link.ts";

const USAGE = `Usage: rhumb serve [FILE] [options]

  FILE, --config FILE         configuration, TOML or mapproxy.yaml (default: etc/develop.toml)
  --host HOST                 address to listen on (default: server.host, else 127.0.0.1)
  --port N                    port (default: server.port, else 8080)
  --workers N|auto            processes that share the port (default: server.workers, else 1)
  --reload                    take over changes of the configuration without a restart
  --multi DIR                 serve every configuration of DIR below its own name
  --allow-listing true|false  with --multi: whether / lists the names (default: false)
  --fastcgi SOCKET|HOST:PORT  speak FastCGI instead of HTTP
  --log-config FILE           log as a log.ini of MapProxy says
  --help                      this text`;

/**
 * Runs the server until it is told to stop.
 *
 * @returns exit code: 0 stopped, 1 cannot listen, 2 wrong options or configuration
 */
export async function serve(argv: readonly string[]): Promise<number> {
  let args: ServeArgs | undefined;
  try {
    args = readArgs(argv);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (!args) {
    console.log(USAGE);
    return 0;
  }
  const platform = localPlatform();
  try {
    const task = workerTask();
    const loaded = await readServed(args, platform);
    const server = loaded?.config.server ?? DEFAULT_SERVER;
    const log = args.logConfig ? logFrom(args.logConfig) : serverLog(server, platform.env);
    const count = workerCount(args.workers ?? server.workers);
    const listening = task?.listening ?? listeningOf(server, args);
    if (!task && (count > 1 || server.worker_memory !== undefined)) {
      const script = import.meta.filename;
      return await serveByWorkers(server, listening, { count, script, argv, log });
    }
    const metrics = createMetrics();
    const options = { ...args, reload: args.reload ?? server.reload, loaded };
    const isQuiet = task?.isQuiet ?? false;
    const app = await loadApp(options, { platform, log, metrics, isQuiet });
    await serveHere(app, listening, { task, log, metrics });
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return error instanceof ConfigError || error instanceof LogIniError ? 2 : 1;
  }
}

interface ServeArgs extends LoadOptions, ListenFlags {
  readonly workers: number | "auto" | undefined;
  readonly logConfig: string | undefined;
}

/** @returns `undefined` if only help was asked for; @throws Error that says what is wrong */
function readArgs(argv: readonly string[]): ServeArgs | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      config: { type: "string" },
      host: { type: "string" },
      port: { type: "string" },
      workers: { type: "string" },
      reload: { type: "boolean" },
      multi: { type: "string" },
      "allow-listing": { type: "string" },
      fastcgi: { type: "string" },
      "log-config": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  if (positionals.length > 1 || (positionals.length === 1 && values.config)) {
    throw new Error(`Cannot serve several configurations: ${positionals.join(", ")}`);
  }
  if (values.fastcgi !== undefined && (values.host ?? values.port) !== undefined) {
    throw new Error("Cannot use --host or --port with --fastcgi, which names the place itself");
  }
  const listing = values["allow-listing"];
  return {
    file: values.config ?? positionals[0] ?? "etc/develop.toml",
    multi: values.multi,
    allowListing: listing !== undefined && /^(1|true|yes|on)$/i.test(listing),
    reload: values.reload,
    host: values.host,
    port: wholeNumber("port", values.port, [0, 65535]),
    workers: values.workers === "auto" ? "auto" : wholeNumber("workers", values.workers, [1, 1024]),
    fastcgi: values.fastcgi,
    logConfig: values["log-config"],
  };
}

function wholeNumber(
  option: string,
  text: string | undefined,
  [least, most]: readonly [number, number],
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`Cannot use --${option} ${text}: expected a whole number, ${least} to ${most}`);
  }
  return value;
}

if (import.meta.main) process.exit(await serve(process.argv.slice(2)));
