import type { ServerConfig } from "../config/schema-parts.ts";

/** Where a server listens. */
export type Endpoint =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string; readonly mode: number }
  /** A socket in the file system that the process that started this one has opened. */
  | { readonly kind: "inherited"; readonly fd: number; readonly path: string };

/** How clients speak to a server, and where. */
export interface Listening {
  readonly protocol: "http" | "fastcgi";
  readonly endpoint: Endpoint;
}

/** What the command line says of it; each wins over the configuration. */
export interface ListenFlags {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** `SOCKET` or `HOST:PORT`. */
  readonly fastcgi?: string | undefined;
}

/** Where to listen: the flags, else `[server]` of the configuration. */
export function listeningOf(server: ServerConfig, flags: ListenFlags): Listening {
  const mode = Number.parseInt(server.socket_mode, 8);
  if (flags.fastcgi !== undefined) {
    return { protocol: "fastcgi", endpoint: parseEndpoint(flags.fastcgi, mode) };
  }
  const isTcp = server.socket === undefined || flags.port !== undefined || flags.host !== undefined;
  const endpoint: Endpoint = isTcp
    ? { kind: "tcp", host: flags.host ?? server.host, port: flags.port ?? server.port }
    : { kind: "unix", path: server.socket ?? "", mode };
  return { protocol: server.protocol, endpoint };
}

/**
 * Reads `127.0.0.1:8081`, `[::1]:8081`, `:8081` (this machine only) or the path of a socket.
 *
 * @param mode permission bits of the socket
 */
export function parseEndpoint(text: string, mode: number): Endpoint {
  const tcp = /^(?:\[([^\]]+)\]|([^/:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(tcp?.[3]);
  if (!tcp || port > 65535) return { kind: "unix", path: text, mode };
  return { kind: "tcp", host: tcp[1] ?? (tcp[2] || "127.0.0.1"), port };
}

/** As messages name it: `127.0.0.1:8080`, `[::1]:8080`, `var/fcgi-socket`. */
export function endpointName(endpoint: Endpoint): string {
  if (endpoint.kind !== "tcp") return endpoint.path;
  const { host, port } = endpoint;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** `http://127.0.0.1:8080`, `http+unix:///run/rhumb.sock`, `fastcgi://var/fcgi-socket`. */
export function listeningUrl({ protocol, endpoint }: Listening): string {
  const scheme = protocol === "http" && endpoint.kind !== "tcp" ? "http+unix" : protocol;
  return `${scheme}://${endpointName(endpoint)}`;
}

/** Somebody else listens there, or nobody can. */
export class CannotListen extends Error {
  constructor(endpoint: Endpoint, reason: string) {
    super(`Cannot listen on ${endpointName(endpoint)}: ${reason}`);
  }
}

/** What an error of a runtime's own listening call means. */
export function listenError(error: unknown, endpoint: Endpoint): Error {
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  if (code === "EADDRINUSE" || name === "AddrInUse") {
    return new CannotListen(endpoint, "another program listens there");
  }
  if (code === "EACCES" || name === "PermissionDenied") {
    return new CannotListen(endpoint, "this user may not");
  }
  return new CannotListen(endpoint, message ?? String(error));
}
