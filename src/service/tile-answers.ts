/** What becomes of errors in the tile protocols without exception codes. */
import { RequestError, SourceError } from "../core/errors.ts";
import { refusalResponse } from "./permission.ts";
import { respond } from "./responses.ts";

/** An error as a client is told of it. */
export interface Problem {
  readonly status: number;
  readonly message: string;
}

/**
 * What a client is told of an error: 404 for its own mistakes, 500 for those of sources.
 *
 * @throws `error` itself if neither the client nor a source is to blame
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof RequestError) {
    return { status: error.status ?? 404, message: error.message };
  }
  if (error instanceof SourceError) return { status: 500, message: error.message };
  throw error;
}

/**
 * The plain text that `/tiles`, KML and unknown WMTS paths answer errors with.
 *
 * @throws `error` itself if neither the client nor a source is to blame
 */
export function plainProblem(error: unknown): Response {
  const refusal = refusalResponse(error);
  if (refusal) return refusal;
  const { status, message } = problemOf(error);
  return respond(message, "text/plain; charset=utf-8", { status, noCache: true });
}

/** The error for a path that no operation has. */
export function invalidRequest(path: string): RequestError {
  return new RequestError(undefined, `invalid request (${path})`);
}
