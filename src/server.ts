/** Entry for Bun, Deno and Node: reads the configuration, builds the application, listens. */
import { parseArgs } from "node:util";
import { type LoadOptions, loadApp } from "./app/load.ts";
import { ConfigError } from "./core/errors.ts";
import { LOG_LEVELS, lineLog } from "./observe/log.ts";
import { localPlatform, systemClock } from "./runtime/local.ts";
import { listen } from "./runtime/serve.ts";
import { isWorker, parentGone, startWorkers } from "./runtime/worker-processes.ts";

const USAGE = `Usage: rhumb serve [FILE] [options]

  FILE, --config FILE         configuration, TOML or mapproxy.yaml (default: etc/develop.toml)
  --host HOST                 address to listen on (default: server.host, else 127.0.0.1)
  --port N                    port (default: server.port, else 8080)
  --workers N                 processes that share the port (default: server.workers, else 1)
  --reload                    take over changes of the configuration without a restart
  --multi DIR                 serve every configuration of DIR below its own name
  --allow-listing true|false  with --multi: whether / lists the names (default: false)
  --fastcgi SOCKET|HOST:PORT  speak FastCGI instead of HTTP
  --help                      this text`;

/** ms that running requests get when the server is told to stop. */
const GRACE = 10_000;

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
  const log = lineLog(logLevel(platform.env), (line) => console.error(line), systemClock.now);
  try {
    const app = await loadApp(args, platform, log);
    const host = args.host ?? app.server.host;
    const port = args.port ?? app.server.port;
    const workers = args.workers ?? app.server.workers;
    const listener = await listen(app.fetch, { host, port, shared: workers > 1 });
    const stopWorkers =
      workers > 1 && !isWorker()
        ? startWorkers(workers - 1, import.meta.filename, argv, log)
        : undefined;
    if (!isWorker())
      log.info("listening", { url: `${listener.url}${app.server.base_path}/`, workers });
    await stopSignal();
    await Promise.all([stopWorkers?.(GRACE), listener.close(GRACE)]);
    await app.close();
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return error instanceof ConfigError ? 2 : 1;
  }
}

interface ServeArgs extends LoadOptions {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly workers: number | undefined;
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
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  if (positionals.length > 1 || (positionals.length === 1 && values.config)) {
    throw new Error(`Cannot serve several configurations: ${positionals.join(", ")}`);
  }
  if (values.fastcgi !== undefined) {
    throw new Error("Cannot speak FastCGI: this version serves HTTP only; put it behind a proxy");
  }
  const listing = values["allow-listing"];
  return {
    file: values.config ?? positionals[0] ?? "etc/develop.toml",
    multi: values.multi,
    allowListing: listing !== undefined && /^(1|true|yes|on)$/i.test(listing),
    reload: values.reload ?? false,
    host: values.host,
    port: wholeNumber("port", values.port, 65535),
    workers: wholeNumber("workers", values.workers, 1024),
  };
}

function wholeNumber(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new Error(`Cannot use --${option} ${text}: expected a whole number up to ${most}`);
  }
  return value;
}

function logLevel(env: Readonly<Record<string, string | undefined>>) {
  return LOG_LEVELS.find((level) => level === env.RHUMB_LOG) ?? "info";
}

/** Resolves when the process is told to stop, or when the process that started it has gone. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
    if (isWorker()) parentGone(resolve);
  });
}

if (import.meta.main) process.exit(await serve(process.argv.slice(2)));
