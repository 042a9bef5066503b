/** What is counted. Names say the unit; a new metric is one line here. */
const METRICS = {
  rhumb_requests_total: {
    type: "counter",
    help: "Requests answered, by service and HTTP status.",
    labels: ["service", "status"],
  },
  rhumb_request_duration_seconds: {
    type: "histogram",
    help: "Time from the request to the start of its answer.",
    labels: ["service"],
  },
  rhumb_requests_in_progress: {
    type: "gauge",
    help: "Requests that are being answered.",
    labels: [],
  },
  rhumb_cache_tiles_total: {
    type: "counter",
    help: "Tiles asked of a cache, by outcome: hit, miss, stale.",
    labels: ["cache", "outcome"],
  },
  rhumb_upstream_requests_total: {
    type: "counter",
    help: "Requests to sources, by outcome: ok, failed.",
    labels: ["source", "outcome"],
  },
  rhumb_upstream_duration_seconds: {
    type: "histogram",
    help: "Time until the answer of a source was read, or failed.",
    labels: ["source"],
  },
  rhumb_configuration_reloads_total: {
    type: "counter",
    help: "Attempts to take over a changed configuration, by outcome: ok, refused.",
    labels: ["outcome"],
  },
  rhumb_memory_bytes: {
    type: "gauge",
    help: "Resident memory of all processes that answer.",
    labels: [],
  },
} as const;

type MetricName = keyof typeof METRICS;
type NameOf<T extends "counter" | "gauge" | "histogram"> = {
  [N in MetricName]: (typeof METRICS)[N]["type"] extends T ? N : never;
}[MetricName];

/** Upper bounds of the buckets of durations, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts of one process, as plain data: name -> values of the labels, as JSON -> numbers. */
export type MetricsSnapshot = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** Counters, gauges and histograms of one process. */
export interface Metrics {
  add(name: NameOf<"counter">, labels: readonly string[], value?: number): void;
  observe(name: NameOf<"histogram">, labels: readonly string[], seconds: number): void;
  set(name: NameOf<"gauge">, value: number): void;
  change(name: NameOf<"gauge">, by: number): void;
  snapshot(): MetricsSnapshot;
}

export function createMetrics(): Metrics {
  const all = new Map<MetricName, Map<string, number[]>>();
  // The same few label values come again and again: joined by a character that none contains.
  const series = (name: MetricName, labels: readonly string[], size: number): number[] => {
    let key = labels[0] ?? "";
    for (let i = 1; i < labels.length; i++) key += `\u0000${labels[i]}`;
    const known = all.get(name)?.get(key);
    if (known) return known;
    const numbers = new Array<number>(size).fill(0);
    all.set(name, (all.get(name) ?? new Map<string, number[]>()).set(key, numbers));
    return numbers;
  };
  const addTo = (numbers: number[], at: number, value: number): void => {
    numbers[at] = (numbers[at] ?? 0) + value;
  };

  return {
    add: (name, labels, value = 1) => addTo(series(name, labels, 1), 0, value),
    observe(name, labels, seconds) {
      // buckets, then all, then their sum
      const numbers = series(name, labels, BUCKETS.length + 2);
      const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
      if (bucket >= 0) addTo(numbers, bucket, 1);
      addTo(numbers, BUCKETS.length, 1);
      addTo(numbers, BUCKETS.length + 1, seconds);
    },
    set(name, value) {
      series(name, [], 1)[0] = value;
    },
    change: (name, by) => addTo(series(name, [], 1), 0, by),
    snapshot() {
      return Object.fromEntries(
        [...all].map(([name, ofName]) => [name, Object.fromEntries(ofName)] as const),
      );
    },
  };
}

/** Sums of several processes. */
export function mergeMetrics(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const merged: Record<string, Record<string, number[]>> = {};
  for (const snapshot of snapshots) {
    for (const [name, ofName] of Object.entries(snapshot)) {
      merged[name] ??= {};
      for (const [labels, numbers] of Object.entries(ofName)) {
        const sum = merged[name][labels];
        merged[name][labels] = numbers.map((n, i) => n + (sum?.[i] ?? 0));
      }
    }
  }
  return merged;
}

/** What of a process that has ended still counts. */
export function withoutGauges(snapshot: MetricsSnapshot): MetricsSnapshot {
  const isCount = (name: string) => METRICS[name as MetricName]?.type !== "gauge";
  return Object.fromEntries(Object.entries(snapshot).filter(([name]) => isCount(name)));
}

/** The text that Prometheus reads (exposition format 0.0.4). */
export function prometheusText(snapshot: MetricsSnapshot): string {
  let text = "";
  for (const [name, { type, help, labels }] of Object.entries(METRICS)) {
    const ofName = snapshot[name];
    if (!ofName) continue;
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    for (const [key, numbers] of Object.entries(ofName)) {
      const values = labels.length === 0 ? [] : key.split("\u0000");
      const pairs = labels.map((label, i) => `${label}="${escapeLabel(values[i] ?? "")}"`);
      text +=
        type === "histogram"
          ? histogram(name, pairs, numbers)
          : `${name}${braced(pairs)} ${numbers[0]}\n`;
    }
  }
  return text;
}

function histogram(name: string, pairs: readonly string[], numbers: readonly number[]): string {
  let text = "";
  let below = 0;
  for (const [i, bound] of [...BUCKETS, "+Inf"].entries()) {
    below = bound === "+Inf" ? (numbers[BUCKETS.length] ?? 0) : below + (numbers[i] ?? 0);
    text += `${name}_bucket${braced([...pairs, `le="${bound}"`])} ${below}\n`;
  }
  text += `${name}_sum${braced(pairs)} ${numbers[BUCKETS.length + 1] ?? 0}\n`;
  return `${text}${name}_count${braced(pairs)} ${below}\n`;
}

function braced(pairs: readonly string[]): string {
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
