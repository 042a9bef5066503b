import { readDepsOf } from "../config/load.ts";
import { readConfig } from "../config/read.ts";
import type { PluginCommand } from "../model/plugin.ts";
import type { Platform } from "../platform/platform.ts";

/**
 * A command that a plug-in of the configuration adds: `rhumb NAME --config FILE …`, or with the file in
 * the environment variable `RHUMB_CONFIG`.
 *
 * @returns `undefined` if no configuration is named, or none of its plug-ins has the command
 * @throws ConfigError if the configuration cannot be read
 */
export async function pluginCommand(
  name: string,
  argv: readonly string[],
  platform: Platform,
): Promise<PluginCommand | undefined> {
  const option = argv.findIndex((word) => word === "--config" || word === "-f");
  const file = option >= 0 ? argv[option + 1] : platform.env.RHUMB_CONFIG;
  if (!file) return undefined;
  const { plugins = [] } = await readConfig(file, readDepsOf(platform));
  for (const { commands = {} } of plugins) {
    if (Object.hasOwn(commands, name)) return commands[name];
  }
  return undefined;
}
