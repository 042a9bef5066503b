import type { Context } from "../core/context.ts";
import { LockTimeout, RhumbError, SourceError } from "../core/errors.ts";
import { sha1Hex } from "../core/hash.ts";
import type { TileCoord } from "../grid/grid.ts";
import type { HttpClient } from "../http/client.ts";

/** Another process that makes tiles and stores them where we look. */
export interface Renderd {
  /** Names the cache and its grid to the daemon: `osm_webmercator`. */
  readonly cacheIdentifier: string;
  /**
   * Lets the daemon make a tile, and all of its meta tile, and waits for it.
   *
   * @throws SourceError if it cannot be reached or fails
   * @throws LockTimeout if it gave up waiting for another maker of the tile
   */
  render(coord: TileCoord, ctx: Context): Promise<void>;
}

/** Priorities by which a daemon orders its work: people wait for the first. */
const PRIORITY = { serving: 100, seeding: 10 } as const;

/** How to reach a daemon that speaks the protocol of MapProxy's renderd: JSON by POST. */
export function renderd(
  daemon: { readonly address: string; readonly http: HttpClient; readonly seeding: boolean },
  cacheIdentifier: string,
): Renderd {
  const { address, http, seeding } = daemon;
  const fail = (message: string, cause?: unknown): SourceError =>
    new SourceError("renderd", message, { url: http.redact(address), cause });

  async function ask(body: string, ctx: Context): Promise<Uint8Array> {
    try {
      const headers = { "content-type": "application/json" };
      return (await http.request(address, { method: "POST", headers, body }, ctx)).bytes;
    } catch (error) {
      if (!(error instanceof RhumbError)) throw error;
      throw fail(`Error while communicating with renderd: ${error.message}`, error);
    }
  }

  return {
    cacheIdentifier,
    async render({ x, y, level }, ctx) {
      const task = {
        command: "tile",
        id: sha1Hex(`('${cacheIdentifier}', [(${x}, ${y}, ${level})])`),
        tiles: [[x, y, level]],
        cache_identifier: cacheIdentifier,
        priority: seeding ? PRIORITY.seeding : PRIORITY.serving,
      };
      const answer = parse(await ask(JSON.stringify(task), ctx));
      if (!answer) throw fail("Error while communicating with renderd: invalid JSON");
      if (answer.status === "ok") return;
      const reason = String(answer.error_message ?? `status ${answer.status}`);
      if (answer.status === "lock") throw new LockTimeout(`${cacheIdentifier}: ${reason}`, 0);
      throw fail(`Error from renderd: ${reason}`);
    },
  };
}

function parse(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
