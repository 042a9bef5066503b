import assert from "node:assert/strict";
import type { Platform } from "../src/platform/platform.ts";
import type { Tool, ToolDeps } from "../src/tools/tool.ts";
import { testPlatform } from "./platform.ts";

export interface ToolRun {
  readonly code: number;
  /** Standard output, lines joined. */
  readonly out: string;
  readonly err: string;
}

/** Runs a tool in memory and collects what it prints. */
export async function runTool(
  tool: Tool,
  argv: readonly string[],
  deps: Partial<Omit<ToolDeps, "input">> & { platform?: Platform; input?: string } = {},
): Promise<ToolRun> {
  const out: string[] = [];
  const err: string[] = [];
  const { input = "", ...rest } = deps;
  const code = await tool(argv, {
    platform: testPlatform(),
    terminal: { out: (line) => out.push(line), err: (line) => err.push(line) },
    session: {
      isTerminal: false,
      write: () => {},
      readLine: async () => undefined,
      interrupted: new AbortController().signal,
      pid: 1,
      isRunning: () => false,
    },
    workingDirectory: "/home/user",
    packageDirectory: "/package",
    logFrom: () => assert.fail("no logging configuration"),
    openSeedQueue: () => Promise.reject(new Error("no queue in this test: pass `openSeedQueue`")),
    serve: () => Promise.reject(new Error("no server in this test: pass `serve`")),
    ...rest,
    input: async () => input,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
