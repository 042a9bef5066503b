import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Marks, Plain } from "./plain.ts";
import { parseFullYaml, SyntaxFault } from "./yaml.ts";
import { parseSimpleYaml } from "./yaml-simple.ts";

/** What the full parser makes of a text; the fault's message where it refuses it. */
function full(text: string, marks: Marks): Plain | { fault: string } {
  try {
    return parseFullYaml({ path: "a", text }, marks);
  } catch (error) {
    if (error instanceof SyntaxFault) return { fault: error.message };
    throw error;
  }
}

function isFault(value: unknown): value is { fault: string } {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "fault");
}

/** Whether both parsers noted the same places. */
function sameMarks(a: Plain, b: Plain, left: Marks, right: Marks): void {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return;
  for (const key of Object.keys(a)) {
    const at: string | number = Array.isArray(a) ? Number(key) : key;
    const value: Plain = (a as Record<string, Plain>)[key]!; // one of its keys
    // where nothing stands each parser has its own opinion of the place
    if (value === null && Array.isArray(a)) continue;
    assert.equal(left.get(a)?.get(at)?.offset, right.get(b)?.get(at)?.offset, `mark of ${key}`);
    sameMarks(value, (b as Record<string, Plain>)[key]!, left, right);
  }
}

function agree(text: string): boolean {
  const left: Marks = new WeakMap();
  const right: Marks = new WeakMap();
  const simple = parseSimpleYaml({ path: "a", text }, left);
  if (simple === undefined) return false;
  const expected = full(text, right);
  // the full parser insists on indented lines in flow collections, which nobody else does
  if (isFault(expected) && /indent|Flow (?:sequence|map)/.test(expected.fault)) return true;
  assert.deepEqual(simple, expected, JSON.stringify(text));
  sameMarks(simple, expected as Plain, left, right);
  return true;
}

const CONFIGURATION = `
# comment
services:
  demo:
  wms:
    srs: ['EPSG:4326', "EPSG:3857", EPSG:900913]   # some
    md: {title: A title, fees: none, contact: {}}
    image_formats: [
      image/png,   # first
      image/jpeg
    ]
layers:
- name: a
  title: It's a "title"
  sources: [a_cache]
-
  name: b
  title: 'It''s b'
  sources:
    - a_cache
    - "a source:x,y"
caches:
  a_cache:
    grids: [GLOBAL_MERCATOR]
    sources: []
    meta_size: [4, -4]
    meta_buffer: -.5
sources:
  x:
    type: wms
    req: {url: "http://a/b?c=d&e={f}", layers: a}
    on_error:
      404: {response: transparent, cache: True}
`;

describe("parseSimpleYaml()", () => {
  it("reads an ordinary configuration, with LF and with CRLF", () => {
    assert.ok(agree(CONFIGURATION));
    assert.ok(agree(CONFIGURATION.replaceAll("\n", "\r\n")));
    assert.ok(agree(`---\n${CONFIGURATION}`));
  });

  it("leaves to the full parser what it does not know", () => {
    for (const text of [
      "a: &x 1\nb: *x",
      "a: |\n  x",
      "a: !!str 1",
      "a:\tb",
      "a: one\n  two",
      "a: b: c",
      "- a",
      "just a word",
      "<<: {a: 1}",
      "__proto__: 1",
      "a: 1\n---\nb: 2",
      "a: [1, 2",
      "a: {b, c}",
      "a: [b: c]",
      "a: 'x\n  y'",
      '"a\\n": 1',
      "? a\n: b",
      "a:\n   b: 1\n  c: 2",
      "a: 1\n b: 2",
      "a:\n  - 1\n b: 2",
      "",
    ]) {
      assert.equal(parseSimpleYaml({ path: "a", text }, new WeakMap()), undefined, text);
    }
  });

  it("agrees with the full parser about whatever it reads", () => {
    const word = fc.constantFrom(
      ..."a|b c|1|1.5|yes|~|x:y|-1|-x|'q'|\"d\"|'it''s'|[1, 2]|[a, [b]]|{x: 1}|{x: }|[ ]|{}|http://x/?a#b|# c|x # c|\"a\\nb\"|a: b|- 1|- a: 1|-|?|: x|&a x|*a|!t x|{a, b}|[a: b]|[a,\n b]|[a,\nb]|{a: 'x]', b: \"}\"}|[a#b, c]|x, y|x]|%a|\"k\": v|'u".split(
        "|",
      ),
    );
    const line = fc
      .tuple(
        fc.nat({ max: 3 }),
        fc.constantFrom("", "- ", "k: ", "l: ", "m:", "- k: ", "- - ", '"q": '),
        word,
      )
      .map(([indent, start, text]) => " ".repeat(indent * 2) + start + text);
    let read = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
        if (agree(lines.join("\n"))) read++;
      }),
      { numRuns: 3000 },
    );
    assert.ok(read > 30, `only ${read} texts were read`);
  });

  it("agrees with the full parser about texts of any characters of YAML", () => {
    const text = fc.string({
      unit: fc.constantFrom(..." \n:-[]{},'\"#ab1~&*!|>?%\\".split(""), "a: ", "\n  ", "\n- "),
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, (body) => {
        agree(`k: ${body}`);
        agree(body);
      }),
      { numRuns: 5000 },
    );
  });

  it("agrees with the full parser about documents made of values", () => {
    const key = fc.constantFrom("a", "b_c", "EPSG:4326", "image/png; mode=8bit", "x.y", "404");
    const scalar = fc.constantFrom(
      "1",
      "text",
      "'quoted'",
      '"double"',
      "true",
      "a b c",
      "1.0e+5",
      "",
    );
    const node: fc.Memo<string[]> = fc.memo((n) =>
      n <= 1
        ? scalar.map((s) => [s])
        : fc.oneof(
            scalar.map((s) => [s]),
            mapping(n - 1),
            list(n - 1),
          ),
    );
    const mapping: fc.Memo<string[]> = fc.memo((n) =>
      fc
        .array(fc.tuple(key, node(n)), { minLength: 1, maxLength: 3 })
        .map((pairs) =>
          pairs.flatMap(([k, [first = "", ...rest]]) =>
            rest.length === 0 && !first.includes(":")
              ? [`${k}: ${first}`]
              : [`${k}:`, ...[first, ...rest].map((l) => `  ${l}`)],
          ),
        ),
    );
    const list: fc.Memo<string[]> = fc.memo((n) =>
      fc
        .array(node(n), { minLength: 1, maxLength: 3 })
        .map((items) =>
          items.flatMap(([first = "", ...rest]) => [`- ${first}`, ...rest.map((l) => `  ${l}`)]),
        ),
    );
    let read = 0;
    fc.assert(
      fc.property(mapping(4), (lines) => {
        if (agree(lines.join("\n"))) read++;
      }),
      { numRuns: 500 },
    );
    assert.ok(read > 250, `only ${read} of 500 documents were read`);
  });
});
