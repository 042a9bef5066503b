import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../e2e/server.ts";

/** A web server in front of Rhumb, with one of our example configurations. */
export interface Front {
  readonly port: number;
  output(): string;
  stop(): Promise<void>;
}

const ETC = fileURLToPath(new URL("../../etc/", import.meta.url));

/** What the example configurations name, and what stands there in a test. */
export interface Places {
  readonly directory: string;
  readonly socket: string;
  readonly httpPort: number;
  readonly fastcgiPort: number;
}

const PROGRAMS = {
  lighttpd: (file: string) => ["lighttpd", "-D", "-f", file],
  nginx: (file: string, at: string) => [
    "nginx",
    ...["-p", at, "-c", file, "-e", join(at, "nginx.error")],
    ...["-g", `daemon off; pid ${join(at, "nginx.pid")};`],
  ],
  apache2: (file: string) => ["apache2", "-X", "-f", file],
} as const;

const FILES = { lighttpd: "lighttpd.conf", nginx: "nginx.conf", apache2: "apache.conf" } as const;
export type FrontName = keyof typeof PROGRAMS;

/** Starts a web server with the file of `etc/`, only ports and paths replaced. */
export async function startFront(name: FrontName, places: Places): Promise<Front> {
  const port = await freePort();
  const { directory } = places;
  const written = await readFile(join(ETC, FILES[name]), "utf8");
  const config = surround(name, port, directory) + substitute(written, port, places);
  const file = join(directory, FILES[name]);
  await writeFile(file, config);
  const [program = "", ...args] = PROGRAMS[name](file, directory);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part) => {
      output += part;
    });
  }
  await untilAnswers(port, child, () => output);
  return { port, output: () => output, stop: () => stop(child) };
}

function substitute(text: string, port: number, places: Places): string {
  return text
    .replace(/^(\s*listen|server\.port =) 80\b/gm, `$1 ${port}`)
    .replaceAll("<VirtualHost *:80>", `<VirtualHost *:${port}>`)
    .replaceAll("/srv/rhumb/var/fcgi-socket", places.socket)
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${places.httpPort}`)
    .replaceAll('"port" => 8081', `"port" => ${places.fastcgiPort}`)
    .replaceAll("/var/www/html", places.directory)
    .replaceAll("/var/log/lighttpd/error.log", join(places.directory, "lighttpd.error"));
}

/** What Debian's own main file has around a site. */
function surround(name: FrontName, port: number, directory: string): string {
  if (name !== "apache2") return "";
  const modules = ["mpm_event", "authz_core", "proxy", "proxy_http", "proxy_fcgi", "headers"];
  const loaded = modules.map(
    (module) => `LoadModule ${module}_module /usr/lib/apache2/modules/mod_${module}.so\n`,
  );
  return `ServerRoot ${directory}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${directory}/apache.pid
ErrorLog ${directory}/apache.error
DefaultRuntimeDir ${directory}
Mutex file:${directory} default
${loaded.join("")}`;
}

async function untilAnswers(port: number, child: ChildProcess, said: () => string) {
  for (const deadline = Date.now() + 20_000; ; ) {
    try {
      await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
      return;
    } catch {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`The web server does not answer:\n${said()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 5000).unref();
  });
}
