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

/** A request as services see it. */
export function serviceRequest(request: Request, about: About): ServiceRequest {
  const { mount, path, query, instance, log, trace } = about;
  const known = {
    method: request.method,
    mount,
    path,
    query,
    headers: request.headers,
    instance,
  };
  const ctx: Context = {
    get signal() {
      return request.signal;
    },
    log,
    trace,
    waitUntil: (work) =>
      about.waitUntil(work.catch((error) => log.error("background-failed", { error }))),
    incoming: {
      ...known,
      get client() {
        return about.client();
      },
    },
  };
  return {
    ...known,
    ctx,
    get scriptUrl() {
      return about.scriptUrl();
    },
    get baseUrl() {
      return this.scriptUrl + encodePath(path);
    },
    form: () => readForm(request),
    dispatch: about.dispatch,
  };
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
