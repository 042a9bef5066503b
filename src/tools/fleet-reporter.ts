import type { Clock } from "../platform/platform.ts";
import type { FleetState } from "../seed/fleet.ts";
import { clockTime } from "../seed/report.ts";
import type { Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

export interface FleetReporterOptions {
  readonly terminal: Terminal;
  readonly session: Pick<Session, "isTerminal" | "write">;
  readonly clock: Clock;
  /** One JSON document a line instead of text. */
  readonly json: boolean;
}

/** ms between two lines where they stay; a terminal's line is written over each time. */
const INTERVAL = 5000;

/** ms over which the rate is taken. */
const WINDOW = 30_000;

/** Tells how a fleet gets on: call it now and then, the last time with `isLast`. */
export function fleetReporter(
  options: FleetReporterOptions,
): (state: FleetState, isLast: boolean) => void {
  const { terminal, session, clock, json } = options;
  const samples: { at: number; made: number; tiles: number }[] = [];
  let told = Number.NEGATIVE_INFINITY;

  return (state, isLast) => {
    const now = clock.now();
    const { made, tiles } = state.done;
    samples.push({ at: now, made, tiles });
    while (samples.length > 2 && samples[0]!.at < now - WINDOW) samples.shift(); // there are three
    const rates = ratesOf(samples);
    const line = `${clockTime(now)} ${textOf(state, rates)}`;
    if (!json && session.isTerminal && !isLast) return session.write(`${line}\r`);
    if (!isLast && now - told < INTERVAL) return;
    told = now;
    if (!json) return terminal.out(line);
    const time = new Date(now).toISOString();
    terminal.out(JSON.stringify({ event: "fleet", time, ...state, rate: rates.made }));
  };
}

/** Tiles a second since the oldest sample: made, and over in any way. */
function ratesOf(samples: readonly { at: number; made: number; tiles: number }[]) {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || first.at === last.at) return { made: 0, tiles: 0 };
  const seconds = (last.at - first.at) / 1000;
  return { made: (last.made - first.made) / seconds, tiles: (last.tiles - first.tiles) / seconds };
}

/** `41.00% 1234 of 3010 tiles, 1200 made, 4 failed, 98 tiles/s, 3 workers, 9 of 40 jobs open, 18 s left` */
function textOf(state: FleetState, rates: { made: number; tiles: number }): string {
  const { run, isPlanned, planned, done, jobs, workers } = state;
  if (!run) return "no run in this queue";
  const { made, failed, tiles } = done;
  const share = planned.tiles > 0 ? tiles / planned.tiles : 1;
  const parts = [
    isPlanned
      ? `${(share * 100).toFixed(2).padStart(6)}% ${tiles} of ${planned.tiles} tiles`
      : `planning, ${tiles} tiles`,
    `${made} made`,
    `${failed} failed`,
    `${Math.round(rates.made)} tiles/s`,
    `${workers} ${workers === 1 ? "worker" : "workers"}`,
    `${jobs.open} jobs open`,
  ];
  if (jobs.failed > 0) parts.push(`${jobs.failed} jobs failed`);
  const left = planned.tiles - tiles;
  if (isPlanned && left > 0 && rates.tiles > 0) {
    parts.push(`${Math.ceil(left / rates.tiles)} s left`);
  }
  return parts.join(", ");
}
