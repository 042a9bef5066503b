/** Every configuration that comes with Rhumb: it is read, it starts, and it survives a turn into the other language. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { build } from "../src/config/build.ts";
import { convertConfig } from "../src/config/convert.ts";
import { readDepsOf, resolveConfig } from "../src/config/load.ts";
import { readConfig } from "../src/config/read.ts";
import { isSeedFile, resolveSeedFile } from "../src/config/seed-load.ts";
import { ConfigError } from "../src/core/errors.ts";
import type { Platform } from "../src/platform/platform.ts";
import { localPlatform } from "../src/runtime/local.ts";
import { silentLog } from "./platform.ts";
import { scratch } from "./scratch.ts";

const ROOT = join(import.meta.dirname, "..");
const FILES = readdirSync(join(ROOT, "etc"), { recursive: true, encoding: "utf8" })
  .map((name) => `etc/${name.replaceAll("\\", "/")}`)
  .filter((name) => /\.(?:yaml|toml)$/.test(name))
  .sort();

/** What may be missing on the machine of a test: the reason, in the words of the fault. */
const CANNOT_START: Readonly<Record<string, RegExp>> = {
  "etc/examples/local-programs.yaml": /mapserver|mapnik/i,
  "etc/worker.toml": /\bbuckets?\b/,
};

/** Templates of `rhumb util create`: they show everything there is, with files that nobody has. */
const isTemplate = (path: string) => path.startsWith("etc/templates/");

const ENV = {
  STAGE: "test",
  TRAFFIC_LOGIN: "eDp5",
  AZURE_CONNECTION:
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=eDp5;EndpointSuffix=core.windows.net",
  REDIS_PASSWORD: "secret",
};

/** The machine, without network: what starts must not ask anybody. */
const platform: Platform = {
  ...localPlatform(),
  env: ENV,
  fetch: (input) => Promise.reject(new Error(`asked for ${String(input)}`)),
};

/** What a file says, whichever kind it is; `read` gives its text in another language. */
async function meaning(path: string, read = readDepsOf(platform).read) {
  const raw = await readConfig(path, { ...readDepsOf(platform), read });
  if (isSeedFile(raw)) return { ...resolveSeedFile(raw), isSeed: true as const };
  return { ...resolveConfig(raw), isSeed: false as const };
}

async function plainMeaning(path: string, text: string): Promise<unknown> {
  const bytes = new TextEncoder().encode(text);
  const read = async (asked: string) => (asked === path ? bytes : platform.resource(asked));
  const found = await meaning(path, read);
  return JSON.parse(
    JSON.stringify(found.isSeed ? found.file : { ...found.config, file: undefined }),
  );
}

describe("configurations that come with Rhumb", () => {
  for (const name of FILES) {
    const path = join(ROOT, name);

    it(`${name} loads${isTemplate(name) ? "" : " without a warning"}`, async () => {
      const { warnings } = await meaning(path);
      if (!isTemplate(name)) assert.deepEqual(warnings, []);
    });

    it(`${name} means the same in the other language, and written back`, async () => {
      const isToml = name.endsWith(".toml");
      const [own, other] = isToml ? (["toml", "yaml"] as const) : (["yaml", "toml"] as const);
      const text = readFileSync(path, "utf8");
      const there = convertConfig({ path, text }, own).text;
      const back = convertConfig({ path, text: there }, other).text;
      const expected = await plainMeaning(path, text);
      assert.deepEqual(await plainMeaning(path.replace(/\w+$/, other), there), expected);
      assert.deepEqual(await plainMeaning(path, back), expected);
      assert.equal(convertConfig({ path, text: back }, own).text, there, "a second time");
    });
  }
});

describe("examples", () => {
  for (const name of FILES.filter((file) => !isTemplate(file))) {
    it(`${name} starts`, async () => {
      const directory = scratch();
      await cp(join(ROOT, "etc"), join(directory, "etc"), { recursive: true });
      const loaded = await meaning(join(directory, name));
      if (loaded.isSeed) return;
      const reason = CANNOT_START[name];
      try {
        const parts = await build(loaded, platform, silentLog);
        await parts.close();
      } catch (error) {
        if (!(error instanceof ConfigError) || !reason) throw error;
        for (const fault of error.faults) assert.match(fault.message, reason);
      }
    });
  }
});
