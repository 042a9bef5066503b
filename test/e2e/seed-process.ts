import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { canvas } from "../../src/image/canvas.ts";
import { encodePng } from "../../src/image/png-encode.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Run {
  /** `null`: killed by a signal. */
  readonly code: number | null;
  /** Standard output and errors. */
  readonly output: string;
}

/** Starts the command line on the runtime that runs this test, in `cwd`. */
export function startCli(
  args: readonly string[],
  cwd: string,
): { readonly pid: number; readonly ended: Promise<Run> } {
  const isDeno = "Deno" in globalThis;
  const before = isDeno ? ["run", "-A"] : [];
  const child = spawn(process.execPath, [...before, `${ROOT}src/cli.ts`, ...args], { cwd });
  let output = "";
  const heard = (part: unknown) => {
    output += part;
  };
  child.stdout.on("data", heard);
  child.stderr.on("data", heard);
  const ended = new Promise<Run>((resolve) => {
    child.once("close", (code) => resolve({ code, output }));
  });
  // signals are sent by number: Deno tells of a child that it has killed itself no exit code
  return { pid: child.pid!, ended };
}

/** A WMS that answers every request with a plain map of the size that is asked for. */
export interface MapServer {
  readonly url: string;
  /** BBOX of each request, in order. */
  readonly asked: string[];
  close(): void;
}

/**
 * @param answer told the BBOX before the map is sent; false: status 500 instead
 */
export async function mapServer(
  answer: (bbox: string) => boolean | Promise<boolean> = () => true,
): Promise<MapServer> {
  const asked: string[] = [];
  const pictures = new Map<string, Uint8Array>();
  const pictureOf = (width: number, height: number): Uint8Array => {
    const known = pictures.get(`${width}x${height}`);
    if (known) return known;
    const background = [200, 220, 240] as const;
    const made = encodePng(
      canvas([width, height], { mode: "RGB", transparent: false, background }),
    );
    pictures.set(`${width}x${height}`, made);
    return made;
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const query = new URL(request.url ?? "/", "http://localhost").searchParams;
    const of = (name: string) => query.get(name) ?? query.get(name.toUpperCase()) ?? "";
    asked.push(of("bbox"));
    if (!(await answer(of("bbox")))) {
      response.writeHead(500).end();
      return;
    }
    response.writeHead(200, { "content-type": "image/png" });
    response.end(pictureOf(Number(of("width")), Number(of("height"))));
  };
  const server: Server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
