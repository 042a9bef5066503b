import type { Context, Log, Trace } from "../core/context.ts";
import type { ServiceRequest } from "../model/service.ts";
import { encodePath, type Mounted } from "./url.ts";

/** What a request is, beside the Request itself. */
export interface About extends Mounted {
  /** Without `?`. */
  readonly query: string;
  /** Public URL of the mount; worked out only where somebody writes links. */
  readonly scriptUrl: () => string;
  /** Address of the client; looked up only where somebody wants to know. */
  readonly client: () => string | undefined;
  /** Name of the configuration, where one server has several. */
  readonly instance: string | undefined;
  readonly log: Log;
  readonly trace: Trace;
  waitUntil(work: Promise<unknown>): void;
  readonly dispatch: ServiceRequest["dispatch"];
}

/** Bytes of a form in the body: more than any query string may have. */
const LONGEST_FORM = 256 * 1024;

/** A request as services see it. Classes, since object literals with getters are dear and each request makes two. */
export class OwnRequest implements ServiceRequest {
  readonly method: string;
  readonly mount: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly instance: string | undefined;
  readonly ctx: Context;
  readonly dispatch: ServiceRequest["dispatch"];
  readonly request: Request;
  readonly about: About;

  constructor(request: Request, about: About) {
    this.method = request.method;
    this.mount = about.mount;
    this.path = about.path;
    this.query = about.query;
    this.headers = request.headers;
    this.instance = about.instance;
    this.dispatch = about.dispatch;
    this.request = request;
    this.about = about;
    this.ctx = new RequestContext(this);
  }

  get client(): string | undefined {
    return this.about.client();
  }

  get scriptUrl(): string {
    return this.about.scriptUrl();
  }

  get baseUrl(): string {
    return this.scriptUrl + encodePath(this.path);
  }

  form(): Promise<string | undefined> {
    return readForm(this.request);
  }
}

class RequestContext implements Context {
  readonly log: Log;
  readonly trace: Trace;
  readonly incoming: OwnRequest;

  constructor(incoming: OwnRequest) {
    this.log = incoming.about.log;
    this.trace = incoming.about.trace;
    this.incoming = incoming;
  }

  get signal(): AbortSignal {
    return this.incoming.request.signal;
  }

  waitUntil(work: Promise<unknown>): void {
    const { about } = this.incoming;
    about.waitUntil(work.catch((error) => this.log.error("background-failed", { error })));
  }
}

/** @returns `undefined` where the body is no form, or too long for one */
async function readForm(request: Request): Promise<string | undefined> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded" || !request.body) return undefined;
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const part of request.body) {
    length += part.length;
    if (length > LONGEST_FORM) return undefined; // leaving the loop cancels the body
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
