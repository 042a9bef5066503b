/** Structured log; `event` is stable and kebab-case, everything that varies goes into `fields`. */
export interface Log {
  debug(event: string, fields?: Record<string, unknown>): void;
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

/** Everything that belongs to one incoming request or one seeding step, and to nothing else. */
export interface Context {
  /** Aborts when the client is gone or the deadline has passed. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Lets `work` outlive the response; on Workers this is `ExecutionContext.waitUntil`. */
  waitUntil(work: Promise<unknown>): void;
  /** Notes of what happens on the way to the answer, for its headers, the log and the metrics. */
  readonly trace?: Trace;
  /** The request being answered, for authorization and hooks; absent while seeding. */
  readonly incoming?: Incoming;
  /** Set while tiles are made for a cache that goes by what its servers say of their answers. */
  readonly origin?: OriginNotes | undefined;
}

/** Between the cache that a picture is for and the HTTP client that asks for it. */
export interface OriginNotes {
  /** Headers that ask only for what has changed; the answer may then be NotModified. */
  readonly conditions: Readonly<Record<string, string>> | undefined;
  /** Takes note of what an answer says; of 304 too. */
  note(headers: Headers): void;
}

/** Takes notes while one request is answered. */
export interface Trace {
  /** `stale`: what was stored is too old, and is used because nothing newer can be had. */
  cache(name: string, outcome: "hit" | "miss" | "stale", tiles: number): void;
  /** @param ms until the answer was read, or failed */
  upstream(source: string, ms: number, outcome: "ok" | "failed"): void;
}

/** An incoming request as authorization and decoration hooks see it. */
export interface Incoming {
  readonly method: string;
  /** Mount prefix without trailing slash, percent-decoded; empty at the root. */
  readonly mount: string;
  /** Path below the mount, percent-decoded, starting with `/`. */
  readonly path: string;
  /** Query string without `?`, as sent. */
  readonly query: string;
  readonly headers: Headers;
  /** Address of the client, as far as it is known: what a trusted proxy says, else the other end of the connection. */
  readonly client?: string | undefined;
  /** Name of the configuration, where one server has several. */
  readonly instance?: string | undefined;
}
