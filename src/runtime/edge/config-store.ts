import { joinPath } from "../../core/path.ts";
import { type Env, isR2Bucket } from "./bindings.ts";

/** Where the configuration comes from, in one version. */
export interface ConfigEdition {
  /** Changes whenever the files do. */
  readonly version: string;
  /** The main file, and that of the seeds, as `read` knows them. */
  readonly file: string;
  readonly seedFile: string;
  read(path: string): Promise<Uint8Array | undefined>;
}

/** A namespace of Workers KV. */
interface KvNamespace {
  get(key: string, type: "arrayBuffer"): Promise<ArrayBuffer | null>;
}

/** Key of the text that names the version in force. */
const VERSION_KEY = "version";

/** Main file of a version, unless the variable `RHUMB_CONFIG` names another. */
const MAIN_FILE = "rhumb.toml";

/** File of the seeds, unless the variable `RHUMB_SEED` names another; there may be none. */
const SEED_FILE = "seed.toml";

/**
 * The configuration in the bucket or KV namespace that is bound as `CONFIG`.
 *
 * The key `version` holds a word V; the files are below `V/`. So all files of a version are there before it
 * is put in force by one write.
 *
 * @returns `undefined` where nothing is bound, or no version is in force: the bundled one counts
 */
export async function storedConfig(env: Env): Promise<ConfigEdition | undefined> {
  const get = readerOf(env.CONFIG);
  const word = await get?.(VERSION_KEY);
  if (!get || !word) return undefined;
  const version = new TextDecoder().decode(word).trim();
  const name = (variable: unknown, standard: string) =>
    joinPath(version, typeof variable === "string" ? variable : standard);
  return {
    version,
    file: name(env.RHUMB_CONFIG, MAIN_FILE),
    seedFile: name(env.RHUMB_SEED, SEED_FILE),
    read: get,
  };
}

/** Key of the time of the last purge. */
const PURGED_KEY = "purged";

/** When pictures were purged last, as a mark that changes each time; empty if never, or nothing is bound as `CONFIG`. */
export async function lastPurge(env: Env): Promise<string> {
  const word = await readerOf(env.CONFIG)?.(PURGED_KEY);
  return word ? new TextDecoder().decode(word).trim() : "";
}

/** Lets all isolates know of a purge, where something is bound as `CONFIG`. @param now ms since 1970 */
export async function notePurge(env: Env, now: number): Promise<string> {
  const mark = String(now);
  const store = env.CONFIG;
  if (typeof store === "object" && store !== null && "put" in store) {
    await (store as { put(key: string, value: string): Promise<unknown> }).put(PURGED_KEY, mark);
  }
  return mark;
}

function readerOf(store: unknown): ConfigEdition["read"] | undefined {
  if (isR2Bucket(store)) {
    return async (key) => {
      const object = await store.get(key);
      return object ? new Uint8Array(await object.arrayBuffer()) : undefined;
    };
  }
  if (typeof store !== "object" || store === null || !("get" in store)) return undefined;
  const kv = store as KvNamespace;
  return async (key) => {
    const value = await kv.get(key, "arrayBuffer");
    return value ? new Uint8Array(value) : undefined;
  };
}
