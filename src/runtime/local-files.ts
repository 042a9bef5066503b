import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statfsSync,
} from "node:fs";
import {
  chmod,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  opendir,
  readFile,
  rename,
  rm,
  rmdir,
  statfs,
  symlink,
  unlink,
} from "node:fs/promises";
import { dirname, relative } from "node:path";
import type {
  FileEntry,
  FileStat,
  Files,
  OpenOptions,
  RandomAccessFile,
  WriteOptions,
} from "../platform/platform.ts";
import { pacedReads } from "./paced-reads.ts";

/** Permission bits of new files, before the process's umask. */
const FILE_MODE = 0o664;

/** Files that are larger are read piece by piece in the thread pool, whatever the disk. */
const READ_AT_ONCE = 256 * 1024;

// Windows has no such flag (and no links where it matters).
const READ_ONLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/**
 * The disk of this machine, for Bun, Deno and Node.
 *
 * Writes are not forced to the disk (no fsync): a killed process leaves no half file, and a power
 * failure at worst an empty one, which the tile stores take for a missing tile. Forcing each tile
 * would cost a disk turn a tile while seeding.
 */
export function localFiles(): Files {
  return {
    read: pacedReads(readNow, readLater),
    write,
    remove,
    isLocal,
    removeTree: (path) => rm(path, { recursive: true, force: true }),
    stat: pacedReads(statNow, statLater),
    async *list(path) {
      const directory = await opendir(path).catch(absent);
      if (!directory) return;
      for await (const entry of directory) {
        yield { name: entry.name, isDirectory: entry.isDirectory() };
      }
    },
    async link(target, path, kind, options = {}) {
      const to = kind === "symbolic" ? relative(dirname(path), target) : target;
      const make = kind === "symbolic" ? symlink : link;
      const temporary = await replace(path, options, (name) => make(to, name));
      // Renaming a hard link over another one of the same file does nothing and leaves both.
      if (kind === "hard") await rm(temporary, { force: true });
    },
    async open(path, options = {}) {
      const handle = await openHandle(path, options);
      return handle && randomAccess(handle);
    },
  };
}

/**
 * One open, one look at the open file, one read: a tile costs no more. A link is refused by the
 * open itself (`O_NOFOLLOW`), so that plain files need no look at the path.
 *
 * @returns "later" if the file is better read with {@linkcode readLater}
 */
function readNow(path: string): FileEntry | undefined | "later" {
  let fd: number;
  try {
    fd = openSync(path, READ_ONLY);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    return "later";
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > READ_AT_ONCE) return "later";
    const bytes = new Uint8Array(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(fd, bytes, length, bytes.length - length, length);
      if (count === 0) return "later"; // shortened while it was read
      length += count;
    }
    return { bytes, modified: stat.mtimeMs, stat: statOf(stat, path) };
  } finally {
    closeSync(fd);
  }
}

const MAY_BE_MISSING = { throwIfNoEntry: false } as const;

function statNow(path: string): FileStat | undefined | "later" {
  try {
    const stat = lstatSync(path, MAY_BE_MISSING);
    return stat && statOf(stat, path);
  } catch {
    return "later"; // which meets the same fault
  }
}

async function statLater(path: string): Promise<FileStat | undefined> {
  const stat = await lstat(path).catch(absent);
  return stat && statOf(stat, path);
}

function statOf(stat: Stats, path: string): FileStat {
  const { size, mtimeMs: modified, mode, dev, ino, ctimeMs } = stat;
  // not of links: the disk of what they point to may be another one
  const isSeen = stat.isFile() && ctimeMs > 0 && isLocalDevice(dev, path);
  return {
    size,
    modified,
    isDirectory: stat.isDirectory(),
    mode: mode & 0o7777,
    id: `${dev} ${ino}`,
    changed: isSeen ? ctimeMs : undefined,
  };
}

async function readLater(path: string): Promise<FileEntry | undefined> {
  try {
    const stat = await lstat(path);
    const bytes = await readFile(path);
    return {
      bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      modified: stat.mtimeMs,
      stat: statOf(stat, path),
    };
  } catch (error) {
    return absent(error);
  }
}

async function write(path: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<void> {
  await replace(path, options, async (temporary) => {
    // exclusive: nobody can have put a link there for us to write through
    await using file = await open(temporary, "wx", FILE_MODE);
    await file.writeFile(bytes);
    // not by `open`: the umask must not take from what was configured
    if (options.mode !== undefined) await file.chmod(options.mode);
  });
}

/**
 * Makes a file under a name that nobody can guess, then puts it in the place of `path`.
 *
 * @returns the name it was made under
 */
async function replace(
  path: string,
  options: WriteOptions,
  make: (temporary: string) => Promise<void>,
): Promise<string> {
  const temporary = `${path}.tmp-${crypto.randomUUID().slice(0, 13)}`;
  try {
    try {
      await make(temporary);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      await makeDirectories(dirname(path), options.directoryMode);
      await make(temporary);
    }
    await rename(temporary, path);
    return temporary;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Makes a directory and those above it that are missing.
 *
 * @param mode permission bits of each directory that is made
 */
export async function makeDirectories(path: string, mode: number | undefined): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined || mode === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await chmod(made, mode);
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    const code = codeOf(error);
    // Linux says EISDIR, POSIX EPERM; Deno removes an empty directory and says ENOTEMPTY otherwise.
    if (code === "ENOTEMPTY") return;
    if (code !== "EISDIR" && code !== "EPERM") return absent(error);
    if (!(await lstat(path)).isDirectory()) throw error;
    await rmdir(path).catch((cause) => {
      if (codeOf(cause) !== "ENOTEMPTY") absent(cause);
    });
  }
}

/** `f_type`, as of Linux, of file systems that other machines write to: NFS, SMB, CIFS, SMB2, Ceph, 9P, FUSE, Lustre, GPFS, GFS2, OCFS2. */
const SHARED_FILE_SYSTEMS = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x00c36400, 0x01021997, 0x65735546, 0x0bd00bd0,
  0x47504653, 0x01161970, 0x7461636f,
]);

/** By number of the device. */
const localDevices = new Map<number, boolean>();

/** Whether no other machine writes to a device; asked once for each. @param path of a file on it, no link */
function isLocalDevice(device: number, path: string): boolean {
  const known = localDevices.get(device);
  if (known !== undefined) return known;
  let found = false;
  try {
    found = !SHARED_FILE_SYSTEMS.has(statfsSync(path).type);
  } catch {
    // not known, so not relied on
  }
  localDevices.set(device, found);
  return found;
}

async function isLocal(path: string): Promise<boolean> {
  for (let place = path; ; place = dirname(place)) {
    const found = await statfs(place).catch(absent);
    if (found) return !SHARED_FILE_SYSTEMS.has(found.type);
    if (place === dirname(place)) return false;
  }
}

async function openHandle(path: string, options: OpenOptions): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r+");
  } catch (error) {
    const code = codeOf(error);
    if (code === "EACCES" || code === "EPERM" || code === "EROFS") return open(path, "r");
    absent(error);
  }
  if (!options.create) return undefined;
  try {
    return await create(path, options);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return open(path, "r+"); // another process was first
    if (codeOf(error) !== "ENOENT") throw error;
  }
  await makeDirectories(dirname(path), options.directoryMode);
  return create(path, options).catch((error) => {
    if (codeOf(error) === "EEXIST") return open(path, "r+");
    throw error;
  });
}

async function create(path: string, { mode }: OpenOptions): Promise<FileHandle> {
  const handle = await open(path, "wx+", FILE_MODE);
  if (mode !== undefined) await handle.chmod(mode);
  return handle;
}

function randomAccess(handle: FileHandle): RandomAccessFile {
  return {
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      let at = 0;
      while (at < length) {
        const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
        if (bytesRead === 0) return bytes.slice(0, at);
        at += bytesRead;
      }
      return bytes;
    },
    async write(offset, bytes) {
      let at = 0;
      while (at < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, offset + at);
        at += bytesWritten;
      }
    },
    size: async () => (await handle.stat()).size,
    sync: () => handle.datasync(),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}

/** Whether there is no such path, also because one of its directories is a file. */
function isAbsent(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** `undefined` for a path that does not exist; throws any other error again. */
function absent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
  return undefined;
}
