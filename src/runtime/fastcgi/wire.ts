/** A connection of a web server: bytes both ways, each of which ends by itself. */
export interface Wire {
  /** Nothing can be sent any more. */
  readonly isClosed: boolean;
  /** Bytes that the system has not taken yet. */
  readonly unsent: number;
  /** @returns false if the web server reads slower than we write: wait until it has {@linkcode drained} */
  write(bytes: Uint8Array): boolean;
  /** Resolves when all bytes are sent, or the connection is gone. */
  drained(): Promise<void>;
  /** Sends the last bytes, and says that there are no more. */
  end(bytes?: Uint8Array): void;
  /** Closes at once, both ways. */
  destroy(): void;
  /** Lets bytes wait at the other end. */
  pause(): void;
  resume(): void;
}

/** Who is told what happens on a wire. */
export interface WireUser {
  /** @param bytes valid only until it returns */
  read(bytes: Uint8Array): void;
  /** The web server sends no more. */
  ended(): void;
  /** No byte has moved for a minute. */
  quiet(): void;
  closed(): void;
}

/** Takes a new connection. @param peer address of the web server; `undefined` on a Unix socket */
export type Accept = (wire: Wire, peer: string | undefined) => WireUser;

/** Where to bind, with the path that the socket has at first. */
export type NamedPlace =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly shared: boolean };

/** The same, or a socket that listens already. */
export type Place = NamedPlace | { readonly fd: number };

/** Takes connections until it is closed; those that it has taken live on. */
export interface WireServer {
  /** TCP port; 0 on a Unix socket. */
  readonly port: number;
  close(): void;
}

/** Seconds after which a connection without traffic is looked at: finds out machines that have gone without saying so. */
export const KEEP_ALIVE = 30;

/** Seconds without a byte after which a {@linkcode WireUser} is told. */
export const QUIET = 60;
