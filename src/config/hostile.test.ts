/**
 * Whatever a configuration file holds, reading it ends: with a configuration or with faults that say where, within
 * bounds of processor time and memory. The bounds are those of an attack, not of speed: a hundred times what is usual.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { faultsOf as faultsIn, filesOf, loadText } from "../../test/config.ts";
import { ConfigError } from "../core/errors.ts";
import { loadConfig } from "./load.ts";

/** Processor time that one file may take, ms. */
const TIME = 20_000;
/** Memory that one file may hold on to or leave behind, bytes. */
const MEMORY = 400 * 1024 * 1024;

/** Collects garbage at once, where the runtime can be told to: what only waits for that is not held. */
const { Bun } = globalThis as { Bun?: { gc(force: true): void } };

const examples = join(import.meta.dirname, "../../etc/examples");
const EXAMPLES = readdirSync(examples).map((name) => ({
  extension: name.split(".").at(-1) ?? "",
  bytes: readFileSync(join(examples, name)),
}));

type Outcome = { readonly faults: string } | "loaded";

/** Loads a file within the bounds; anything but faults is a bug. */
async function outcome(
  main: string | Uint8Array,
  { name = "a.yaml", more = {} }: { name?: string; more?: Record<string, string> } = {},
): Promise<Outcome> {
  const memory = process.memoryUsage().rss;
  const cpu = process.cpuUsage();
  let result: Outcome = "loaded";
  try {
    await loadConfig(name, filesOf({ ...more, [name]: main }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert.ok(error.faults.length > 0);
    result = {
      faults: error.faults
        .map(({ file, line, path, message }) => `${file}:${line} ${path} ${message}`)
        .join("\n"),
    };
  }
  const { user, system } = process.cpuUsage(cpu);
  assert.ok((user + system) / 1000 < TIME, `took ${(user + system) / 1000} ms of processor time`);
  let grown = process.memoryUsage().rss - memory;
  if (grown >= MEMORY) {
    Bun?.gc(true);
    grown = process.memoryUsage().rss - memory;
  }
  assert.ok(grown < MEMORY, `took ${grown} bytes of memory`);
  return result;
}

async function faultsOf(...args: Parameters<typeof outcome>): Promise<string> {
  const result = await outcome(...args);
  assert.notEqual(result, "loaded", "it was loaded");
  return result === "loaded" ? "" : result.faults;
}

/** `a0: &a0 …`, then lines that name the one before ten times. */
function bomb(levels: number, leaf: string, line: (i: number) => string): string {
  return [`a0: &a0 ${leaf}`, ...Array.from({ length: levels }, (_, i) => line(i + 1))].join("\n");
}
const tenTimes = (i: number) =>
  Array(10)
    .fill(`*a${i - 1}`)
    .join(", ");

describe("hostile configurations: bombs", () => {
  it("aliases that multiply", async () => {
    const lists = bomb(30, "[x, x]", (i) => `a${i}: &a${i} [${tenTimes(i)}]`);
    assert.match(await faultsOf(lists), /a\.yaml:\d+ .*more than \d+ values after aliases/);
    const maps = bomb(30, "{x: x}", (i) => `a${i}: &a${i} {k: *a${i - 1}, l: *a${i - 1}}`);
    assert.match(await faultsOf(maps), /more than \d+ values/);
    const merges = bomb(30, "{x: x}", (i) => `a${i}: &a${i} {<<: [${tenTimes(i)}], k${i}: 1}`);
    assert.match(await faultsOf(merges), /more than \d+ values/);
  });

  it("a million aliases of one value", async () => {
    const list = `a: &a x\nb: [${"*a, ".repeat(1_000_000)}]`;
    assert.match(await faultsOf(list), /more than \d+ lines and values/);
  });

  it("long texts repeated by aliases", async () => {
    // each copy is the same text: it takes no memory of its own
    const text = `parts:\n  a: &a ${"x".repeat(1_000_000)}\n  b: [${"*a, ".repeat(100_000)}]\n`;
    await outcome(text);
  });

  it("aliases and merges that contain themselves", async () => {
    for (const text of ["a: &a [*a]", "a: &a {b: *a}", "a: &a {<<: *a}", "a: &a\n  <<: [*a, *a]"])
      assert.match(await faultsOf(text), /a\.yaml:\d .*contains itself/);
  });

  it("base files that include themselves, or each other many times", async () => {
    assert.match(await faultsOf("base: a.yaml"), /include a file in itself: a\.yaml -> a\.yaml/);
    const ring = { "b.yaml": "base: c.toml", "c.toml": 'base = "./a.yaml"' };
    assert.match(
      await faultsOf("base: b.yaml", { more: ring }),
      /include a file in itself: a\.yaml -> b\.yaml -> c\.toml -> a\.yaml/,
    );
    const more = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [
        `b${i}.yaml`,
        `base: [b${i + 1}.yaml, b${i + 1}.yaml]\nlayers: [{name: x, title: X}]\nparts: {l: [1, 2]}`,
      ]),
    );
    assert.match(
      await faultsOf("base: b0.yaml", { more: { ...more, "b30.yaml": "parts: {l: [1, 2]}" } }),
      /more than 200 base files/,
    );
  });
});

describe("hostile configurations: circles", () => {
  const around = (rest: string) =>
    `services: {wms: }\nlayers: [{name: a, title: A, sources: [c]}]\n${rest}`;

  it("caches, grids and coverages that contain themselves", async () => {
    const cache = (source: string) => `{sources: [${source}], grids: [GLOBAL_WEBMERCATOR]}`;
    const caches = `caches: {c: ${cache("d")}, d: ${cache("e")}, e: ${cache("c")}}`;
    assert.match(
      await faultsOf(around(caches)),
      /a\.yaml:3 .*Cannot use a cache as source of itself/,
    );
    const grids = around(
      `caches: {c: {sources: [s], grids: [g]}}\nsources: {s: {type: debug}}\ngrids: {g: {base: h}, h: {base: g}}`,
    );
    assert.match(await faultsOf(grids), /a\.yaml:5 .*grid as base of itself/);
    const coverage = around("parts: &p {union: [*p]}");
    assert.match(await faultsOf(coverage), /contains itself/);
  });
});

describe("hostile configurations: depth and length", () => {
  const deep: [string, string, string][] = [
    ["flow lists", "a.yaml", `parts: ${"[".repeat(200_000)}`],
    ["flow mappings", "a.yaml", `parts: ${"{a: ".repeat(50_000)}`],
    ["block lists", "a.yaml", `parts:\n  ${"- ".repeat(50_000)}x`],
    ["question marks", "a.yaml", `${"? ".repeat(50_000)}x`],
    ["tags and anchors", "a.yaml", `a: ${"!!str &a ".repeat(50_000)}x`],
    ["TOML lists", "a.toml", `parts = ${"[".repeat(200_000)}`],
    ["TOML tables", "a.toml", `parts = ${"{a=".repeat(50_000)}`],
    ["TOML keys", "a.toml", `${"a.".repeat(50_000)}b = 1`],
    ["TOML headers", "a.toml", `[${"a.".repeat(50_000)}b]`],
  ];
  for (const [what, name, text] of deep) {
    it(`${what} within each other`, async () => {
      assert.match(await faultsOf(text, { name }), /Cannot read/);
    });
  }

  it("layers and coverages within each other, as deep as may be", async () => {
    const nested = (open: string, close: string, depth: number) =>
      open.repeat(depth) + close.repeat(depth);
    await outcome(`layers: [${nested("{title: A, layers: [", "]}", 45)}]`);
    await outcome(`sources: {s: {type: debug, coverage: ${nested("{union: [", "]}", 45)}}}`);
  });

  const megabyte: Record<string, string> = {
    "a word": "x".repeat(1_000_000),
    "a number": "9".repeat(1_000_000),
    "an octal number": `0${"7".repeat(1_000_000)}`,
    "a sexagesimal number": `1${":1".repeat(500_000)}`,
    "a float": `1.${"0".repeat(1_000_000)}`,
    underscores: `1${"_".repeat(1_000_000)}`,
    "a quoted string": `"${"\\x41".repeat(250_000)}"`,
    apostrophes: "'".repeat(1_000_000),
    "an open string": `"${"x ".repeat(500_000)}`,
    spaces: `1${" ".repeat(1_000_000)}# x`,
    colons: ":".repeat(1_000_000),
    "words with colons": "b: ".repeat(333_333),
    commas: `[${"1,".repeat(500_000)}]`,
    hashes: " #".repeat(500_000),
    dollars: "$".repeat(1_000_000),
    variables: "$A".repeat(500_000),
    "open variables": "${".repeat(500_000),
    brackets: `[${"[],".repeat(300_000)}]`,
    "a folded text": `>\n  ${"x ".repeat(500_000)}`,
    "a carriage return a word": "x\r".repeat(500_000),
    "apostrophes far left": `[${"'\n',".repeat(200_000)}`,
    "lists far left": `[${"[\n],".repeat(200_000)}]`,
  };
  for (const [what, text] of Object.entries(megabyte)) {
    it(`a megabyte: ${what}`, async () => {
      await outcome(`parts: ${text}`);
      await outcome(`parts:\n  ${text}: &a 1`);
      await outcome(`parts = ${text}`, { name: "a.toml" });
    });
  }

  it("a key of a megabyte is not repeated in each fault", async () => {
    const key = "k".repeat(1_000_000);
    const faults = await faultsOf(`layers: [{"${key}": 1}]`);
    assert.ok(faults.length < 3_000_000);
  });

  it("a file larger than 16 MiB is not read", async () => {
    assert.match(await faultsOf(new Uint8Array(17 * 1024 * 1024)), /larger than 16 MiB/);
  });
});

describe("hostile configurations: names and bytes", () => {
  it("keys that every object has", async () => {
    for (const key of ["__proto__", "constructor", "prototype"]) {
      for (const text of [`${key}: {x: 1}`, `a: {"${key}": 1}`, `a: &${key} {${key}: 1}`])
        assert.match(await faultsOf(text), /a\.yaml:1 .*reserved/);
      assert.match(
        await faultsOf(`[${key}]\nx = 1`, { name: "a.toml" }),
        /reserved|Cannot read TOML/,
      );
    }
    assert.equal(({} as Record<string, unknown>).x, undefined);
    for (const name of ["toString", "hasOwnProperty", "valueOf", "__defineGetter__"]) {
      const text = `services: {wms: }\nlayers: [{name: ${name}, title: A, sources: [${name}]}]\nsources: {}`;
      assert.match(await faultsOf(text), /not in cache or source section/);
    }
  });

  it("mappings and lists where a word belongs that is looked up", async () => {
    for (const value of ["{x: y}", "[{x: y}]", "{toString: 1}", "[]"]) {
      for (const [text, path] of [
        [`sources: {s: {type: ${value}}}`, "sources.s.type"],
        [`caches: {c: {sources: [], cache: {type: ${value}}}}`, "caches.c.cache.type"],
        [`sources: {s: {type: tile, url: ${value}}}`, "sources.s.url"],
        [`grids: {g: {base: ${value}}}`, "grids.g.base"],
      ] as const) {
        const faults = await faultsIn(loadText(text));
        assert.ok(
          faults.some((fault) => fault.path === path),
          text,
        );
      }
    }
  });

  it("of equal keys the last wins in YAML; TOML refuses them", async () => {
    assert.equal(await outcome(`${"parts: 1\n".repeat(100_000)}services: {}\n`), "loaded");
    assert.match(
      await faultsOf("a = 1\na = 2", { name: "a.toml" }),
      /a\.toml:2 .*Cannot read TOML/,
    );
  });

  it("tags of programs", async () => {
    for (const tag of [
      "!!python/object/apply:os.system",
      "!!js/function",
      "!x",
      "!!binary",
      "!!set",
    ])
      assert.match(
        await faultsOf(`services:\n  a: ${tag} [x]`),
        /a\.yaml:2 .*(not supported|Cannot read)/,
      );
  });

  it("bytes that are no text", async () => {
    for (const bytes of [
      [0xff],
      [0xc3, 0x28],
      [0x80, 0x61],
      [0xed, 0xa0, 0x80],
      [0xff, 0xfe, 0x00],
      [0xf8, 0x88],
    ])
      assert.match(await faultsOf(Uint8Array.from(bytes)), /not UTF-8 text/);
    const latin = new Uint8Array([
      ...new TextEncoder().encode("parts: {a: M"),
      0xfc,
      0x6c,
      0x6c,
      0x7d,
    ]);
    assert.match(await faultsOf(latin), /Cannot read "a\.yaml": not UTF-8 text/);
  });

  it("random bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, toml) => {
        await outcome(bytes, { name: toml ? "a.toml" : "a.yaml" });
      }),
      { numRuns: 300 },
    );
  });

  it("examples with bytes changed, cut out, doubled", async () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 200 })),
      copy: fc.nat({ max: 60 }),
      byte: fc.option(fc.nat({ max: 255 })),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: EXAMPLES.length - 1 }),
        fc.array(edit, { minLength: 1, maxLength: 5 }),
        async (which, edits) => {
          const { extension, bytes } = EXAMPLES[which]!; // one of them
          let list = [...bytes];
          for (const { at, cut, copy, byte } of edits) {
            const place = Math.floor(at * list.length);
            const added = [...list.slice(place, place + copy), ...(byte === null ? [] : [byte])];
            list = [...list.slice(0, place), ...added, ...list.slice(place + cut)];
          }
          await outcome(Uint8Array.from(list), { name: `a.${extension}` });
        },
      ),
      { numRuns: 600 },
    );
  });

  it("sound files with values of other kinds in any place", async () => {
    const value = fc.constantFrom(
      ..."|~|0|-1|1e400|.inf|.nan|yes|''|x|[]|{}|[~]|[[]]|[x]|{x: y}|{type: wms}|{type: }|[1, 2]|99999999999999999999|'$'".split(
        "|",
      ),
    );
    const texts = EXAMPLES.filter(({ extension }) => extension === "yaml").map(({ bytes }) =>
      bytes.toString(),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: texts.length - 1 }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), value), {
          minLength: 1,
          maxLength: 3,
        }),
        async (which, changes) => {
          const lines = texts[which]!.split("\n"); // one of them
          for (const [at, text] of changes) {
            const i = Math.floor(at * (lines.length - 1));
            lines[i] = lines[i]!.replace(
              /^(\s*(?:- )?[\w"':-]+:)(?:\s.*)?$/,
              `$1 ${text.replace("$", "$$$$")}`,
            ); // a line
          }
          await outcome(lines.join("\n"));
        },
      ),
      { numRuns: 600 },
    );
  });
});
