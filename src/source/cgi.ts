import { withDeadline } from "../core/async.ts";
import type { Context } from "../core/context.ts";
import { SourceError } from "../core/errors.ts";
import type { HttpAnswer, HttpClient } from "../http/client.ts";
import type { Clock, SpawnOptions, SpawnResult } from "../platform/platform.ts";

/** A program that answers as web servers' programs do (RFC 3875). */
export interface CgiProgram {
  /** Name of the source, for errors and logs. */
  readonly source: string;
  /** Absolute path. */
  readonly binary: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** ms for one call. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly spawn: (argv: readonly string[], options?: SpawnOptions) => Promise<SpawnResult>;
  /** Runs the call within the limit of concurrent requests. */
  limit<T>(work: () => Promise<T>, ctx: Context): Promise<T>;
}

/** Asks a local program in place of a server; of the URL only the query counts. GET only. */
export function createCgiClient(program: CgiProgram): HttpClient {
  const { source, binary, clock } = program;
  const redact = (url: string): string => url;
  return {
    redact,
    async request(url, init, ctx): Promise<HttpAnswer> {
      const fail = (message: string, rest: { detail?: string; cause?: unknown } = {}) =>
        new SourceError(source, message, { url, ...rest });
      if (init.method === "POST") throw fail("CGI programs are asked with GET only");
      const begin = clock.now();
      let status: number | undefined;
      try {
        const result = await program.limit(() => call(program, url, ctx), ctx);
        if (result.code !== 0) {
          const message = `Error during CGI call (exit code: ${result.code})`;
          const said = new TextDecoder().decode(result.stderr.subarray(0, 1000));
          throw fail(message, { detail: `${message}: ${said}` });
        }
        const answer = parseCgiAnswer(result.stdout);
        ({ status } = answer);
        if (status > 299) throw new SourceError(source, "HTTP Error", { url, status });
        return answer;
      } catch (cause) {
        ctx.signal.throwIfAborted();
        if (cause instanceof SourceError) throw cause;
        throw fail(spawnMessage(cause, binary), { cause });
      } finally {
        ctx.log.info("upstream-request", {
          source,
          method: "GET",
          url,
          status,
          ms: clock.now() - begin,
        });
      }
    },
  };
}

function call(program: CgiProgram, url: string, ctx: Context): Promise<SpawnResult> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(program.env))
    if (value !== undefined) env[name] = value;
  const query = url.indexOf("?");
  return program.spawn([program.binary], {
    cwd: program.directory,
    signal: withDeadline(program.timeout, ctx.signal),
    env: {
      ...env,
      QUERY_STRING: query < 0 ? "" : url.slice(query + 1),
      REQUEST_METHOD: "GET",
      GATEWAY_INTERFACE: "CGI/1.1",
      SERVER_ADDR: "127.0.0.1",
      SERVER_NAME: "localhost",
      SERVER_PROTOCOL: "HTTP/1.0",
      SERVER_SOFTWARE: "Rhumb",
    },
  });
}

/** Head and body of what a program wrote, divided by the first empty line (LF or CRLF). */
export function parseCgiAnswer(output: Uint8Array): HttpAnswer {
  const end = endOfHead(output);
  const head = new TextDecoder().decode(output.subarray(0, end.head));
  const headers = new Headers();
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim();
    if (/^[\w-]+$/.test(name)) headers.append(name, line.slice(colon + 1).trim());
  }
  return {
    status: Number.parseInt(headers.get("status") ?? "200", 10) || 200,
    contentType: headers.get("content-type")?.split(";")[0]?.trim().toLowerCase(),
    headers,
    bytes: output.subarray(end.body),
  };
}

/** Offsets of the end of the head and of the begin of the body. */
function endOfHead(output: Uint8Array): { head: number; body: number } {
  const LF = 10;
  const CR = 13;
  for (let at = 0; at < output.length; at++) {
    if (output[at] !== LF) continue;
    if (output[at + 1] === LF) return { head: at, body: at + 2 };
    if (output[at + 1] === CR && output[at + 2] === LF) return { head: at, body: at + 3 };
  }
  return { head: output.length, body: output.length };
}

function spawnMessage(cause: unknown, binary: string): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (code === "ENOENT") return `CGI script not found (${binary})`;
  if (code === "EACCES") return `No permission for CGI script (${binary})`;
  return "Error during CGI call";
}
