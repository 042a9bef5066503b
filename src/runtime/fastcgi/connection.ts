import { concat } from "../../core/bytes.ts";
import type { Log } from "../../core/context.ts";
import { type BodySource, bodySource } from "./body.ts";
import { type CgiRequest, type Params, readParams, responseHead } from "./params.ts";
import * as fcgi from "./records.ts";
import type { Wire, WireUser } from "./wire.ts";

/** Answers one request; `signal` of the request aborts when the web server gave it up. */
export type Answer = (request: Request, cgi: CgiRequest) => Response | Promise<Response>;

/** Requests at the same time on one connection; web servers ask by FCGI_MAX_REQS. */
const MOST_REQUESTS = 128;

/** Bytes of all parameters of a request: more than any web server lets through as headers. */
const LONGEST_PARAMS = 256 * 1024;

/** Longest answer in bytes that is gathered and sent in one piece. */
const WHOLE_ANSWER = 1 << 20;

/** ms between two attempts to find out whether a web server that sends no more is still there. */
const PROBE_INTERVAL = 250;

export interface ConnectionDeps {
  readonly answer: Answer;
  readonly log: Log;
  onClosed(): void;
}

/** What is known of a request that has not been answered. */
interface Active {
  readonly id: number;
  readonly keepConnection: boolean;
  readonly abort: AbortController;
  /** Parameters as they come; `undefined` once they are complete. */
  params: Uint8Array[] | undefined;
  paramsLength: number;
  body: BodySource | undefined;
}

/**
 * One connection of a web server: several requests at the same time (multiplexed) or one after the
 * other, each answered as it comes (FastCGI 1.0).
 */
export class Connection implements WireUser {
  readonly #wire: Wire;
  readonly #deps: ConnectionDeps;
  readonly #reader = new fcgi.RecordReader();
  readonly #requests = new Map<number, Active>();
  #isClosing = false;
  /** All has been said; the web server closes. */
  #hasEnded = false;

  constructor(wire: Wire, deps: ConnectionDeps) {
    this.#wire = wire;
    this.#deps = deps;
  }

  /** No request is under way. */
  get isIdle(): boolean {
    return this.#requests.size === 0;
  }

  /** Takes no new request, and closes when those under way are answered. */
  drain(): void {
    this.#isClosing = true;
    if (this.isIdle) this.#endWire();
  }

  /** Ends at once; requests under way abort. */
  destroy(): void {
    this.#wire.destroy();
  }

  read(bytes: Uint8Array): void {
    try {
      for (const record of this.#reader.read(bytes)) this.#take(record);
    } catch (error) {
      if (!(error instanceof fcgi.ProtocolError)) throw error;
      this.#deps.log.warn("fastcgi-refused", { reason: error.message });
      this.#wire.destroy();
    }
  }

  #take(record: fcgi.FastCgiRecord): void {
    const { type, id, content } = record;
    const active = this.#requests.get(id);
    if (id === 0) this.#manage(type, content);
    else if (type === fcgi.BEGIN_REQUEST) this.#begin(id, content);
    else if (active) this.#continue(active, type, content);
    // else answered or aborted already: what still comes is passed over (3.3)
  }

  #continue(active: Active, type: number, content: Uint8Array): void {
    switch (type) {
      case fcgi.PARAMS:
        this.#takeParams(active, content);
        break;
      case fcgi.STDIN:
        this.#takeBody(active, content);
        break;
      case fcgi.ABORT_REQUEST:
        active.abort.abort();
        this.#end(active, fcgi.REQUEST_COMPLETE);
        break;
      case fcgi.DATA:
        break; // for filters only
      default:
        throw new fcgi.ProtocolError(`Cannot take a record of type ${type} from a web server`);
    }
  }

  /** Records about the connection (4). */
  #manage(type: number, content: Uint8Array): void {
    if (type !== fcgi.GET_VALUES) {
      const unknown = Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0);
      this.#wire.write(fcgi.encodeRecord(fcgi.UNKNOWN_TYPE, 0, unknown));
      return;
    }
    const values: Record<string, string> = {
      FCGI_MAX_CONNS: "1024",
      FCGI_MAX_REQS: String(MOST_REQUESTS),
      FCGI_MPXS_CONNS: "1",
    };
    const asked = [...fcgi.decodePairs(content).keys()];
    const known = asked.flatMap((name) =>
      Object.hasOwn(values, name) ? [[name, values[name]!] as const] : [],
    );
    const answer = fcgi.encodePairs(known);
    this.#wire.write(fcgi.encodeRecord(fcgi.GET_VALUES_RESULT, 0, answer));
  }

  #begin(id: number, content: Uint8Array): void {
    if (this.#requests.has(id)) {
      throw new fcgi.ProtocolError(`Cannot begin request ${id}: it is under way`);
    }
    const { role, keepConnection } = fcgi.decodeBegin(content);
    const active: Active = {
      id,
      keepConnection,
      abort: new AbortController(),
      params: [],
      paramsLength: 0,
      body: undefined,
    };
    this.#requests.set(id, active);
    if (role !== fcgi.RESPONDER) this.#end(active, fcgi.UNKNOWN_ROLE);
    else if (this.#isClosing || this.#requests.size > MOST_REQUESTS) {
      this.#end(active, fcgi.OVERLOADED);
    }
  }

  #takeParams(active: Active, content: Uint8Array): void {
    if (!active.params) {
      throw new fcgi.ProtocolError(
        `Cannot take parameters of request ${active.id}: they had ended`,
      );
    }
    active.paramsLength += content.length;
    if (active.paramsLength > LONGEST_PARAMS) {
      // At once, so that what still comes belongs to no request any more.
      const head = responseHead(new Response(null, { status: 431 }));
      this.#wire.write(fcgi.encodeStream(fcgi.STDOUT, active.id, bytesOf(head)));
      this.#end(active, fcgi.REQUEST_COMPLETE);
      return;
    }
    if (content.length > 0) {
      active.params.push(content.slice()); // the runtime uses its buffer again
      return;
    }
    const params = fcgi.decodePairs(wholeOf(active.params));
    active.params = undefined;
    void this.#respond(active, params);
  }

  #takeBody(active: Active, content: Uint8Array): void {
    if (active.params) {
      throw new fcgi.ProtocolError(`Cannot take the body of request ${active.id} before its head`);
    }
    if (content.length === 0) active.body?.end();
    // A handler that is slower than the web server holds the connection back.
    else if (active.body?.push(content.slice()) === false) this.#wire.pause();
  }

  async #respond(active: Active, params: Params): Promise<void> {
    let response: Response;
    try {
      const cgi = readParams(params);
      const hasBody = cgi.method !== "GET" && cgi.method !== "HEAD";
      if (hasBody) active.body = bodySource(() => this.#wire.resume());
      const request = new Request(cgi.url, {
        method: cgi.method,
        headers: cgi.headers,
        signal: active.abort.signal,
        ...(active.body && { body: active.body.stream, duplex: "half" }),
      } as RequestInit);
      response = await this.#deps.answer(request, cgi);
      if (cgi.method === "HEAD") response = new Response(null, response);
    } catch (error) {
      // Methods such as TRACE, which no Request can have, and faults of the application.
      this.#deps.log.error("fastcgi-failed", { error });
      response = new Response("internal error", { status: 500 });
      this.#wire.write(fcgi.encodeStream(fcgi.STDERR, active.id, bytesOf(`Rhumb: ${error}\n`)));
    }
    await this.#send(active, response);
  }

  async #send(active: Active, response: Response): Promise<void> {
    const { signal } = active.abort;
    try {
      const head = bytesOf(responseHead(response));
      const length = response.headers.get("content-length");
      if (!response.body || (length !== null && Number(length) <= WHOLE_ANSWER)) {
        const body = new Uint8Array(await response.arrayBuffer());
        if (!signal.aborted) this.#finish(active, fcgi.encodeAnswer(active.id, [head, body]));
        return;
      } else {
        this.#wire.write(fcgi.encodeStream(fcgi.STDOUT, active.id, head));
        await this.#stream(active, response.body);
      }
    } catch (error) {
      // Half an answer cannot be taken back: a connection that breaks tells the web server.
      if (!signal.aborted) this.#deps.log.error("fastcgi-answer-failed", { error });
      if (!signal.aborted) this.#wire.destroy();
    }
    if (!signal.aborted) this.#end(active, fcgi.REQUEST_COMPLETE);
  }

  async #stream({ id, abort }: Active, body: ReadableStream<Uint8Array>): Promise<void> {
    for await (const part of body) {
      if (abort.signal.aborted) return;
      if (!this.#wire.write(fcgi.encodeStream(fcgi.STDOUT, id, part))) await this.#wire.drained();
    }
  }

  /** Ends a request whose answer, if it has one, is written but for its end. */
  #end(active: Active, status: number): void {
    const isComplete = status === fcgi.REQUEST_COMPLETE;
    const { id } = active;
    this.#finish(active, isComplete ? fcgi.encodeAnswer(id, []) : fcgi.encodeEnd(id, status));
  }

  /** @param bytes the last of this request */
  #finish(active: Active, bytes: Uint8Array): void {
    this.#requests.delete(active.id);
    active.body?.discard();
    if (this.#wire.isClosed) return;
    const isLast = this.isIdle && (this.#isClosing || !active.keepConnection);
    if (isLast) this.#endWire(bytes);
    else this.#wire.write(bytes);
  }

  #endWire(bytes?: Uint8Array): void {
    this.#hasEnded = true;
    this.#wire.end(bytes);
  }

  /** The web server sends no more: it has gone, or has closed its half and still listens. */
  ended(): void {
    for (const { params, body } of this.#requests.values()) {
      if (params || body?.isEnded === false) {
        this.#wire.destroy();
        return;
      }
    }
    this.#isClosing = true;
    if (this.isIdle) this.#endWire();
    else this.#probe();
  }

  /**
   * Finds out a web server that has gone, so that nobody works on its requests in vain. An empty piece
   * of STDERR tells one that still listens nothing; one that has gone answers with a reset, which the
   * next write meets.
   */
  #probe(): void {
    const [id] = this.#requests.keys();
    if (id === undefined || this.#wire.isClosed) return;
    this.#wire.write(fcgi.encodeRecord(fcgi.STDERR, id, new Uint8Array()));
    setTimeout(() => this.#probe(), PROBE_INTERVAL);
  }

  quiet(): void {
    const isReading = [...this.#requests.values()].some(
      ({ params, body }) => params !== undefined || body?.isEnded === false,
    );
    const isStalled = isReading || !this.#reader.isBetweenRecords || this.#wire.unsent > 0;
    if (isStalled) this.#deps.log.warn("fastcgi-stalled", { requests: this.#requests.size });
    else if (!this.#hasEnded) return;
    this.#wire.destroy();
  }

  closed(): void {
    for (const active of this.#requests.values()) {
      active.abort.abort();
      active.body?.discard();
    }
    this.#requests.clear();
    this.#deps.onClosed();
  }
}

function wholeOf(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : concat(parts);
}

const encoder = new TextEncoder();

function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}
