import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Files } from "../../src/platform/platform.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

/**
 * What every {@linkcode Files} must do.
 *
 * @param open files with an empty directory, a new one at each call
 */
export function filesContract(
  name: string,
  open: () => Promise<{ files: Files; directory: string }>,
): void {
  describe(`${name} keeps the files contract`, () => {
    it("read(), stat() and open() are undefined for what is not there", async () => {
      const { files, directory } = await open();
      await files.write(`${directory}/file`, bytes(1));
      for (const path of [`${directory}/none`, `${directory}/no/ne`, `${directory}/file/none`]) {
        assert.equal(await files.read(path), undefined);
        assert.equal(await files.stat(path), undefined);
        assert.equal(await files.open(path), undefined);
        for await (const entry of files.list(path)) assert.fail(entry.name);
      }
    });

    it("write() makes directories, read() returns the bytes and the time of stat()", async () => {
      const { files, directory } = await open();
      const path = `${directory}/a/b/c.bin`;
      await files.write(path, bytes(0, 255, 10));
      const entry = await files.read(path);
      assert.deepEqual(entry?.bytes, bytes(0, 255, 10));
      const whole = await files.stat(path);
      if (entry?.stat) assert.deepEqual(entry.stat, whole);
      // the others are for those who have them
      const { mode: _mode, id: _id, changed: _changed, ...stat } = whole ?? {};
      assert.deepEqual(stat, { size: 3, modified: entry?.modified, isDirectory: false });
      assert.equal((await files.stat(`${directory}/a`))?.isDirectory, true);
    });

    it("write() replaces all of a longer file and leaves nothing beside it", async () => {
      const { files, directory } = await open();
      await files.write(`${directory}/f`, bytes(1, 2, 3, 4));
      await files.write(`${directory}/f`, bytes(9));
      assert.deepEqual((await files.read(`${directory}/f`))?.bytes, bytes(9));
      assert.deepEqual(await names(files, directory), ["f"]);
    });

    it("reads small, large and empty files whole", async () => {
      const { files, directory } = await open();
      for (const size of [0, 1, 70_000, 400_000]) {
        const content = Uint8Array.from({ length: size }, (_, i) => i % 251);
        await files.write(`${directory}/f`, content);
        assert.deepEqual((await files.read(`${directory}/f`))?.bytes, content);
      }
    });

    it("remove() and removeTree() of what is not there are no errors", async () => {
      const { files, directory } = await open();
      await files.write(`${directory}/a/b`, bytes(1));
      await files.write(`${directory}/a/c/d`, bytes(1));
      await files.remove(`${directory}/none`);
      await files.removeTree(`${directory}/none`);
      await files.remove(`${directory}/a/b`);
      assert.deepEqual(await names(files, `${directory}/a`), ["c"]);
      await files.removeTree(`${directory}/a`);
      assert.equal(await files.stat(`${directory}/a/c/d`), undefined);
    });

    it("list() names files and directories", async () => {
      const { files, directory } = await open();
      await files.write(`${directory}/f`, bytes(1));
      await files.write(`${directory}/d/g`, bytes(1));
      const found: string[] = [];
      for await (const entry of files.list(directory)) {
        found.push(`${entry.name} ${entry.isDirectory}`);
      }
      assert.deepEqual(found.sort(), ["d true", "f false"]);
    });

    for (const kind of ["symbolic", "hard"] as const) {
      it(`link() makes a ${kind} link, and write() replaces it without touching the target`, async () => {
        const { files, directory } = await open();
        await files.write(`${directory}/shared/x`, bytes(1));
        await files.write(`${directory}/a/b/c`, bytes(5, 5));
        for (let time = 0; time < 2; time++) {
          await files.link(`${directory}/shared/x`, `${directory}/a/b/c`, kind);
          assert.deepEqual((await files.read(`${directory}/a/b/c`))?.bytes, bytes(1));
        }
        assert.deepEqual(await names(files, `${directory}/a/b`), ["c"]);
        await files.write(`${directory}/a/b/c`, bytes(2));
        assert.deepEqual((await files.read(`${directory}/shared/x`))?.bytes, bytes(1));
        assert.deepEqual((await files.read(`${directory}/a/b/c`))?.bytes, bytes(2));
      });
    }

    it("open() reads and writes at offsets, also beyond the end", async () => {
      const { files, directory } = await open();
      const path = `${directory}/x/y`;
      {
        await using file = await files.open(path, { create: true });
        await file!.write(0, bytes(1, 2, 3, 4));
        await file!.write(2, bytes(9));
        await file!.write(6, bytes(7));
        await file!.sync();
        assert.equal(await file!.size(), 7);
        assert.deepEqual(await file!.read(1, 3), bytes(2, 9, 4));
        assert.deepEqual(await file!.read(5, 10), bytes(0, 7));
        assert.deepEqual(await file!.read(7, 1), bytes());
      }
      await using again = await files.open(path, { create: true });
      assert.equal(await again!.size(), 7, "an existing file is not emptied");
    });
  });
}

async function names(files: Files, directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of files.list(directory)) found.push(name);
  return found.sort();
}
