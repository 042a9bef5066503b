import { ConfigFault } from "../model/define.ts";
import type { BuildContext } from "./build-context.ts";
import type { RefreshBefore } from "./schema-parts.ts";

const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86400, weeks: 604800 } as const;

/**
 * Before when tiles count as stale: ms since 1970, worked out anew at each call for ages.
 *
 * @returns `undefined`: never
 * @throws ConfigFault if a time or a file cannot be read
 */
export async function refreshThreshold(
  refresh: RefreshBefore | undefined,
  { platform, path }: Pick<BuildContext, "platform" | "path">,
): Promise<(() => number) | undefined> {
  if (!refresh || Object.keys(refresh).length === 0) return undefined;
  const { clock } = platform;
  if (refresh.time !== undefined) return clamped(readTime(refresh.time), clock.now());
  if (refresh.mtime !== undefined) {
    const file = path(refresh.mtime);
    const fault = new ConfigFault(
      "refresh_before.mtime",
      `can't parse last modified time from file '${refresh.mtime}'.`,
    );
    if (!(await platform.files?.stat(file))) throw fault;
    return clampedFile(file, platform);
  }
  let age = 0;
  for (const [unit, seconds] of Object.entries(SECONDS)) {
    age += (refresh[unit as keyof typeof SECONDS] ?? 0) * seconds;
  }
  return () => Math.floor(clock.now() / 1000 - age) * 1000;
}

/** ISO date and time without zone, local. */
function readTime(text: string): number {
  const time = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/.exec(text)?.[0];
  const value = time ? Date.parse(time.replace(" ", "T")) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new ConfigFault(
      "refresh_before.time",
      `can't parse time '${text}'. should be ISO time string`,
    );
  }
  return value;
}

/**
 * A time in the future would make every request a miss: then it is the second before the start, since
 * tiles of the very second of a threshold count as stale.
 */
function clamped(time: number, started: number): () => number {
  const threshold = time > started ? started - 1000 : time;
  return () => threshold;
}

/** The file is looked at again as time goes by. */
async function clampedFile(
  file: string,
  { clock, files }: BuildContext["platform"],
): Promise<() => number> {
  const look = async () => (await files?.stat(file))?.modified ?? 0;
  let threshold = Math.min(await look(), clock.now());
  let looked = clock.now();
  return () => {
    if (clock.now() - looked > LOOK_INTERVAL) {
      looked = clock.now();
      void look().then((modified) => {
        threshold = Math.min(modified, clock.now());
      });
    }
    return threshold;
  };
}

/** ms for which the time of a file is not asked again. */
const LOOK_INTERVAL = 1000;
