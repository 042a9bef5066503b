import type { ToolDeps } from "../tool.ts";

/** Columns of the command line in the comment. */
const WIDTH = 68;

/** The comment that a generated configuration begins with, and an empty line. */
export function header(
  input: string,
  argv: readonly string[],
  { platform: { clock } }: Pick<ToolDeps, "platform">,
): string {
  const created = new Date(clock.now()).toISOString().replace("T", " ").replace("Z", "");
  return `# MapProxy configuration automatically generated from:
#   ${input}
#
# NOTE: The generated configuration can be highly inefficient,
#       especially when multiple layers and caches are requested at once.
#       Make sure you understand the generated configuration!
#
# Created on ${created} with:
${wrapped(["rhumb", "autoconfig", ...argv])}

`;
}

/** Words in comment lines that end with a backslash where they go on. */
function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  let line = "#";
  for (const word of words) {
    const shown = /^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word);
    if (line.length + 1 + shown.length > WIDTH && line.trim() !== "#") {
      lines.push(`${line} \\`);
      line = "#   ";
    }
    line += ` ${shown}`;
  }
  return [...lines, line].join("\n");
}
