import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { FastCgiClient, parseCgi } from "../../../test/fastcgi-client.ts";
import { silentLog } from "../../../test/platform.ts";
import type { Fetch } from "../bound.ts";
import { type Listener, listen } from "../serve.ts";
import { Connection } from "./connection.ts";
import * as fcgi from "./records.ts";
import type { Wire } from "./wire.ts";

/** Things that a test lets happen when it wants. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

let slow = gate();
const seen: { signal: AbortSignal; peer: string | undefined }[] = [];

/** An application that does what the path says. */
const app: Fetch = async (request, { peer, client }) => {
  const url = new URL(request.url);
  switch (url.pathname) {
    case "/echo":
      return new Response(`${request.method} ${request.url} ${peer} ${client}`, {
        headers: { "x-header": request.headers.get("x-custom") ?? "none" },
      });
    case "/body": {
      let length = 0;
      let sum = 0;
      for await (const part of request.body ?? []) {
        length += part.length;
        for (const byte of part) sum = (sum + byte) % 65521;
      }
      return new Response(`${length} ${sum}`);
    }
    case "/slow":
      seen.push({ signal: request.signal, peer });
      await slow.opened;
      return new Response("slow");
    case "/large":
      return new Response(new Uint8Array(Number(url.searchParams.get("n"))).fill(7));
    case "/stream": {
      const parts = ["one", "two"];
      return new Response(
        new ReadableStream({
          async pull(controller) {
            const part = parts.shift();
            if (part === "two") await slow.opened;
            if (part) controller.enqueue(new TextEncoder().encode(part));
            else controller.close();
          },
        }),
      );
    }
    case "/fault":
      throw new Error("told to fail");
    default:
      return new Response(null, { status: 404 });
  }
};

describe("Connection", () => {
  let listener: Listener;
  const clients: FastCgiClient[] = [];
  const client = (): FastCgiClient => {
    assert.ok(listener.endpoint.kind === "tcp");
    const { host, port } = listener.endpoint;
    const made = new FastCgiClient({ host, port });
    clients.push(made);
    return made;
  };
  const path = (text: string, more: Record<string, string> = {}) => ({ PATH_INFO: text, ...more });

  before(async () => {
    const endpoint = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
    listener = await listen(app, { protocol: "fastcgi", endpoint, log: silentLog });
  });
  after(async () => {
    for (const each of clients) each.close();
    await listener.close(1000);
  });

  it("answers with status, headers and body, and knows peer and client", async () => {
    const { stdout, protocolStatus } = await client().ask(
      1,
      path("/echo", {
        QUERY_STRING: "a=1",
        HTTP_HOST: "example.org",
        HTTP_X_CUSTOM: "yes",
        REMOTE_ADDR: "192.0.2.1",
      }),
    );
    const { status, head, body } = parseCgi(stdout);
    assert.equal(protocolStatus, 0);
    assert.equal(status, 200);
    assert.match(head, /^Status: 200 OK\r\n(.+\r\n)*x-header: yes/m);
    assert.equal(String(body), "GET http://example.org/echo?a=1 127.0.0.1 192.0.2.1");
  });

  it("answers several requests on one connection, one after the other", async () => {
    const one = client();
    for (let id = 1; id <= 3; id++) {
      assert.equal(parseCgi((await one.ask(id, path("/echo"))).stdout).status, 200);
    }
    assert.equal(one.socket.destroyed, false);
  });

  it("closes the connection after the answer where FCGI_KEEP_CONN is not set", async () => {
    const one = client();
    await one.ask(1, path("/echo"), { keepConnection: false });
    await one.closed;
  });

  it("multiplexes: a slow request does not hold up a quick one", async () => {
    slow = gate();
    const one = client();
    const late = one.ask(1, path("/slow"));
    assert.equal(parseCgi((await one.ask(2, path("/echo"))).stdout).status, 200);
    slow.open();
    assert.equal(String(parseCgi((await late).stdout).body), "slow");
  });

  it("streams an answer as it comes", async () => {
    slow = gate();
    const one = client();
    const whole = one.ask(1, path("/stream"));
    const half = await one.partial(1, "Status: 200 OK\r\n\r\none".length);
    assert.match(String(half), /one$/);
    slow.open();
    assert.match(String((await whole).stdout), /onetwo$/);
  });

  for (const length of [0, 1, 65535, 65536, 3_000_000]) {
    it(`takes a body of ${length} bytes`, async () => {
      const body = new Uint8Array(length).fill(3);
      const params = path("/body", { REQUEST_METHOD: "POST", CONTENT_LENGTH: String(length) });
      const { stdout } = await client().ask(1, params, { body });
      assert.equal(String(parseCgi(stdout).body), `${length} ${(3 * length) % 65521}`);
    });

    it(`gives an answer of ${length} bytes`, async () => {
      const { stdout } = await client().ask(1, path("/large", { QUERY_STRING: `n=${length}` }));
      const { body } = parseCgi(stdout);
      assert.equal(body.length, length);
      assert.ok(body.every((byte) => byte === 7));
    });
  }

  it("holds back an answer that the web server does not read, and goes on when it does", async () => {
    const one = client();
    one.socket.pause();
    const answer = one.ask(1, path("/large", { QUERY_STRING: "n=20000000" }));
    const other = await client().ask(1, path("/echo"));
    assert.equal(parseCgi(other.stdout).status, 200);
    one.socket.resume();
    assert.equal(parseCgi((await answer).stdout).body.length, 20_000_000);
  });

  it("aborts a request on ABORT_REQUEST, and serves the connection on", async () => {
    slow = gate();
    seen.length = 0;
    const one = client();
    const aborted = one.ask(1, path("/slow"));
    await one.ask(2, path("/echo"));
    one.send(fcgi.ABORT_REQUEST, 1);
    assert.equal((await aborted).stdout.length, 0);
    assert.equal(seen[0]?.signal.aborted, true);
    assert.equal(parseCgi((await one.ask(1, path("/echo"))).stdout).status, 200);
    slow.open();
  });

  it("aborts what a connection asked for when it breaks", async () => {
    slow = gate();
    seen.length = 0;
    const one = client();
    void one.ask(1, path("/slow")).catch(() => {});
    await one.ask(2, path("/echo"));
    const aborted = new Promise<void>((resolve) => {
      seen[0]?.signal.addEventListener("abort", () => resolve());
    });
    one.close();
    await aborted;
    slow.open();
  });

  it("answers a web server that sends no more but still listens (half-closed)", async () => {
    slow = gate();
    const one = client();
    const answer = one.ask(1, path("/slow"), { keepConnection: false });
    one.socket.end();
    setTimeout(slow.open, 20);
    assert.equal(String(parseCgi((await answer).stdout).body), "slow");
  });

  it("answers HEAD without a body", async () => {
    const { stdout } = await client().ask(1, path("/echo", { REQUEST_METHOD: "HEAD" }));
    assert.equal(parseCgi(stdout).body.length, 0);
  });

  it("turns a fault into 500 without details, and says what it was on STDERR", async () => {
    const { stdout, stderr } = await client().ask(1, path("/fault"));
    assert.equal(parseCgi(stdout).status, 500);
    assert.equal(String(parseCgi(stdout).body), "internal error");
    assert.match(stderr, /told to fail/);
  });

  it("survives methods that no Request may have", async () => {
    const one = client();
    for (const method of ["TRACE", "CONNECT", "B AD", ""]) {
      const { stdout } = await one.ask(1, path("/echo", { REQUEST_METHOD: method }));
      assert.ok(parseCgi(stdout).status >= 200, method);
    }
  });

  it("says its limits (GET_VALUES)", async () => {
    const one = client();
    const names = ["FCGI_MPXS_CONNS", "FCGI_MAX_REQS", "UNHEARD_OF"] as const;
    one.send(fcgi.GET_VALUES, 0, fcgi.encodePairs(names.map((name) => [name, ""] as const)));
    const { type, content } = await one.management();
    assert.equal(type, fcgi.GET_VALUES_RESULT);
    assert.deepEqual(
      [...fcgi.decodePairs(content)],
      [
        ["FCGI_MPXS_CONNS", "1"],
        ["FCGI_MAX_REQS", "128"],
      ],
    );
  });

  it("answers UNKNOWN_TYPE to management records it does not know", async () => {
    const one = client();
    one.send(99, 0, Uint8Array.of(1, 2, 3));
    const { type, content } = await one.management();
    assert.deepEqual([type, content[0]], [fcgi.UNKNOWN_TYPE, 99]);
  });

  it("refuses roles other than that of a responder", async () => {
    const one = client();
    one.begin(1, { role: 2 });
    assert.equal((await one.answer(1)).protocolStatus, fcgi.UNKNOWN_ROLE);
    one.begin(1, { role: 3 });
    assert.equal((await one.answer(1)).protocolStatus, fcgi.UNKNOWN_ROLE);
  });

  it("is overloaded by more than 128 requests on one connection, and serves those", async () => {
    slow = gate();
    const one = client();
    const answers = Array.from({ length: 129 }, (_, i) => one.ask(i + 1, path("/slow")));
    assert.equal((await answers[128])?.protocolStatus, fcgi.OVERLOADED);
    slow.open();
    const rest = await Promise.all(answers.slice(0, 128));
    assert.ok(rest.every(({ protocolStatus }) => protocolStatus === 0));
  });

  it("answers 431 to parameters beyond 256 kB, and serves the connection on", async () => {
    const one = client();
    const { stdout } = await one.ask(1, path("/echo", { HTTP_X_LONG: "x".repeat(300_000) }));
    assert.equal(parseCgi(stdout).status, 431);
    assert.equal(parseCgi((await one.ask(2, path("/echo"))).stdout).status, 200);
  });

  it("passes over records of requests that are answered or were never begun", async () => {
    const one = client();
    await one.ask(1, path("/echo"));
    one.send(fcgi.STDIN, 1, Uint8Array.of(1));
    one.send(fcgi.PARAMS, 77, Uint8Array.of(1, 2, 3));
    one.send(fcgi.ABORT_REQUEST, 5);
    assert.equal(parseCgi((await one.ask(2, path("/echo"))).stdout).status, 200);
  });

  describe("closes a connection that breaks the protocol, and serves the others", () => {
    const breaks: Record<string, (one: FastCgiClient) => void> = {
      "another version": (one) => void one.socket.write(new Uint8Array(8).fill(2)),
      "HTTP in place of FastCGI": (one) => void one.socket.write("GET / HTTP/1.1\r\n\r\n"),
      "a request begun twice": (one) => {
        one.begin(1);
        one.begin(1);
      },
      "BEGIN_REQUEST cut short": (one) => one.send(fcgi.BEGIN_REQUEST, 1, Uint8Array.of(0)),
      "a body before the parameters have ended": (one) => {
        one.begin(1);
        one.send(fcgi.STDIN, 1, Uint8Array.of(1));
      },
      "parameters cut off": (one) => {
        one.begin(1);
        one.send(fcgi.PARAMS, 1, Uint8Array.of(200));
        one.send(fcgi.PARAMS, 1);
      },
      "a record that only applications send": (one) => {
        one.begin(1);
        one.send(fcgi.END_REQUEST, 1, new Uint8Array(8));
      },
      "half a request and then the end": (one) => {
        one.begin(1);
        one.socket.end();
      },
    };
    for (const [name, act] of Object.entries(breaks)) {
      it(name, async () => {
        const [good, bad] = [client(), client()];
        await good.ask(1, path("/echo"));
        act(bad);
        await bad.closed;
        assert.equal(parseCgi((await good.ask(2, path("/echo"))).stdout).status, 200);
      });
    }

    it("any records in any order", async () => {
      const record = fc.tuple(
        fc.integer({ min: 0, max: 13 }),
        fc.integer({ min: 0, max: 3 }),
        fc.uint8Array({ maxLength: 40 }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(record, { maxLength: 20 }), async (records) => {
          const bad = client();
          for (const [type, id, content] of records) bad.send(type, id, content);
          bad.socket.end();
          await bad.closed;
        }),
        { numRuns: 60 },
      );
      assert.equal(parseCgi((await client().ask(1, path("/echo"))).stdout).status, 200);
    });
  });

  it("drains: answers what is under way, takes nothing new, then closes", async () => {
    slow = gate();
    const endpoint = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
    const own = await listen(app, { protocol: "fastcgi", endpoint, log: silentLog });
    assert.ok(own.endpoint.kind === "tcp");
    const [busy, idle] = [new FastCgiClient(own.endpoint), new FastCgiClient(own.endpoint)];
    await idle.ask(1, path("/echo"));
    const answer = busy.ask(1, path("/slow"));
    await busy.ask(2, path("/echo"));
    const closed = own.close(10_000);
    await idle.closed;
    busy.begin(3);
    assert.equal((await busy.answer(3)).protocolStatus, fcgi.OVERLOADED);
    slow.open();
    assert.equal(String(parseCgi((await answer).stdout).body), "slow");
    await Promise.all([closed, busy.closed]);
  });
});

describe("a connection on which no byte moves", () => {
  /** A connection, and what has become of its wire. */
  function setUp() {
    const state = { isDestroyed: false, unsent: 0, closed: 0 };
    const wire: Wire = {
      isClosed: false,
      get unsent() {
        return state.unsent;
      },
      write: () => true,
      drained: async () => {},
      end: () => {},
      destroy: () => {
        state.isDestroyed = true;
      },
      pause: () => {},
      resume: () => {},
    };
    const answered = gate();
    const connection = new Connection(wire, {
      answer: () => answered.opened.then(() => new Response("late")),
      log: silentLog,
      onClosed: () => state.closed++,
    });
    const send = (type: number, content: Uint8Array) =>
      connection.read(fcgi.encodeRecord(type, 1, content));
    return { state, connection, send };
  }
  const BEGIN = Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 0);
  const PARAMS = fcgi.encodePairs([["REQUEST_METHOD", "POST"]]);

  const cases: Record<string, [isDestroyed: boolean, act: (s: ReturnType<typeof setUp>) => void]> =
    {
      "stays where nothing is asked": [false, () => {}],
      "stays while an answer is made": [
        false,
        ({ send }) => {
          send(fcgi.BEGIN_REQUEST, BEGIN);
          send(fcgi.PARAMS, PARAMS);
          send(fcgi.PARAMS, new Uint8Array());
          send(fcgi.STDIN, new Uint8Array());
        },
      ],
      "ends in the middle of a record": [true, ({ connection }) => connection.read(BEGIN)],
      "ends in the middle of the parameters": [
        true,
        ({ send }) => {
          send(fcgi.BEGIN_REQUEST, BEGIN);
          send(fcgi.PARAMS, PARAMS);
        },
      ],
      "ends in the middle of a body": [
        true,
        ({ send }) => {
          send(fcgi.BEGIN_REQUEST, BEGIN);
          send(fcgi.PARAMS, PARAMS);
          send(fcgi.PARAMS, new Uint8Array());
          send(fcgi.STDIN, Uint8Array.of(1, 2, 3));
        },
      ],
      "ends where all is answered and the web server does not close": [
        true,
        ({ send }) => {
          send(fcgi.BEGIN_REQUEST, Uint8Array.of(0, 3, 0, 0, 0, 0, 0, 0)); // a role that gets its answer at once
        },
      ],
      "ends where an answer is not taken": [
        true,
        ({ state }) => {
          state.unsent = 1;
        },
      ],
    };
  for (const [name, [isDestroyed, act]] of Object.entries(cases)) {
    it(name, () => {
      const made = setUp();
      act(made);
      made.connection.quiet();
      assert.equal(made.state.isDestroyed, isDestroyed);
      made.connection.closed();
      assert.equal(made.state.closed, 1);
    });
  }
});
