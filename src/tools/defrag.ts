import { buildCaches, closeCaches } from "../config/build.ts";
import { buildContext } from "../config/build-context.ts";
import { neededOrder } from "../config/seed-tasks.ts";
import { localTime } from "../seed/report.ts";
import { loadForTool, orFailure } from "./configuration.ts";
import { silentContext } from "./download.ts";
import { seedLog } from "./seed-log.ts";
import { defineTool, ToolFailure } from "./tool.ts";

/** Unused bytes are told in these, and limited in the other. */
const KIB = 1024;
const MIB = 1024 * 1024;

/** `rhumb util defrag-compact-cache`: bundles without the bytes of tiles that are gone. */
export const defragCompactCache = defineTool({
  name: "defrag-compact-cache",
  usage: "[options]",
  options: {
    "mapproxy-conf": { short: "f", value: "FILE", about: "configuration (required)" },
    caches: { value: "A,B", about: "these compact caches (default: all)" },
    "min-percent": {
      value: "P",
      type: "number",
      about: "bundles of which this much is unused",
      default: "10",
    },
    "min-mb": { value: "MB", type: "number", about: "and at least so much", default: "1" },
    "dry-run": { short: "n", about: "only tell" },
  },
  async run({ options, help }, deps) {
    const { terminal, platform } = deps;
    const file = options["mapproxy-conf"];
    if (file === undefined) {
      terminal.out(help);
      return 1;
    }
    const { loaded } = await loadForTool(file, deps);
    const compact = Object.entries(loaded.config.caches)
      .filter(([, cache]) => cache.cache.type === "compact" && !cache.disable_storage)
      .map(([name]) => name);
    const names = chosen(compact, options.caches);
    // only the stores are needed, not what fills them
    const caches = Object.fromEntries(
      compact.map((name) => [name, { ...loaded.config.caches[name]!, sources: [] }]),
    );
    const config = { ...loaded.config, caches };
    const log = seedLog("warn", terminal.err, platform.clock.now);
    const context = await buildContext(config, platform, { log, seeding: false });
    const built = await orFailure(deps, async () => {
      const made = await buildCaches(
        { config, order: neededOrder({ ...loaded, config }, names) },
        context,
      );
      context.check();
      return made;
    });

    const minShare = Number(options["min-percent"] ?? 10) / 100;
    const minBytes = Number(options["min-mb"] ?? 1) * MIB;
    const now = () => `[${localTime(platform.clock.now())}]`;
    try {
      for (const name of names) {
        for (const { settings } of built.get(name)?.managers ?? []) {
          await settings.cache?.defragment?.(({ path, index, count, unused, size }) => {
            const share = size > 0 ? unused / size : 0;
            const isWanted = share >= minShare && unused >= minBytes;
            const amount = `${(share * 100).toFixed(1)}% (${Math.trunc(unused / KIB)}kb)`;
            const place = `${String(index).padStart(3)}/${count} (${path})`;
            const doing = isWanted ? "defragmenting" : "skipping";
            terminal.out(`${now()} ${name}: ${place} fragmentation is ${amount} - ${doing}`);
            return isWanted && !options["dry-run"];
          }, silentContext());
        }
      }
    } finally {
      await closeCaches(built.values());
    }
    return 0;
  },
});

function chosen(known: readonly string[], asked: string | undefined): readonly string[] {
  if (asked === undefined) return known;
  const names = asked.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names;
  const lines = [
    `unknown caches: ${unknown.join(", ")}`,
    `available compact caches: ${known.join(", ")}`,
  ];
  throw new ToolFailure(1, lines.join("\n"), "out");
}
