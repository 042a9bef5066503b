import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { storedConfig } from "./config-store.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** A KV namespace, or a bucket of R2, with these files. */
const kv = (files: Record<string, string>) => ({
  get: async (key: string) => (files[key] === undefined ? null : text(files[key]).buffer),
});
const r2 = (files: Record<string, string>) => ({
  get: async (key: string) =>
    files[key] === undefined ? null : { arrayBuffer: async () => text(files[key] ?? "").buffer },
  put: async () => {},
  delete: async () => {},
  list: async () => {},
  head: async () => {},
});

describe("storedConfig()", () => {
  for (const [name, store] of Object.entries({ kv, r2 })) {
    it(`reads the version in force (${name})`, async () => {
      const files = { version: "v2\n", "v1/rhumb.toml": "old", "v2/rhumb.toml": "new" };
      const found = await storedConfig({ CONFIG: store(files) });
      assert.deepEqual([found?.version, found?.file], ["v2", "v2/rhumb.toml"]);
      assert.equal(new TextDecoder().decode(await found?.read(found.file)), "new");
      assert.equal(await found?.read("v2/missing"), undefined);
    });

    it(`is undefined where no version is in force (${name})`, async () => {
      assert.equal(await storedConfig({ CONFIG: store({ "v1/rhumb.toml": "" }) }), undefined);
    });
  }

  it("takes the main file's name from RHUMB_CONFIG", async () => {
    const env = { CONFIG: kv({ version: "a" }), RHUMB_CONFIG: "mapproxy.yaml" };
    assert.equal((await storedConfig(env))?.file, "a/mapproxy.yaml");
  });

  it("is undefined where nothing is bound", async () => {
    assert.equal(await storedConfig({}), undefined);
  });
});
