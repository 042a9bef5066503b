import { STATUS_CODES } from "node:http";
import { encodePath, isHost, type Mounted } from "../../app/url.ts";

/** CGI variables by name. */
export type Params = ReadonlyMap<string, string>;

/** A request as CGI variables tell it (RFC 3875, 4.1). */
export interface CgiRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  /** What the web server mapped here, and what follows; `undefined` where it does not say. */
  readonly gateway: Mounted | undefined;
  /** Address of the client of the web server. */
  readonly client: string | undefined;
}

/**
 * The request behind CGI variables: `SCRIPT_NAME` is the mount, `PATH_INFO` what follows. Servers that
 * send no `PATH_INFO` put everything into `SCRIPT_NAME`, or leave it to `REQUEST_URI`.
 */
export function readParams(params: Params): CgiRequest {
  const mount = trimSlash(params.get("SCRIPT_NAME") ?? "");
  const [requestPath, requestQuery] = splitUri(params.get("REQUEST_URI"));
  const gateway = gatewayOf(mount, params.get("PATH_INFO"), requestPath);
  const path = gateway ? encodePath(gateway.mount + gateway.path) : (requestPath ?? (mount || "/"));
  const query = params.get("QUERY_STRING") ?? requestQuery;
  const url = `${schemeOf(params)}://${hostOf(params)}${path.startsWith("/") ? path : `/${path}`}`;
  return {
    method: params.get("REQUEST_METHOD") ?? "GET",
    url: query ? `${url}?${query.replaceAll("#", "%23")}` : url,
    headers: headersOf(params),
    gateway,
    client: params.get("REMOTE_ADDR"),
  };
}

function gatewayOf(
  mount: string,
  pathInfo: string | undefined,
  requestPath: string | undefined,
): Mounted | undefined {
  if (pathInfo !== undefined) return { mount, path: pathInfo };
  const decoded = requestPath === undefined ? undefined : decode(requestPath);
  // The whole path in SCRIPT_NAME says nothing of a mount: the application's base path does.
  if (decoded === undefined || decoded === mount || mount === "") return undefined;
  if (!decoded.startsWith(`${mount}/`)) return undefined;
  return { mount, path: decoded.slice(mount.length) };
}

function splitUri(uri: string | undefined): [path: string | undefined, query: string | undefined] {
  if (uri === undefined) return [undefined, undefined];
  const path = uri.replace(/^https?:\/\/[^/]*/i, "");
  const at = path.indexOf("?");
  return at < 0 ? [path, undefined] : [path.slice(0, at), path.slice(at + 1)];
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // a broken escape: the application refuses it
  }
}

function trimSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function schemeOf(params: Params): "http" | "https" {
  const https = params.get("HTTPS")?.toLowerCase();
  if (https === "on" || https === "1") return "https";
  return params.get("REQUEST_SCHEME") === "https" ? "https" : "http";
}

function hostOf(params: Params): string {
  const asked = params.get("HTTP_HOST");
  if (asked && isHost(asked)) return asked;
  const name = params.get("SERVER_NAME");
  if (!name || !isHost(name)) return "localhost";
  const port = params.get("SERVER_PORT");
  const isDefault = port === (schemeOf(params) === "https" ? "443" : "80");
  return port && /^\d{1,5}$/.test(port) && !isDefault ? `${name}:${port}` : name;
}

/** Headers as `HTTP_X_NAME`; those that no header may hold are left out. */
function headersOf(params: Params): Headers {
  const headers = new Headers();
  for (const [name, value] of params) {
    const isHeader = name.startsWith("HTTP_");
    if (!isHeader && name !== "CONTENT_TYPE" && name !== "CONTENT_LENGTH") continue;
    if (value === "" && !isHeader) continue;
    try {
      headers.set((isHeader ? name.slice(5) : name).toLowerCase().replaceAll("_", "-"), value);
    } catch {
      // A line break or worse: no header.
    }
  }
  return headers;
}

/** Status and headers of an answer as a CGI program prints them (RFC 3875, 6.3), with the blank line. */
export function responseHead(response: Response): string {
  const { status } = response;
  const reason = STATUS_CODES[status];
  let head = `Status: ${status}${reason ? ` ${reason}` : ""}\r\n`;
  response.headers.forEach((value, name) => {
    head += `${name}: ${value}\r\n`;
  });
  return `${head}\r\n`;
}
