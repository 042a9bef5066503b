import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatPath, type Plain, pathIn } from "./plain.ts";

/** Paths of all values in a tree. */
function* paths(value: Plain, at: (string | number)[] = []): Generator<(string | number)[]> {
  yield at;
  if (typeof value !== "object" || value === null) return;
  const entries: [string | number, Plain][] = Array.isArray(value)
    ? value.map((item, i) => [i, item])
    : Object.entries(value);
  for (const [key, item] of entries) yield* paths(item, [...at, key]);
}

describe("pathIn()", () => {
  it("finds what formatPath() wrote, whatever the names are made of", () => {
    const name = fc.stringMatching(/^[a-z]{1,3}( [a-z:]{1,3}|[:-][0-9]{1,2})?$/);
    const { tree } = fc.letrec<{ tree: Plain }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(name, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (root) => {
        for (const path of paths(root)) {
          const text = formatPath(path);
          assert.deepEqual(pathIn(root, text === "." ? "" : text), path);
        }
      }),
    );
  });

  it("takes the longest name that fits, and stops where nothing does", () => {
    const root: Plain = { sources: { "a.b": { url: "x" }, a: { b: { no: 1 } } }, list: [{ c: 1 }] };
    assert.deepEqual(pathIn(root, "sources.a.b.url"), ["sources", "a.b", "url"]);
    assert.deepEqual(pathIn(root, "sources.a.b.none"), ["sources", "a.b"]);
    assert.deepEqual(pathIn(root, "list[0].c.d"), ["list", 0, "c"]);
    assert.deepEqual(pathIn(root, "list[1].c"), ["list", 1]);
    assert.deepEqual(pathIn(root, "nothing"), []);
  });
});
