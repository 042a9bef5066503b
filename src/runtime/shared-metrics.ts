import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Metrics,
  type MetricsSnapshot,
  mergeMetrics,
  withoutGauges,
} from "../observe/metrics.ts";

/** ms between two times that a worker writes down its counts for the others. */
const INTERVAL = 1000;

/** ms after which a file is that of a worker that has ended: what it counted stays, gauges do not. */
const OUTDATED = 5000;

export interface SharedMetrics {
  /** Counts of all processes that name the same directory. */
  collect(): Promise<MetricsSnapshot>;
  /** Writes down the last counts. */
  close(): Promise<void>;
}

/**
 * Counts of several processes together: each writes its own into a file, whoever is asked reads all.
 *
 * @param directory `undefined`: this process is alone
 */
export function sharedMetrics(metrics: Metrics, directory: string | undefined): SharedMetrics {
  const own = `${process.pid}.json`;
  const snapshot = (): MetricsSnapshot => {
    metrics.set("rhumb_memory_bytes", process.memoryUsage.rss());
    return metrics.snapshot();
  };
  if (directory === undefined) return { collect: async () => snapshot(), close: async () => {} };

  const write = async (): Promise<void> => {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, `${own}.new`), JSON.stringify(snapshot()));
    await rename(join(directory, `${own}.new`), join(directory, own));
  };
  const timer = setInterval(() => {
    write().catch(() => {}); // a full disk: the counts of this process are missing for a while
  }, INTERVAL);
  timer.unref();

  const others = async (): Promise<MetricsSnapshot[]> => {
    const names = (await readdir(directory)).filter((n) => n.endsWith(".json") && n !== own);
    return await Promise.all(names.map((name) => readOther(join(directory, name))));
  };
  return {
    collect: async () => mergeMetrics([snapshot(), ...(await others())]),
    async close() {
      clearInterval(timer);
      await write().catch(() => {}); // as above
    },
  };
}

async function readOther(file: string): Promise<MetricsSnapshot> {
  const [text, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
  const snapshot = JSON.parse(text) as MetricsSnapshot;
  return Date.now() - mtimeMs > OUTDATED ? withoutGauges(snapshot) : snapshot;
}
