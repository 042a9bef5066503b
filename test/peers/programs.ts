import { execFile } from "node:child_process";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** Runs a program to its end and gives what it printed. */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await exec(program, [...args], {
    maxBuffer: 64 * 1024 * 1024,
    // GDAL would keep what it fetched in the working directory.
    env: { ...process.env, GDAL_DEFAULT_WMS_CACHE_PATH: join(tmpdir(), "rhumb-gdal"), ...env },
  });
  return stdout;
}

/** Where Debian puts programs that web servers start, besides the path. */
const CGI_PROGRAMS = "/usr/lib/cgi-bin";

/** Where a program lies; `undefined`: it is not installed. */
export async function find(program: string): Promise<string | undefined> {
  for (const directory of [...(process.env.PATH ?? "").split(delimiter), CGI_PROGRAMS]) {
    const path = join(directory, program);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // look further
    }
  }
  return undefined;
}

/**
 * What `describe` needs to skip a suite whose programs are missing, with the reason in its output.
 * In CI nothing is skipped: there the suite fails instead.
 */
export async function needs(...programs: string[]): Promise<{ skip: string | false }> {
  const missing: string[] = [];
  for (const program of programs) if (!(await find(program))) missing.push(program);
  if (missing.length === 0 || process.env.CI) return { skip: false };
  return { skip: `not installed: ${missing.join(", ")}` };
}

/** The same for a module of the system's Python. */
export async function needsPython(module: string): Promise<{ skip: string | false }> {
  if (process.env.CI) return { skip: false };
  try {
    await exec("/usr/bin/python3", ["-c", `import ${module}`]);
    return { skip: false };
  } catch {
    return { skip: `no Python module ${module}` };
  }
}

/** A directory of its own, removed with `dispose`. */
export async function scratch(): Promise<{ path: string; dispose(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "rhumb-"));
  return { path, dispose: () => rm(path, { recursive: true, force: true }) };
}
