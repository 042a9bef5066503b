import type { Mounted } from "../app/url.ts";

/** Where a request came from. */
export interface Peer {
  /** Address of the other end of the connection; `unix` for a socket in the file system. */
  readonly peer: string | undefined;
  /** What a FastCGI web server mapped here. */
  readonly gateway?: Mounted | undefined;
  /** Address of the client behind a FastCGI web server. */
  readonly client?: string | undefined;
}

export type Fetch = (request: Request, from: Peer) => Response | Promise<Response>;

/** A server of one runtime, listening. */
export interface Bound {
  /** TCP port; 0 on a Unix socket. */
  readonly port: number;
  /** Stops listening; resolves when no request is under way. */
  drain(): Promise<unknown>;
  /** Ends what is under way. */
  force(): unknown;
}
