import { RequestError } from "../core/errors.ts";
import type { ServiceRequest } from "../model/service.ts";

/**
 * The answer to an error that no service turned into a report of its protocol. Details go to the log
 * only.
 */
export function errorResponse(error: unknown, request: ServiceRequest): Response {
  // The client has gone: nobody reads this.
  if (request.ctx.signal.aborted) return new Response(null, { status: 499 });
  if (error instanceof RequestError) {
    return text(error.message, error.status ?? 400, {
      "cache-control": "no-cache, no-store",
      pragma: "no-cache",
      expires: "-1",
    });
  }
  const { path, query } = request;
  request.ctx.log.error("request-failed", { path, query: query.slice(0, 1000), error });
  return internalError();
}

/** The answer to what nobody expected. */
export function internalError(): Response {
  return text("internal error", 500);
}

function text(body: string, status: number, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain", ...headers } });
}
