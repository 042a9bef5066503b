import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Plain, PlainMap } from "./plain.ts";
import { writeYaml } from "./write-yaml.ts";
import { parseYaml } from "./yaml.ts";

/** Without the missing prototypes of what was read. */
const read = (text: string): unknown =>
  JSON.parse(JSON.stringify(parseYaml({ path: "a.yaml", text }, new WeakMap())));

describe("writeYaml()", () => {
  it("sorts keys, indents, and puts lists of scalars in one line", () => {
    const value: PlainMap = {
      b: { list: ["EPSG:4326", "a-b", 1.5, null, true], none: null, map: {}, empty: [] },
      a: [{ title: "A b", name: "x", layers: [{ name: "y" }] }, [1, [2]]],
    };
    assert.equal(
      writeYaml(value),
      `a:
- layers:
  - name: 'y'
  name: x
  title: A b
-
  - 1
  - [2]
b:
  empty: []
  list: ['EPSG:4326', a-b, 1.5, null, true]
  map: {}
  none:
`,
    );
    assert.deepEqual(read(writeYaml(value)), value);
  });

  it("is read as what was written, whatever it is", () => {
    const leaf = fc.oneof(
      fc.string({ unit: "binary" }).map((text) => text.replace(/[\ud800-\udfff]/g, "")),
      fc.stringMatching(/^[-+0-9eE._:yesnoYESNO~#,'" [\]{}&*!|>%@`]{0,8}$/),
      fc.constantFrom(
        "1900-01-01T00:00:00",
        "1e5",
        "010",
        "y",
        "null",
        "",
        "a: b",
        "a #b",
        "12:30",
      ),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("map")),
      list: fc.array(tie("tree"), { maxLength: 3 }),
      map: fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), tie("tree"), { maxKeys: 3 }),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,5}$/), tree), (map) => {
        assert.deepEqual(
          read(writeYaml(map as PlainMap)),
          JSON.parse(JSON.stringify(map)) as Plain,
        );
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
