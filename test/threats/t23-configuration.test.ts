/** T23: what a configuration file, or a file that it includes, may hold; it is read in bounded time, or refused. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: environment variables are written so
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { faultsOf, filesOf, loadText } from "../config.ts";

const GOOD = `
services: {wms: {}}
layers: [{name: x, title: X, sources: [s]}]
sources: {s: {type: wms, req: {url: "http://maps.example/wms", layers: a}}}
`;

/** What is said of a file that must be refused. */
async function refusal(text: string, path = "rhumb.yaml"): Promise<string> {
  const faults = await faultsOf(loadText(text, path));
  return faults.map(({ message }) => message).join("\n");
}

describe("T23, weakness 17: YAML that does more than it says", () => {
  for (const [what, tag] of [
    ["a Python object", '!!python/object/apply:os.system ["id"]'],
    ["a JavaScript function", '!!js/function "function () {}"'],
    ["a JavaScript regular expression", "!!js/regexp /(a+)+$/"],
    ["an included file", "!include /etc/passwd"],
    ["binary data", "!!binary aGVsbG8="],
    ["a set", "!!set {a, b}"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      assert.match(await refusal(`${GOOD}\nglobals: ${tag}\n`), /tag/i);
    });
  }

  it("refuses an alias bomb, in lists, mappings and merge keys", async () => {
    const bombs = [
      (i: number) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(20)}]`,
      (i: number) => `a${i}: &a${i} {${Array.from({ length: 20 }, (_, k) => `k${k}: *a${i - 1}`)}}`,
      (i: number) => `a${i}: &a${i} {<<: [${`*a${i - 1},`.repeat(20)}]}`,
    ];
    for (const line of bombs) {
      const start = line(1).includes("<<") ? "a0: &a0 {x: 1, y: 2}" : "a0: &a0 [x]";
      const lines = Array.from({ length: 12 }, (_, i) => line(i + 1));
      assert.match(await refusal(`${GOOD}\n${[start, ...lines].join("\n")}\n`), /aliases|alias/);
    }
  });

  it("refuses an alias that contains itself", async () => {
    assert.match(await refusal(`${GOOD}\nglobals: &g {cache: *g}\n`), /contains itself/);
    assert.match(await refusal("a: &a [*a, *a]\n"), /contains itself/);
  });

  it("refuses nesting without end", async () => {
    for (const [open, close] of [
      ["[", "]"],
      ["{a: ", "}"],
      ["- ", ""],
    ] as const) {
      for (const depth of [200, 20_000]) {
        const text = `globals:\n  ${open.repeat(depth)}1${close.repeat(depth)}\n`;
        assert.match(await refusal(text), /nested/);
      }
    }
  });
});

describe("T23: names of what every object has", () => {
  for (const name of ["__proto__", "constructor", "prototype"]) {
    it(`refuses the key ${name}, wherever it stands, and changes no object`, async () => {
      const texts = [
        `${name}: {polluted: true}`,
        `sources: {${name}: {type: wms, req: {url: "http://maps.example", layers: a}}}`,
        `caches: {"${name}": {polluted: true}}`,
        `layers: [{name: a, title: A, ${name}: {polluted: true}}]`,
        `globals: {<<: {${name}: {polluted: true}}}`,
      ];
      for (const text of texts) assert.match(await refusal(text), /reserved/);
      assert.match(await refusal(`[${name}]\npolluted = true\n`, "rhumb.toml"), /reserved/);
      assert.match(await refusal(`a.${name}.polluted = true\n`, "rhumb.toml"), /reserved/);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });
  }

  for (const name of ["toString", "hasOwnProperty", "valueOf", "__defineGetter__"]) {
    it(`does not find a source called ${name} that nobody made`, async () => {
      const text = GOOD.replace("sources: [s]", `sources: [${name}]`);
      assert.match(await refusal(text), new RegExp(name));
    });

    it(`finds no kind of source called ${name}`, async () => {
      assert.match(await refusal(GOOD.replace("type: wms", `type: ${name}`)), new RegExp(name));
    });
  }
});

describe("T23: equal keys", () => {
  it("the last one of YAML counts, TOML refuses them", async () => {
    const { config } = await loadText(GOOD.replace("title: X,", "title: X, title: Last,"));
    assert.match(JSON.stringify(config.layers), /Last/);
    assert.match(await refusal("[globals]\n[globals]\n", "rhumb.toml"), /Cannot read TOML/);
  });
});

describe("T23, weakness 17: things that contain themselves", () => {
  it("base files", async () => {
    const files = filesOf({
      "a.yaml": "base: b.yaml",
      "b.yaml": "base: [c.yaml]",
      "c.yaml": "base: a.yaml",
    });
    const [fault] = await faultsOf(loadConfig("a.yaml", files));
    assert.match(
      fault?.message ?? "",
      /include a file in itself: a.yaml -> b.yaml -> c.yaml -> a.yaml/,
    );
  });

  it("base files that include two others each", async () => {
    const tree = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`${i}.yaml`, `base: [${i + 1}.yaml, ./${i + 1}.yaml]`]),
    );
    const faults = await faultsOf(loadConfig("0.yaml", filesOf({ ...tree, "30.yaml": GOOD })));
    assert.match(faults[0]?.message ?? "", /more than 200 base files/);
  });

  it("caches", async () => {
    const ring =
      "{a: {grids: [GLOBAL_MERCATOR], sources: [b]}, b: {grids: [GLOBAL_MERCATOR], sources: [a]}}";
    const text = `${GOOD.replace("sources: [s]", "sources: [a]")}\ncaches: ${ring}\n`;
    assert.match(await refusal(text), /circular|itself|->/i);
  });

  it("grids", async () => {
    const ring = "{a: {base: b}, b: {base: a}}";
    const caches = "{c: {grids: [a], sources: [s]}}";
    const text = `${GOOD.replace("[s]}]", "[c]}]")}\ncaches: ${caches}\ngrids: ${ring}\n`;
    assert.match(await refusal(text), /circular|itself|->/i);
  });

  it("layers, deeper than anybody nests them", async () => {
    const depth = 60;
    const open = "{title: t, layers: [".repeat(depth);
    const text = GOOD.replace("[{name: x", `[${open}{name: x`).replace(
      "[s]}]",
      `[s]}${"]}".repeat(depth)}]`,
    );
    await loadText(text).then(
      () => {},
      (error) => assert.equal(error.code, "bad-config"),
    );
  });
});

describe("T23: text that is large or strange", () => {
  it("a line of 1 MB as key, value, comment and list", async () => {
    const long = "x".repeat(1_000_000);
    await loadText(`${GOOD}\n# ${long}\n`);
    await loadText(GOOD.replace("title: X", `title: ${long}`));
    const said = await refusal(`${GOOD}\n${long}: 1\n`);
    assert.match(said, /Unknown key|invalid|1 MB|too long|Cannot/i);
    await refusal(`${GOOD}\nglobals: [${"1,".repeat(300_000)}]\n`);
    await refusal(`${GOOD}\nglobals: ${"[".repeat(1_000_000)}`);
    await refusal(`x = "${long}\n`, "rhumb.toml");
    await refusal(`${"a.".repeat(300_000)}b = 1\n`, "rhumb.toml");
  });

  it("a file above 16 MiB is not parsed", async () => {
    assert.match(await refusal(" ".repeat(17 * 1024 * 1024)), /larger than 16 MiB/);
  });

  it("bytes that are no text", async () => {
    const files = filesOf({ "x.yaml": new Uint8Array([0xc3, 0x28, 0, 0xff, 0xfe]) });
    const [fault] = await faultsOf(loadConfig("x.yaml", files));
    assert.match(fault?.message ?? "", /not UTF-8 text/);
  });
});

describe("T23: environment variables", () => {
  const url = (value: string, env: Record<string, string>) =>
    loadConfig(
      "r.yaml",
      filesOf({ "r.yaml": GOOD.replace("http://maps.example/wms", value) }, env),
    );

  it("are put in once: what one holds is not looked at again", async () => {
    const { config } = await url("http://${A}/wms", { A: "${A}$A", B: "x" });
    assert.match(JSON.stringify(config.sources), /http:\/\/\$\{A\}\$A\/wms/);
  });

  it("have no names of what every object has", async () => {
    const { config } = await url("http://h/$toString/${constructor}", {});
    assert.match(JSON.stringify(config.sources), /http:\/\/h\/\$toString\/\$\{constructor\}/);
  });

  it("bring text only, neither keys nor structure", async () => {
    const { config } = await url("http://h/$A", { A: '"}\n  evil: {type: debug}\n' });
    assert.deepEqual(Object.keys(config.sources ?? {}), ["s"]);
  });

  it("are looked for in bounded time", async () => {
    await url(`http://h/${"${".repeat(50_000)}`, {});
    await url(`http://h/${"$".repeat(500_000)}`, {});
    await url(`http://h/${"$A".repeat(100_000)}`, { A: "a" });
  });
});
