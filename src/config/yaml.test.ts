import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findMark, lineOf, type Marks, type Plain, type TextFile } from "./plain.ts";
import { MAX_DEPTH, SyntaxFault } from "./syntax.ts";
import { parseFullYaml, parseYaml } from "./yaml.ts";

const read = (text: string): unknown => plain(parseYaml({ path: "a.yaml", text }, new WeakMap()));

/** The same value with ordinary objects, so that it compares with literals. */
const plain = (value: Plain): unknown => JSON.parse(JSON.stringify(value));

const faultOf = (text: string): SyntaxFault => {
  try {
    parseYaml({ path: "a.yaml", text }, new WeakMap());
  } catch (error) {
    if (error instanceof SyntaxFault) return error;
    throw error;
  }
  throw new Error("expected a fault");
};

describe("parseYaml()", () => {
  it("config 3: of equal keys takes the last", () => {
    assert.deepEqual(read("a: 1\nb: 2\na: 3\n"), { a: 3, b: 2 });
    assert.deepEqual(read("a: &x 1\nb: *x\na: 3\n"), { a: 3, b: 1 });
  });

  it("config 4: reads 1e5 as text and 1.0e+5 as a number", () => {
    assert.deepEqual(read("a: 1e5\nb: 1.0e+5"), { a: "1e5", b: 100000 });
  });

  it("keeps keys as they are written", () => {
    assert.deepEqual(read("404: a\nyes: b\n0x10: c\nEPSG:25832: d\n'q': e"), {
      "404": "a",
      yes: "b",
      "0x10": "c",
      "EPSG:25832": "d",
      q: "e",
    });
  });

  it("keeps quoted words as text", () => {
    assert.deepEqual(read("a: '755'\nb: \"yes\"\nc: 'it''s'\nd: \"a\\tb\""), {
      a: "755",
      b: "yes",
      c: "it's",
      d: "a\tb",
    });
  });

  it("copies what an alias stands for", () => {
    const value = parseYaml({ path: "a", text: "a: &x {b: [1]}\nc: *x\n" }, new WeakMap());
    const { a, c } = value as { a: Plain; c: Plain };
    assert.deepEqual(plain(a), plain(c));
    assert.notEqual(a, c);
  });

  it("takes an anchor as it was when the alias was met", () => {
    const text = "a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\ne: *x\n";
    assert.deepEqual(read(text), { a: 1, b: [1], c: 2, d: [1], e: 2 });
  });

  it("merges << below the mapping's own keys, the first mapping over the others", () => {
    const text =
      "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nm:\n  c: 3\n  <<: [*x, *y]\nn: {<<: *x}\n";
    const value = read(text) as Record<string, unknown>;
    assert.deepEqual(value.m, { a: 1, b: 1, c: 3 });
    assert.deepEqual(value.n, { a: 1, b: 1 });
  });

  it("reads the scalar tags and refuses others", () => {
    assert.deepEqual(read("a: !!str 5\nb: !!int '7'\nc: !!float 1\nd: !!bool yes\ne: !!null x"), {
      a: "5",
      b: 7,
      c: 1,
      d: true,
      e: null,
    });
    for (const tag of ["!!python/object:os.system", "!mine", "!!binary", "!!set"]) {
      assert.match(
        faultOf(`a: ${tag} {b: 1}`).message,
        /^Cannot read YAML: (.*not supported|Set items)/,
      );
    }
  });

  it("reads block scalars, folded words and documents with a marker", () => {
    assert.deepEqual(read("---\na: |\n  x\n  y\nb: >-\n  x\n  y\nc: one\n  two\n"), {
      a: "x\ny\n",
      b: "x y",
      c: "one two",
    });
  });

  it("reads flow collections and quoted strings whose lines stand too far left, as other readers do", () => {
    const texts: [string, unknown][] = [
      ["a:\n  b: ['x', # one\n'y',\n{c: 1}\n]\n  d: 1\n", { a: { b: ["x", "y", { c: 1 }], d: 1 } }],
      ["a: {b: [\n1\n]\n}\nc: 2\n", { a: { b: [1] }, c: 2 }],
      ["a: \"one\ntwo\n\nthree\"\nb: 'x\ny''s'\n", { a: "one two\nthree", b: "x y's" }],
      ["- a: ['b\nc', \"]\n\", it's]\n", [{ a: ["b c", "] ", "it's"] }]],
      ["a: {b: 1}# c\nd: 'e'#f\n", { a: { b: 1 }, d: "e" }],
    ];
    for (const [text, value] of texts) {
      assert.deepEqual(plain(parseFullYaml({ path: "a", text }, new WeakMap())), value, text);
    }
  });

  it("names the lines of such a file as they are", () => {
    const text = "a:\n  b: [1,\n2,\n3]\n  c: &x 1\n  d: 1\n";
    const marks: Marks = new WeakMap();
    const value = parseYaml({ path: "a", text }, marks);
    assert.equal(lineOf(findMark(value, marks, ["a", "d"])!), 6);
    assert.equal(lineOf(findMark(value, marks, ["a", "b", 2])!), 4);
    const fault = faultOf(text.replace("&x 1", "*x"));
    assert.match(fault.message, /undefined alias/);
    assert.equal(text.slice(0, fault.offset).split("\n").length, 5);
  });

  it("still refuses what has no end, or stands too far left in a block", () => {
    for (const text of ["a:\n  b: [1,\n2,\n", 'a:\n  b: "x\ny\n', "a:\n    b: 1\n  c: 2\n"]) {
      assert.ok(faultOf(text).message.startsWith("Cannot read YAML: "), text);
    }
  });

  it("is null for an empty document", () => {
    assert.equal(read(""), null);
    assert.equal(read("# nothing\n"), null);
  });

  it("notes where keys and items stand", () => {
    for (const parse of [parseYaml, parseFullYaml]) {
      const file: TextFile = {
        path: "a",
        text: "a:\n  - 1\n  - b: 2\n    c: 3\n\nd: {e: 1,\n  f: 2}\n",
      };
      const marks: Marks = new WeakMap();
      const value = parse(file, marks);
      const line = (...path: (string | number)[]) => lineOf(findMark(value, marks, path)!);
      assert.equal(line("a"), 1);
      assert.equal(line("a", 0), 2);
      assert.equal(line("a", 1, "c"), 4);
      assert.equal(line("d", "f"), 7);
      assert.equal(line("d", "unknown"), 6);
    }
  });
});

describe("parseYaml() and hostile texts", () => {
  for (const key of ["__proto__", "constructor", "prototype"]) {
    it(`refuses the key ${key}`, () => {
      assert.match(faultOf(`a:\n  ${key}: {x: 1}`).message, /reserved/);
      assert.match(faultOf(`a: {"${key}": {x: 1}}`).message, /reserved/);
    });
  }

  it("makes mappings without prototype", () => {
    assert.equal(
      Object.getPrototypeOf(parseYaml({ path: "a", text: "a: 1" }, new WeakMap())),
      null,
    );
    assert.deepEqual(read("toString: 1"), { toString: 1 });
  });

  it("stops at an alias bomb", () => {
    let text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (let i = 1; i < 12; i++)
      text += `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(", ")}]\n`;
    assert.match(faultOf(text).message, /more than \d+ values/);
  });

  it("stops at an alias bomb of merge keys", () => {
    let text = "a0: &a0 {x: 1}\n";
    for (let i = 1; i < 25; i++) text += `a${i}: &a${i} {<<: [*a${i - 1}, *a${i - 1}], k${i}: 1}\n`;
    assert.match(faultOf(text).message, /more than \d+ values/);
  });

  it("refuses an alias that contains itself", () => {
    assert.match(faultOf("a: &a\n  b: *a\n").message, /contains itself/);
    assert.match(faultOf("a: &a [*a]").message, /contains itself/);
    assert.match(faultOf("a: *nothing").message, /undefined alias/i);
  });

  const deep: [string, string][] = [
    ["flow lists", "[".repeat(100_000)],
    ["closed flow lists", `a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["flow mappings", "{a: ".repeat(20_000)],
    ["compact lists", `a: ${"\n  "}${"- ".repeat(20_000)}x`],
    ["block mappings", Array.from({ length: 400 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["question marks", "? ".repeat(20_000)],
  ];
  for (const [name, text] of deep) {
    it(`refuses ${name} that are nested too deeply`, () => {
      assert.ok(faultOf(text).message.startsWith("Cannot read YAML: "));
    });
  }

  it(`reads what is nested ${MAX_DEPTH - 10} deep`, () => {
    const depth = MAX_DEPTH - 10;
    assert.ok(read(`a: ${"[".repeat(depth)}${"]".repeat(depth)}`));
  });

  const long: [string, string][] = [
    ["word", `a: ${"x".repeat(1_000_000)}`],
    ["number", `a: ${"1".repeat(1_000_000)}`],
    ["sexagesimal", `a: 1${":1".repeat(500_000)}`],
    ["quoted", `a: "${"\\x41".repeat(250_000)}"`],
    ["key", `${"k".repeat(1_000_000)}: 1`],
    ["spaces", `a: 1${" ".repeat(1_000_000)}# x`],
    ["colons", `a: ${"b:".repeat(500_000)}`],
    ["commas", `a: [${"1,".repeat(100_000)}]`],
    ["hashes", `a: [1, ${" #".repeat(500_000)}`],
    ["quotes", `a: ${"'".repeat(1_000_001)}`],
  ];
  for (const [name, text] of long) {
    it(`reads or refuses a line of 1 MB: ${name}`, () => {
      try {
        read(text);
      } catch (error) {
        assert.ok(error instanceof SyntaxFault, String(error));
      }
    });
  }

  it("refuses a mapping as key, an unfinished string and several documents", () => {
    for (const text of ["{a: 1}: b", "[a]: b", 'a: "x', "a: 1\n---\nb: 2\n", "a: b: c", "a: @x"]) {
      assert.ok(faultOf(text).message.startsWith("Cannot read YAML: "), text);
    }
  });
});
