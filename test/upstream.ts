import assert from "node:assert/strict";

/** What a test server answers. */
export interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | ReadableStream<Uint8Array>;
}

/** One request that is expected, once; requests may come in any order. */
export interface Expected {
  /** Absolute. The query is compared as a set of decoded parameters, the rest as it is. */
  readonly url: string;
  /** GET if absent. */
  readonly method?: string;
  /** Headers that must have these values; others may be there. `undefined`: must be absent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Form body, compared like a query. */
  readonly form?: string;
  /** `refuse`: no connection. `hang`: no answer until the request is aborted. */
  readonly answer: Answer | "refuse" | "hang";
}

/** A server in memory that knows exactly what it will be asked. */
export interface Upstream {
  readonly fetch: typeof globalThis.fetch;
  /** URLs that were asked, in order. */
  readonly asked: readonly string[];
  /** Fails if anything else was asked, or if anything expected was not. */
  done(): void;
}

/** Answers the expected requests; any other one fails, and is remembered for `done()`. */
export function upstream(...expected: readonly Expected[]): Upstream {
  const open = [...expected];
  const asked: string[] = [];
  const strange: string[] = [];
  const fetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const url = String(input);
    asked.push(url);
    const at = open.findIndex((expectation) => fits(expectation, url, init));
    if (at < 0) {
      strange.push(`${init.method ?? "GET"} ${url} ${headerText(init)} ${init.body ?? ""}`);
      throw new Error(`unexpected request: ${strange.at(-1)}`);
    }
    const [{ answer }] = open.splice(at, 1) as [Expected];
    if (answer === "refuse") throw new TypeError("fetch failed", { cause: new Error("refused") });
    if (answer === "hang") return hang(init.signal);
    return respond(answer);
  };
  return {
    fetch: fetch as typeof globalThis.fetch,
    asked,
    done() {
      assert.deepEqual(strange, [], "unexpected requests");
      assert.deepEqual(
        open.map(({ url }) => url),
        [],
        "expected requests that never came",
      );
    },
  };
}

/** Parameters of a query or form as sorted `name=value` lines, decoded. */
export function parameterSet(query: string): string[] {
  return [...new URLSearchParams(query)].map(([name, value]) => `${name}=${value}`).sort();
}

function fits(expected: Expected, url: string, init: RequestInit): boolean {
  const headers = new Headers(init.headers);
  return (
    isSameUrl(expected.url, url) &&
    (expected.method ?? "GET") === (init.method ?? "GET") &&
    Object.entries(expected.headers ?? {}).every(
      ([name, value]) => headers.get(name) === (value ?? null),
    ) &&
    sameSet(expected.form ?? "", String(init.body ?? ""))
  );
}

function isSameUrl(a: string, b: string): boolean {
  const [pathA = "", queryA = ""] = split(a);
  const [pathB = "", queryB = ""] = split(b);
  return pathA === pathB && sameSet(queryA, queryB);
}

function split(url: string): string[] {
  const at = url.indexOf("?");
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}

function sameSet(a: string, b: string): boolean {
  return JSON.stringify(parameterSet(a)) === JSON.stringify(parameterSet(b));
}

function headerText(init: RequestInit): string {
  return JSON.stringify(Object.fromEntries(new Headers(init.headers)));
}

function respond({ status = 200, type, headers, body }: Answer): Response {
  const all = new Headers(headers);
  if (type !== undefined) all.set("content-type", type);
  const response = new Response((body ?? null) as BodyInit | null, { status, headers: all });
  // text bodies get a type by themselves, which a server without one does not send
  if (type === undefined) response.headers.delete("content-type");
  return response;
}

function hang(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}
