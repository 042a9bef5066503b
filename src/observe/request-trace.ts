import type { Trace } from "../core/context.ts";
import type { Metrics } from "./metrics.ts";

/** The notes of one request: what they mean for its headers and for the metrics. */
export class RequestTrace implements Trace {
  readonly #metrics: Metrics | undefined;
  #hits = 0;
  #misses = 0;
  #stale = 0;
  #asked = 0;
  #upstreamMs = 0;

  constructor(metrics: Metrics | undefined) {
    this.#metrics = metrics;
  }

  cache(name: string, outcome: "hit" | "miss" | "stale", tiles: number): void {
    if (outcome === "hit") this.#hits += tiles;
    else if (outcome === "miss") this.#misses += tiles;
    else this.#stale += tiles;
    this.#metrics?.add("rhumb_cache_tiles_total", [name, outcome], tiles);
  }

  upstream(source: string, ms: number, outcome: "ok" | "failed"): void {
    this.#asked++;
    this.#upstreamMs += ms;
    this.#metrics?.add("rhumb_upstream_requests_total", [source, outcome]);
    this.#metrics?.observe("rhumb_upstream_duration_seconds", [source], ms / 1000);
  }

  /**
   * Value of `Cache-Status` (RFC 9211); `undefined` where neither cache nor source had a part.
   *
   * @example `Rhumb; hit`, `Rhumb; fwd=miss; detail="3 of 4 tiles"`, `Rhumb; fwd=bypass`
   */
  get cacheStatus(): string | undefined {
    if (this.#stale > 0) return "Rhumb; fwd=stale";
    if (this.#misses > 0) {
      const all = this.#misses + this.#hits;
      return this.#hits > 0
        ? `Rhumb; fwd=miss; detail="${this.#misses} of ${all} tiles"`
        : "Rhumb; fwd=miss";
    }
    if (this.#hits > 0) return "Rhumb; hit";
    return this.#asked > 0 ? "Rhumb; fwd=bypass" : undefined;
  }

  /** Value of `Server-Timing` (ms); waits for sources that ran at the same time are added up. */
  serverTiming(totalMs: number): string {
    const total = `total;dur=${totalMs.toFixed(1)}`;
    if (this.#asked === 0) return total;
    return `${total}, upstream;dur=${this.#upstreamMs.toFixed(1)};desc="${this.#asked} requests"`;
  }
}
