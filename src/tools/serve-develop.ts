import { UsageError } from "../core/command-line.ts";
import { loadForTool } from "./configuration.ts";
import { defineTool, type ToolDeps, ToolFailure } from "./tool.ts";

const BIND = {
  short: "b",
  value: "ADDR",
  about: "host, port, host:port or :port (all addresses)",
  default: "127.0.0.1:8080",
} as const;
const DEBUG = { about: "log everything" } as const;

/** `rhumb util serve-develop`: serves a configuration and takes over its changes. */
export const serveDevelop = defineTool({
  name: "serve-develop",
  usage: "[options] FILE",
  options: {
    bind: BIND,
    debug: DEBUG,
    "log-config": {
      value: "FILE",
      about: "loggers, handlers and formatters; not read with --debug",
    },
  },
  async run({ options, words, help }, deps) {
    const [file] = words;
    if (file === undefined || words.length > 1) {
      deps.terminal.out(help);
      throw new ToolFailure(1, "ERROR: MapProxy configuration required.", "out");
    }
    const address = parseBind(options.bind);
    await loadForTool(file, deps); // a broken one ends here, with 2
    const argv = ["--config", file];
    const logConfig = options["log-config"];
    if (logConfig !== undefined && !options.debug) argv.push("--log-config", logConfig);
    return start(argv, address, { debug: options.debug, deps });
  },
});

/** `rhumb util serve-multiapp-develop`: serves a directory of configurations, listed at `/`. */
export const serveMultiappDevelop = defineTool({
  name: "serve-multiapp-develop",
  usage: "[options] DIRECTORY",
  options: { bind: BIND, debug: DEBUG },
  async run({ options, words, help }, deps) {
    const [directory] = words;
    if (directory === undefined || words.length > 1) {
      deps.terminal.out(help);
      throw new ToolFailure(1, "ERROR: MapProxy projects directory required.", "out");
    }
    const argv = ["--multi", directory, "--allow-listing", "true"];
    return start(argv, parseBind(options.bind), { debug: options.debug, deps });
  },
});

interface Address {
  readonly host: string;
  readonly port: string;
}

const ALL_ADDRESSES = "0.0.0.0";

/**
 * `8081`, `host`, `host:port`, `:port`, `[::1]:port`.
 *
 * @throws UsageError
 */
export function parseBind(text = ""): Address {
  if (text === "") return { host: "127.0.0.1", port: "8080" };
  if (/^\d+$/.test(text)) return checked({ host: "localhost", port: text }, text);
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw invalid(text);
  return checked({ host: host === "" ? ALL_ADDRESSES : host, port: port ?? "8080" }, text);
}

function checked(address: Address, text: string): Address {
  if (Number(address.port) > 65535) throw invalid(text);
  return address;
}

function invalid(text: string): UsageError {
  return new UsageError(`option --bind: expected host, port or host:port: '${text}'`);
}

function start(
  argv: readonly string[],
  { host, port }: Address,
  { debug, deps }: { readonly debug: boolean; readonly deps: ToolDeps },
): Promise<number> {
  const { terminal, serve } = deps;
  if (debug && host !== "localhost" && host !== "127.0.0.1") {
    for (const line of WARNING) terminal.out(line);
  }
  const shown = host.includes(":") ? `[${host}]` : host;
  terminal.out(` * Running on http://${shown}:${port}/ (Press CTRL+C to quit)`);
  const env: Record<string, string> = debug ? { RHUMB_LOG: "debug" } : {};
  return serve([...argv, "--host", host, "--port", port, "--reload"], env);
}

const WARNING = [
  "################# WARNING! ##################",
  "Running debug mode with an external address is",
  "a serious security vulnerability: the log shows",
  "what is asked and answered.",
  "#############################################",
];
