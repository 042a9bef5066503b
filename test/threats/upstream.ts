import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { crc32, deflateSync, gzipSync } from "node:zlib";

/** A server that does wrong what a server can do wrong; the first word of the path says what. */
export interface HostileUpstream {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly url: string;
  /** Paths with query that were asked, in order. */
  readonly asked: readonly string[];
  /** Connections that are open now. */
  open(): number;
  close(): Promise<void>;
}

/** What {@linkcode hostileUpstream} answers below `/good`, and what the faults spoil. */
export function goodPng(width = 256, height = 256, color = [30, 90, 160]): Buffer {
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x++) row.set([...color.slice(0, 2), (color[2]! + x) & 255], 1 + x * 3);
  const pixels = Buffer.concat(Array.from({ length: height }, () => row));
  return png(width, height, deflateSync(pixels));
}

/** A PNG file that says it has `width` x `height` RGB pixels, whatever `data` holds. */
function png(width: number, height: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body) >>> 0, 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

const EXCEPTION = `<?xml version="1.0"?><ServiceExceptionReport version="1.1.1"><ServiceException>no such layer, apikey=S3CRET</ServiceException></ServiceExceptionReport>`;
const LOGIN = "<!DOCTYPE html><html><script>alert(1)</script><form>please log in</form></html>";

/** One kind of wrongdoing. */
type Fault = (response: ServerResponse, about: { asked: string; count: number }) => void;

function send(response: ServerResponse, type: string, body: Uint8Array | string): void {
  response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** Repeats `part` for as long as somebody reads. */
function endless(response: ServerResponse, part: Uint8Array, pause: number): void {
  const timer = setInterval(() => response.write(part), pause);
  response.on("close", () => clearInterval(timer));
}

const FAULTS: Readonly<Record<string, Fault>> = {
  good: (r) => send(r, "image/png", goodPng()),
  "good-1024": (r) => send(r, "image/png", goodPng(1024, 1024)),
  "slow-body": (r) => {
    r.writeHead(200, { "content-type": "image/png" });
    endless(r, Buffer.from([0x89]), 100);
  },
  "no-answer": () => {},
  "endless-body": (r) => {
    r.writeHead(200, { "content-type": "image/png" });
    endless(r, Buffer.alloc(4 * 1024 * 1024, 0x41), 1);
  },
  "short-body": (r) => {
    const body = goodPng();
    r.writeHead(200, { "content-type": "image/png", "content-length": body.length });
    r.write(body.subarray(0, 100));
    setTimeout(() => r.destroy(), 20);
  },
  "cut-chunk": (r) => {
    r.writeHead(200, { "content-type": "image/png", "transfer-encoding": "chunked" });
    r.write(goodPng().subarray(0, 200));
    setTimeout(() => r.destroy(), 20);
  },
  reset: (r) => r.destroy(),
  "wrong-type": (r) => send(r, "text/html", goodPng()),
  "wrong-magic": (r) => send(r, "image/png", LOGIN),
  "xml-200": (r) => send(r, "application/vnd.ogc.se_xml", EXCEPTION),
  "xml-as-png": (r) => send(r, "image/png", EXCEPTION),
  "html-200": (r) => send(r, "text/html; charset=utf-8", LOGIN),
  "no-content": (r) => r.writeHead(204).end(),
  empty: (r) => send(r, "image/png", ""),
  "png-cut": (r) => send(r, "image/png", goodPng().subarray(0, 300)),
  "png-crc": (r) => {
    const bytes = Buffer.from(goodPng());
    bytes[60] = bytes[60]! ^ 0xff;
    send(r, "image/png", bytes);
  },
  "png-no-end": (r) => send(r, "image/png", goodPng().subarray(0, -12)),
  "jpeg-no-end": (r) => send(r, "image/jpeg", Buffer.from("ffd8ffe000104a46494600", "hex")),
  "wrong-size": (r) => send(r, "image/png", goodPng(300, 200)),
  "pixel-bomb": (r) => send(r, "image/png", png(60_000, 60_000, deflateSync(Buffer.alloc(1000)))),
  "inflate-bomb": (r) => {
    // says 256 x 256, holds two hundred times as much
    send(r, "image/png", png(256, 256, deflateSync(Buffer.alloc(40_000_000), { level: 9 })));
  },
  "gzip-bomb": (r) => {
    const body = gzipSync(Buffer.alloc(100_000_000), { level: 9 });
    r.writeHead(200, { "content-type": "image/png", "content-encoding": "gzip" });
    r.end(body);
  },
  "redirect-file": (r) => r.writeHead(302, { location: "file:///etc/passwd" }).end(),
  "redirect-loop": (r, { asked }) => r.writeHead(302, { location: asked }).end(),
  "redirect-to": (r, { asked }) => {
    const to = new URL(asked, "http://h").searchParams.get("to") ?? "";
    r.writeHead(302, { location: to }).end();
  },
  "status-500": (r) => r.writeHead(500, { "content-type": "text/html" }).end(LOGIN),
  "status-503": (r) => r.writeHead(503, { "retry-after": "1" }).end(),
  "etag-changing": (r, { count }) => {
    r.writeHead(200, { "content-type": "image/png", etag: `"${count}"` });
    r.end(goodPng());
  },
  headers: (r) => {
    r.writeHead(200, {
      "content-type": "image/png",
      "set-cookie": "session=S3CRET",
      "content-security-policy": "default-src *",
      "access-control-allow-credentials": "true",
      "cache-control": "public, max-age=99999999",
    });
    r.end(goodPng());
  },
  "info-html": (r) => send(r, "text/html", LOGIN),
  "info-xml-bomb": (r) => {
    const entities = Array.from({ length: 12 }, (_, i) => {
      const inner = i === 0 ? "lol" : `&e${i - 1};`.repeat(10);
      return `<!ENTITY e${i} "${inner}">`;
    });
    send(r, "text/xml", `<?xml version="1.0"?><!DOCTYPE x [${entities.join("")}]><x>&e11;</x>`);
  },
  "info-xxe": (r) => {
    const doctype = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>';
    send(r, "text/xml", `<?xml version="1.0"?>${doctype}<x>&f;</x>`);
  },
  "info-deep": (r) => send(r, "text/xml", `${"<a>".repeat(1_000_000)}${"</a>".repeat(1_000_000)}`),
};

/** Names of all faults. */
export type FaultName = keyof typeof FAULTS & string;

/** Starts the server; `/<fault>/anything?…` answers with that fault, after `delay` ms. */
export async function hostileUpstream(delay = 0): Promise<HostileUpstream> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    const target = request.url ?? "/";
    asked.push(target);
    const [, name = ""] = /^\/([\w-]+)/.exec(target) ?? [];
    const fault = FAULTS[name];
    response.on("error", () => {});
    if (!fault) return void response.writeHead(404).end();
    setTimeout(() => fault(response, { asked: target, count: asked.length }), delay);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
