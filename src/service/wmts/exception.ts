import { RequestError, SourceError } from "../../core/errors.ts";
import { owsException } from "../ows.ts";
import { refusalResponse } from "../permission.ts";

/** HTTP statuses of exception codes; every other is 500. */
const STATUS: Readonly<Record<string, number>> = {
  TileOutOfRange: 400,
  MissingParameterValue: 400,
  InvalidParameterValue: 400,
  VersionNegotiationFailed: 400,
  OperationNotSupported: 501,
};

/**
 * The answer to a request that could not be served (OGC 07-057r7, 9).
 *
 * @throws `error` itself if neither the client nor a source is to blame
 */
export function exceptionAnswer(error: unknown): Response {
  const refusal = refusalResponse(error);
  if (refusal) return refusal;
  if (!(error instanceof RequestError || error instanceof SourceError)) throw error;
  const asked = error instanceof RequestError ? error : undefined;
  const code = asked?.ows ?? "NoApplicableCode";
  const status = asked?.status ?? STATUS[code] ?? 500;
  return owsException(
    error.message,
    { code, locator: asked?.locator },
    { status, type: "text/xml" },
  );
}
