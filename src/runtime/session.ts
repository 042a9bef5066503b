import { createInterface } from "node:readline";
import type { Session } from "../tools/session.ts";

/** The terminal of this process. */
export function localSession(): Session {
  let interruption: AbortController | undefined;
  let lines: AsyncIterator<string> | undefined;
  return {
    isTerminal: process.stdout.isTTY === true,
    write: (text) => void process.stdout.write(text),
    async readLine() {
      lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
      const { value, done } = await lines.next();
      return done ? undefined : value;
    },
    get interrupted() {
      interruption ??= onInterrupt();
      return interruption.signal;
    },
    pid: process.pid,
    isRunning(pid) {
      try {
        process.kill(pid, 0);
        return true;
      } catch (error) {
        // there is one, of another user
        return (error as { code?: string }).code === "EPERM";
      }
    },
  };
}

function onInterrupt(): AbortController {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error("interrupted"));
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller;
}
