import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { lineOf, type Mark, type Marks, type Plain } from "./plain.ts";
import { SyntaxFault } from "./syntax.ts";
import { parseFullYaml } from "./yaml.ts";
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

/** Line, and the rest of the text from there on: the full parser may have moved lines to the right. */
function placeOf(mark: Mark | undefined): string | undefined {
  return mark && `${lineOf(mark)}: ${mark.file.text.slice(mark.offset).replace(/\n */g, "\n")}`;
}

/** Whether both parsers noted the same places. */
function sameMarks(a: Plain, b: Plain, left: Marks, right: Marks): void {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return;
  for (const key of Object.keys(a)) {
    const at: string | number = Array.isArray(a) ? Number(key) : key;
    const value: Plain = (a as Record<string, Plain>)[key]!; // one of its keys
    // where nothing stands each parser has its own opinion of the place
    if (value === null && Array.isArray(a)) continue;
    assert.equal(placeOf(left.get(a)?.get(at)), placeOf(right.get(b)?.get(at)), `mark of ${key}`);
    sameMarks(value, (b as Record<string, Plain>)[key]!, left, right);
  }
}

function agree(text: string): boolean {
  const left: Marks = new WeakMap();
  const right: Marks = new WeakMap();
  const simple = parseSimpleYaml({ path: "a", text }, left);
  if (simple === undefined) return false;
  const expected = full(text, right);
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

const EXAMPLES = readdirSync(join(import.meta.dirname, "../../etc/examples"))
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => readFileSync(join(import.meta.dirname, "../../etc/examples", name), "utf8"))
  .concat(CONFIGURATION);

/** Lines moved to the left as far as they all can. */
function outdented(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/[^ ]/));
  const indent = Math.min(...indents, 80);
  return lines.map((line) => line.slice(indent));
}

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

  it("leaves lone carriage returns and spaces that only look like some to the full parser", () => {
    for (const text of [
      "a: [1]\r",
      "a:\r#b: 1",
      "\u00a0: 1",
      "a: b\u00a0",
      "a: [b\u2003]",
      "---\n---\na: 1",
    ])
      assert.equal(parseSimpleYaml({ path: "a", text }, new WeakMap()), undefined, text);
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

  it("agrees with the full parser about configurations with a few mistakes in them", () => {
    const sources = EXAMPLES.map((text) => text.split("\n"));
    const piece = fc.constantFrom(
      ...` |  |\n|\n  |\n- |- |: |:|, |,|[|]|{|}|'|"|#| #|~|yes|1e5|- - |? |||>|&a |*a|!x |%|@|\\|\t|\r|\r\n|''|a: b|<<: |---|...`.split(
        "|",
      ),
      "|",
      "\u00a0",
      "\u2028",
      "\ufeff",
      "\n---\n",
    );
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat({ max: 3 }),
      piece,
    });
    const window = fc.record({
      source: fc.nat({ max: sources.length - 1 }),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      count: fc.integer({ min: 1, max: 14 }),
      edits: fc.array(edit, { maxLength: 3 }),
    });
    let read = 0;
    fc.assert(
      fc.property(window, ({ source, from, count, edits }) => {
        const lines = sources[source]!; // one of them
        const start = Math.floor(from * lines.length);
        let text = outdented(lines.slice(start, start + count)).join("\n");
        for (const { at, cut, piece: added } of edits) {
          const place = Math.floor(at * text.length);
          text = text.slice(0, place) + added + text.slice(place + cut);
        }
        if (agree(text)) read++;
      }),
      { numRuns: 4000 },
    );
    assert.ok(read > 400, `only ${read} of 4000 texts were read`);
  });
});
