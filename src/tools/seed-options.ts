import { type OptionValues, UsageError } from "../core/command-line.ts";

/** The options of `rhumb seed`: those of mapproxy-seed, then ours. */
export const SEED_OPTIONS = {
  "seed-conf": { short: "s", value: "FILE", about: "what to seed and to clean up, YAML or TOML" },
  "proxy-conf": { short: "f", value: "FILE", about: "configuration of the proxy; required" },
  concurrency: {
    short: "c",
    value: "N",
    type: "integer",
    default: "2",
    about: "meta tiles that are made at the same time",
  },
  "dry-run": { short: "n", about: "walk and report, but neither make nor remove anything" },
  "skip-geoms-for-last-levels": {
    short: "l",
    value: "N",
    type: "integer",
    default: "0",
    about: "do not compare tiles with the coverages on the last N levels",
  },
  "skip-uncached": { about: "with refresh_before: only tiles that are in the cache already" },
  summary: { about: "print the tasks and exit" },
  interactive: { short: "i", about: "ask for each task whether to do it" },
  seed: { value: "NAME,NAME", repeat: true, about: "seed only these tasks; ALL for all" },
  cleanup: { value: "NAME,NAME", repeat: true, about: "clean up only these tasks; ALL for all" },
  quiet: { short: "q", repeat: true, about: "say less; twice: no progress" },
  continue: { about: "go on where the progress file says" },
  "progress-file": {
    value: "FILE",
    about: "where progress is kept (default: .mapproxy_seed_progress)",
  },
  duration: { value: "TIME", about: "stop after a time: 120s, 15m, 4h, 0.5d" },
  "reseed-file": { value: "FILE", about: "file whose time says when the last run began" },
  "reseed-interval": { value: "TIME", about: "do nothing if the reseed file is younger than this" },
  "use-cache-lock": { about: "one run at a time for each cache" },
  "log-config": { value: "FILE", about: "loggers, handlers and formatters: a log.ini" },
  verify: { about: "look at every tile of a meta tile, and fill holes" },
  force: { about: "also plans of more than 10^9 tiles" },
  retries: {
    value: "N",
    type: "integer",
    default: "8",
    about: "how often a failing tile comes up again, after 2, 4, 8 ... s",
  },
  "failed-file": {
    value: "FILE",
    default: ".rhumb_seed_failed",
    about: "list of the tiles that kept failing",
  },
  rate: { value: "N", type: "number", about: "requests a second to each upstream server, at most" },
  "max-requests": {
    value: "N",
    type: "integer",
    about: "requests at a time to each upstream server, at most",
  },
  json: { about: "one JSON document a line instead of text" },
  queue: {
    value: "URL",
    about: "leave the work to all rhumb seed-workers at this queue: redis://HOST:PORT/DB",
  },
  "queue-name": {
    value: "NAME",
    default: "seed",
    about: "with --queue: one of several queues on the server",
  },
  "job-size": {
    value: "N",
    type: "integer",
    default: "64",
    about: "with --queue: meta tiles that a worker takes at a time",
  },
  watch: { about: "with --queue: tell how all workers get on; without a seed file only that" },
  restart: { about: "with --queue: end the run that is under way, and begin anew" },
} as const;

/** Options as the command uses them. */
export interface SeedOptions {
  readonly seedFile: string;
  readonly proxyFile: string;
  readonly concurrency: number;
  readonly dryRun: boolean;
  readonly skipGeometry: number;
  readonly skipUncached: boolean;
  readonly summary: boolean;
  readonly interactive: boolean;
  /** Names asked for, in order; `undefined`: not said. */
  readonly seeds: readonly string[] | undefined;
  readonly cleanups: readonly string[] | undefined;
  readonly quiet: number;
  readonly isContinued: boolean;
  /** `undefined`: no progress is kept. */
  readonly progressFile: string | undefined;
  /** ms. */
  readonly duration: number | undefined;
  readonly reseedFile: string | undefined;
  /** ms. */
  readonly reseedInterval: number | undefined;
  readonly useCacheLock: boolean;
  readonly logConfig: string | undefined;
  readonly verify: boolean;
  readonly force: boolean;
  readonly retries: number;
  readonly failedFile: string;
  readonly rate: number | undefined;
  readonly maxRequests: number | undefined;
  readonly json: boolean;
}

/**
 * @param words what is no option: the seed file may stand there
 * @throws UsageError
 */
export function readSeedOptions(
  values: OptionValues<typeof SEED_OPTIONS>,
  words: readonly string[],
): SeedOptions {
  if (values["proxy-conf"] === undefined) {
    throw new UsageError("missing mapproxy configuration -f/--proxy-conf");
  }
  const { continue: isContinued } = values;
  const kept = isContinued ? ".mapproxy_seed_progress" : undefined;
  return {
    seedFile: values["seed-conf"] ?? words[0]!, // one of the two was given
    proxyFile: values["proxy-conf"],
    concurrency: atLeast(1, values.concurrency ?? "2", "concurrency"),
    dryRun: values["dry-run"],
    skipGeometry: Number(values["skip-geoms-for-last-levels"] ?? 0),
    skipUncached: values["skip-uncached"],
    summary: values.summary,
    interactive: values.interactive,
    seeds: namesOf(values.seed),
    cleanups: namesOf(values.cleanup),
    quiet: values.quiet,
    isContinued,
    progressFile: values["progress-file"] ?? kept,
    duration: milliseconds(values.duration, "duration"),
    reseedFile: values["reseed-file"],
    reseedInterval: milliseconds(values["reseed-interval"], "reseed-interval"),
    useCacheLock: values["use-cache-lock"],
    logConfig: values["log-config"],
    verify: values.verify,
    force: values.force,
    retries: atLeast(0, values.retries ?? "8", "retries"),
    failedFile: values["failed-file"] ?? ".rhumb_seed_failed",
    rate: values.rate === undefined ? undefined : positive(values.rate, "rate"),
    maxRequests:
      values["max-requests"] === undefined
        ? undefined
        : atLeast(1, values["max-requests"], "max-requests"),
    json: values.json,
  };
}

/** All names of an option that may be repeated and may hold several; `undefined`: not given. */
function namesOf(given: readonly string[]): readonly string[] | undefined {
  if (given.length === 0) return undefined;
  return given.flatMap((text) => text.split(",")).map((name) => name.trim());
}

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** @returns ms */
function milliseconds(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d*\.?\d+)([smhd])/.exec(text) ?? [];
  if (amount === undefined) {
    throw new UsageError(
      `option --${option}: invalid duration value: '${text}', expected (10s, 15m, 0.5h, 3d, etc)`,
    );
  }
  return Number(amount) * UNITS[unit as keyof typeof UNITS] * 1000;
}

function atLeast(least: number, text: string, option: string): number {
  const value = Number(text);
  if (value < least)
    throw new UsageError(`option --${option}: expected ${least} or more: '${text}'`);
  return value;
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`option --${option}: expected more than 0: '${text}'`);
  return value;
}
