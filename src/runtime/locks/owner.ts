import { readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { sha1Hex } from "../../core/hash.ts";

/** Who holds a lock. */
export interface Owner {
  readonly pid: number;
  /** When the process began, in the words of the system; empty where that cannot be told. */
  readonly start: string;
  /** Names the set of processes within which `pid` means anything: machine, boot, container. */
  readonly scope: string;
  /** Random; never used twice. */
  readonly token: string;
}

/** This process, with a token of its own. */
export function ownOwner(): Owner {
  const { pid } = process;
  return {
    pid,
    start: parseStat(attempt(() => readFileSync("/proc/self/stat", "utf8")))?.start ?? "",
    scope: sha1Hex(
      [
        hostname(),
        attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
        attempt(() => readlinkSync("/proc/self/ns/pid")),
      ].join(),
    ).slice(0, 12),
    token: newToken(),
  };
}

export function newToken(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 16);
}

/** One line: ` <pid> <start> <scope> <token>`. */
export function formatOwner({ pid, start, scope, token }: Owner): string {
  return ` ${pid} ${start || "-"} ${scope} ${token}\n`;
}

/** `undefined` for a file that another program has written, or not yet written. */
export function parseOwner(text: string): Owner | undefined {
  const [, pid, start, scope = "", token = ""] =
    /^ (\d+) (\d+|-) ([0-9a-f]+) ([0-9a-f]{16})\n$/.exec(text) ?? [];
  if (pid === undefined) return undefined;
  return { pid: Number(pid), start: start === "-" ? "" : (start ?? ""), scope, token };
}

/** Whether the owner's process runs; `undefined` if that cannot be told from here. */
export async function isAlive(owner: Owner, self: Owner): Promise<boolean | undefined> {
  if (owner.scope !== self.scope) return undefined;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as { code?: string }).code === "ESRCH") return false;
  }
  // The number may have gone to another process since.
  if (owner.start === "") return undefined;
  const stat = parseStat(await readFile(`/proc/${owner.pid}/stat`, "utf8").catch(() => undefined));
  if (!stat) return undefined;
  return stat.start === owner.start && stat.state !== "Z" && stat.state !== "X";
}

/** State and start of a process from `/proc/<pid>/stat` (proc_pid_stat(5), fields 3 and 22). */
function parseStat(text: string | undefined): { state: string; start: string } | undefined {
  // The name in field 2 may hold anything, but no later field holds a parenthesis.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields?.[0], fields?.[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

/** `undefined` where the system has no such file. */
function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined; // not Linux, or hidden from us
  }
}
