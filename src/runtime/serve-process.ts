/** The life of a serving process: alone, as one of several workers, or as the one that starts them. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedApp } from "../app/one.ts";
import { withOperations } from "../app/operations.ts";
import type { ServerConfig } from "../config/schema-parts.ts";
import type { Log } from "../core/context.ts";
import type { Metrics } from "../observe/metrics.ts";
import { type Endpoint, type Listening, listenError, listeningUrl } from "./endpoint.ts";
import { type ListeningSocket, listeningSocket } from "./listening-socket.ts";
import { relay, workerSocket } from "./relay.ts";
import { type Listener, listen } from "./serve.ts";
import { sharedMetrics } from "./shared-metrics.ts";
import { type SuperviseOptions, supervise } from "./supervise.ts";
import { INHERITED, parentGone, tellParent, type WorkerTask } from "./worker-link.ts";

/** ms that running requests get when the server is told to stop. */
const GRACE = 10_000;

/** ms between two looks at how much memory a worker takes. */
const MEMORY_INTERVAL = 2000;

export function workerCount(workers: number | "auto"): number {
  return workers === "auto" ? availableParallelism() : workers;
}

export interface ServeDeps {
  /** Of a worker; `undefined`: this process is alone. */
  readonly task: WorkerTask | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Serves until the process is told to stop. SIGHUP reads the configuration again.
 *
 * @throws CannotListen if somebody else listens there
 */
export async function serveHere(
  app: LoadedApp,
  listening: Listening,
  { task, log, metrics }: ServeDeps,
): Promise<void> {
  // Before anybody learns that this process listens: both signals would end it otherwise.
  process.on("SIGHUP", () => void app.reload?.());
  const stopped = stopSignal(task !== undefined);
  const shared = sharedMetrics(metrics, task?.metrics);
  const listener = await listen(withOperations(app, shared), {
    ...listening,
    shared: task !== undefined,
    log,
  });
  if (task) {
    tellParent("ready");
    watchMemory(app.server.worker_memory);
  } else sayListening(listener, app.server, 1, log);
  await stopped;
  await listener.close(GRACE);
  await shared.close();
  await app.close();
}

/**
 * Starts workers and keeps them alive until the process is told to stop.
 *
 * @returns exit code: that of a worker that cannot start
 * @throws CannotListen if somebody else listens there
 */
export async function serveByWorkers(
  server: ServerConfig,
  wanted: Listening,
  options: Omit<SuperviseOptions, "task">,
): Promise<number> {
  const { log, count } = options;
  const listening = { ...wanted, endpoint: await probe(wanted.endpoint) };
  const { endpoint } = listening;
  const socket = await commonSocket(listening);
  const metrics = await mkdtemp(join(tmpdir(), "rhumb-metrics-"));
  const supervisor = supervise({
    ...options,
    inherit: socket?.fd,
    task: (serial, place) => ({
      listening: { ...listening, endpoint: ofWorker(endpoint, serial, socket) },
      workers: count,
      isQuiet: place > 0,
      metrics,
    }),
  });
  const stopped = stopSignal(false);
  process.on("SIGHUP", () => supervisor.reload());
  try {
    const needsRelay = endpoint.kind === "unix" && !socket;
    const shared = needsRelay ? await relay(endpoint, supervisor.ready, log) : socket;
    const code = await Promise.race([supervisor.started, stopped]);
    if (code === undefined) {
      sayListening({ url: listeningUrl(listening) }, server, count, log);
      await stopped;
    }
    await Promise.all([shared?.close(GRACE), supervisor.stop(GRACE)]);
    return code ?? 0;
  } finally {
    await supervisor.stop(0);
    await rm(metrics, { recursive: true, force: true });
  }
}

function sayListening(
  { url }: Pick<Listener, "url">,
  { base_path }: ServerConfig,
  workers: number,
  log: Log,
): void {
  log.info("listening", { url: url.startsWith("http:") ? `${url}${base_path}/` : url, workers });
}

/** The socket that all workers accept on; `undefined` where each needs its own. Bun's HTTP server does. */
async function commonSocket(listening: Listening): Promise<ListeningSocket | undefined> {
  const { protocol, endpoint } = listening;
  if (protocol !== "fastcgi" || endpoint.kind !== "unix") return undefined;
  return await listeningSocket(endpoint);
}

/** Where a worker listens: on the common port or socket, or on a socket of its own behind the relay. */
function ofWorker(
  endpoint: Endpoint,
  serial: number,
  socket: ListeningSocket | undefined,
): Endpoint {
  if (endpoint.kind !== "unix") return endpoint;
  if (socket) return { kind: "inherited", fd: INHERITED, path: endpoint.path };
  return { kind: "unix", path: workerSocket(endpoint.path, serial), mode: 0o600 };
}

/**
 * Makes sure that nobody listens on a port, and finds a free one for port 0: workers share theirs, so
 * the kernel would let them share it with another server too.
 */
function probe(endpoint: Endpoint): Promise<Endpoint> {
  if (endpoint.kind !== "tcp") return Promise.resolve(endpoint);
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => reject(listenError(error, endpoint)));
    server.listen({ host: endpoint.host, port: endpoint.port }, () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : endpoint.port;
      server.close(() => resolve({ ...endpoint, port }));
    });
  });
}

/** Asks to be replaced when this process has grown beyond `limit` MiB. */
function watchMemory(limit: number | undefined): void {
  if (limit === undefined) return;
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() < limit * 2 ** 20) return;
    clearInterval(timer);
    tellParent("replace");
  }, MEMORY_INTERVAL);
  timer.unref();
}

/** Resolves when the process is told to stop, or when the process that started it has gone. */
function stopSignal(isWorker: boolean): Promise<undefined> {
  return new Promise((resolve) => {
    const stop = () => resolve(undefined);
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    if (isWorker) parentGone(stop);
  });
}
