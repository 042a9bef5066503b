import assert from "node:assert/strict";
import { chmodSync, readdirSync, readlinkSync, statSync, symlinkSync } from "node:fs";
import { describe, it } from "node:test";
import { filesContract } from "../../test/contract/files.ts";
import { memoryFiles } from "../../test/platform.ts";
import { scratch } from "../../test/scratch.ts";
import { localFiles } from "./local-files.ts";

filesContract("localFiles()", async () => ({ files: localFiles(), directory: scratch() }));
filesContract("memoryFiles()", async () => ({ files: memoryFiles(), directory: "/m" }));

describe("localFiles()", () => {
  const files = localFiles();

  it("caches 58: gives new files and each new directory the permissions asked for", async () => {
    const directory = scratch();
    chmodSync(directory, 0o700);
    await files.write(`${directory}/a/b/f`, Uint8Array.of(1), {
      mode: 0o664,
      directoryMode: 0o775,
    });
    await files
      .open(`${directory}/c/g`, { create: true, mode: 0o640, directoryMode: 0o750 })
      .then((file) => file?.[Symbol.asyncDispose]());
    const bits = (path: string) => statSync(`${directory}/${path}`).mode & 0o777;
    assert.deepEqual(
      ["a", "a/b", "a/b/f", "c", "c/g", ""].map(bits),
      [0o775, 0o775, 0o664, 0o750, 0o640, 0o700],
    );
  });

  it("takes the time of a link from the link, and a dangling link for nothing", async () => {
    const directory = scratch();
    await files.write(`${directory}/target`, Uint8Array.of(1));
    symlinkSync("target", `${directory}/link`);
    symlinkSync("nowhere", `${directory}/dangling`);
    const entry = await files.read(`${directory}/link`);
    assert.deepEqual(entry?.bytes, Uint8Array.of(1));
    assert.equal(entry?.modified, (await files.stat(`${directory}/link`))?.modified);
    assert.equal(await files.read(`${directory}/dangling`), undefined);
  });

  it("makes relative symbolic links", async () => {
    const directory = scratch();
    await files.write(`${directory}/shared/x`, Uint8Array.of(1));
    await files.link(`${directory}/shared/x`, `${directory}/a/b/c`, "symbolic");
    assert.equal(readlinkSync(`${directory}/a/b/c`), "../../shared/x");
  });

  it("leaves no temporary file when it cannot write", async () => {
    const directory = scratch();
    await files.write(`${directory}/a/b`, Uint8Array.of(1));
    // a directory that is not empty cannot be replaced
    await assert.rejects(files.write(`${directory}/a`, Uint8Array.of(1)));
    await assert.rejects(files.write(`${directory}/a/b/c`, Uint8Array.of(1)));
    assert.deepEqual(readdirSync(directory), ["a"]);
    assert.deepEqual(readdirSync(`${directory}/a`), ["b"]);
  });

  it("remove() takes an empty directory and leaves a full one", async () => {
    const directory = scratch();
    await files.write(`${directory}/a/b`, Uint8Array.of(1));
    await files.remove(`${directory}/a`);
    assert.deepEqual(readdirSync(directory), ["a"]);
    await files.remove(`${directory}/a/b`);
    await files.remove(`${directory}/a`);
    assert.deepEqual(readdirSync(directory), []);
  });

  it("shows a reader whole files only, while others write them", async () => {
    const directory = scratch();
    const path = `${directory}/t`;
    const versions = [3000, 90_000].map((size, i) => new Uint8Array(size).fill(i + 1));
    await files.write(path, versions[0]!);
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => files.write(path, versions[i % 2]!)),
      ...Array.from({ length: 60 }, async () => {
        const { bytes } = (await files.read(path))!;
        assert.deepEqual(bytes, versions[bytes.length === 3000 ? 0 : 1]);
      }),
    ]);
    assert.deepEqual(readdirSync(directory), ["t"]);
  });
});
