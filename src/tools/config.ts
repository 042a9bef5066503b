import { type Converted, convertConfig } from "../config/convert.ts";
import { UsageError } from "../core/command-line.ts";
import { joinPath } from "../core/path.ts";
import { defineTool, type ToolDeps, ToolFailure } from "./tool.ts";

/** `rhumb config convert FILE`: a configuration in the other language. */
export const config = defineTool({
  name: "config",
  usage:
    "convert FILE [--output FILE]\n\n  Writes mapproxy.yaml as TOML, a .toml as YAML; base files are converted one by one.",
  options: {
    output: { short: "o", value: "FILE", about: "file to write; the output by default" },
    force: { about: "overwrite the file" },
  },
  async run({ options, words }, deps) {
    const [action, file, ...more] = words;
    if (action !== "convert" || file === undefined || more.length > 0) {
      throw new UsageError("expected: convert FILE");
    }
    const { text, notices } = await convert(file, deps);
    if (options.output === undefined) deps.terminal.out(text.trimEnd());
    else await write(options.output, { text, force: options.force ?? false }, deps);
    for (const notice of notices) deps.terminal.err(`warning: ${notice}`);
    return 0;
  },
});

async function convert(file: string, { platform, workingDirectory }: ToolDeps): Promise<Converted> {
  const bytes = await platform.resource(joinPath(workingDirectory, file));
  if (!bytes) throw new ToolFailure(2, `ERROR: No such file: ${file}`);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return convertConfig({ path: file, text }, /\.toml$/i.test(file) ? "toml" : "yaml");
  } catch (error) {
    if (error instanceof RangeError) throw new ToolFailure(2, `ERROR: ${error.message}`);
    if (!(error instanceof TypeError)) throw error;
    throw new ToolFailure(2, `ERROR: Cannot read ${file}: not UTF-8 text`);
  }
}

async function write(
  file: string,
  { text, force }: { readonly text: string; readonly force: boolean },
  { platform, workingDirectory }: ToolDeps,
): Promise<void> {
  const path = joinPath(workingDirectory, file);
  if (!force && (await platform.files?.stat(path))) {
    throw new ToolFailure(2, `ERROR: ${file} already exists, use --force to overwrite`);
  }
  await platform.files?.write(path, new TextEncoder().encode(text));
}
