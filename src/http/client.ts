import type { Context } from "../core/context.ts";

/** An answer of an upstream server, read to its end within the limits of the client. */
export interface HttpAnswer {
  readonly status: number;
  /** `Content-Type` in lower case without parameters; `undefined` if there was none. */
  readonly contentType: string | undefined;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

export interface HttpRequest {
  readonly method?: "GET" | "POST" | "HEAD" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /**
   * The answer is all that a picture is made of: a cache may ask whether it changed, and go by its
   * headers (`origin` of the context).
   */
  readonly isPicture?: true;
}

/** Outgoing HTTP of one source: its credentials, headers, limits and wording of errors. */
export interface HttpClient {
  /**
   * @throws SourceError for everything but a 2xx answer with a body (204 included), with `status`
   *   set where there was an answer
   * @throws NotModified if the context asked only for what has changed, and nothing has
   */
  request(url: string, init: HttpRequest, ctx: Context): Promise<HttpAnswer>;
  /** URL with secrets removed, for messages and logs. */
  redact(url: string): string;
  /**
   * Runs `work` within the source's limit of concurrent requests, together with all other users of
   * `key`; requests do so by themselves, with their host. Absent: no limit.
   */
  limit?<T>(key: string, work: () => Promise<T>, ctx: Context): Promise<T>;
}
