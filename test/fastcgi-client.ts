import { connect, type NetConnectOpts, type Socket } from "node:net";
import * as fcgi from "../src/runtime/fastcgi/records.ts";

/** What came back for one request. */
export interface FastCgiAnswer {
  /** Status, headers and body as they came. */
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Of END_REQUEST: 0 complete, 2 overloaded, 3 unknown role. */
  readonly protocolStatus: number;
}

export interface BeginOptions {
  readonly role?: number;
  readonly keepConnection?: boolean;
}

/** The web server's side of a FastCGI connection, record by record. */
export class FastCgiClient {
  readonly socket: Socket;
  readonly #reader = new fcgi.RecordReader();
  readonly #open = new Map<number, { out: Buffer[]; err: Buffer[] }>();
  readonly #answers = new Map<number, FastCgiAnswer>();
  readonly #management: { type: number; content: Uint8Array }[] = [];
  #changed = (): void => {};
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;

  constructor(place: NetConnectOpts) {
    this.socket = connect({ ...place, allowHalfOpen: true });
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
    this.socket.on("error", () => {});
    this.socket.on("end", () => this.socket.end());
    this.socket.on("data", (bytes: Buffer) => {
      for (const record of this.#reader.read(bytes)) this.#take(record);
      this.#changed();
    });
    void this.closed.then(() => this.#changed());
  }

  #take({ type, id, content }: fcgi.FastCgiRecord): void {
    const copy = Buffer.from(content);
    if (id === 0) {
      this.#management.push({ type, content: copy });
      return;
    }
    const open = this.#open.get(id) ?? { out: [], err: [] };
    this.#open.set(id, open);
    if (type === fcgi.STDOUT) open.out.push(copy);
    else if (type === fcgi.STDERR) open.err.push(copy);
    else if (type === fcgi.END_REQUEST) {
      this.#open.delete(id);
      this.#answers.set(id, {
        stdout: Buffer.concat(open.out),
        stderr: Buffer.concat(open.err).toString(),
        protocolStatus: copy[4] ?? -1,
      });
    }
  }

  send(type: number, id: number, content: Uint8Array = new Uint8Array()): void {
    this.socket.write(fcgi.encodeRecord(type, id, content));
  }

  begin(id: number, { role = fcgi.RESPONDER, keepConnection = true }: BeginOptions = {}): void {
    const flags = keepConnection ? fcgi.KEEP_CONNECTION : 0;
    this.send(fcgi.BEGIN_REQUEST, id, Uint8Array.of(0, role, flags, 0, 0, 0, 0, 0));
  }

  /** Parameters with their end. */
  params(id: number, params: Readonly<Record<string, string>>): void {
    this.socket.write(fcgi.encodeStream(fcgi.PARAMS, id, fcgi.encodePairs(Object.entries(params))));
    this.send(fcgi.PARAMS, id);
  }

  /** A whole request; resolves to its answer. */
  ask(
    id: number,
    params: Readonly<Record<string, string>>,
    { body = new Uint8Array(), ...options }: BeginOptions & { body?: Uint8Array } = {},
  ): Promise<FastCgiAnswer> {
    this.begin(id, options);
    this.params(id, { REQUEST_METHOD: "GET", SERVER_NAME: "localhost", ...params });
    this.socket.write(fcgi.encodeStream(fcgi.STDIN, id, body));
    this.send(fcgi.STDIN, id);
    return this.answer(id);
  }

  /** @throws Error if the connection closes before */
  async answer(id: number): Promise<FastCgiAnswer> {
    await this.#until(() => this.#answers.has(id));
    const answer = this.#answers.get(id)!; // waited for
    this.#answers.delete(id);
    return answer;
  }

  /** STDOUT of a request that may not have ended, once it has `length` bytes. */
  async partial(id: number, length: number): Promise<Buffer> {
    const bytes = () => Buffer.concat(this.#open.get(id)?.out ?? []);
    await this.#until(() => bytes().length >= length);
    return bytes();
  }

  /** The next record about the connection itself. */
  async management(): Promise<{ type: number; content: Uint8Array }> {
    await this.#until(() => this.#management.length > 0);
    return this.#management.shift()!; // waited for
  }

  async #until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.socket.destroyed) throw new Error("The connection was closed");
      await new Promise<void>((resolve) => {
        const before = this.#changed;
        this.#changed = () => {
          before();
          resolve();
        };
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Status and body of what a CGI program printed. */
export function parseCgi(stdout: Buffer): { status: number; head: string; body: Buffer } {
  const end = stdout.indexOf("\r\n\r\n");
  const head = stdout.subarray(0, end).toString();
  return {
    status: Number(/^Status: (\d+)/.exec(head)?.[1]),
    head,
    body: stdout.subarray(end + 4),
  };
}
