/** T24: what is installed is what was looked at: checksums, exact versions, licences, no binaries in the repository. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import {
  billOfMaterials,
  isPermissive,
  lockedPackages,
  objections,
  type Package,
} from "./supply.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

describe("T24: the supply chain", () => {
  it("has a checksum, a known licence and no unknown install script for each package", () => {
    const packages = lockedPackages();
    assert.ok(packages.length > 50);
    assert.deepEqual(objections(packages), []);
  });

  it("would notice a package that is not as it should be", () => {
    const good: Package = {
      name: "good",
      version: "1.0.0",
      license: "MIT",
      integrity: "sha512-AAAA",
      isDev: false,
      isOptional: false,
      hasInstallScript: false,
    };
    assert.deepEqual(objections([good]), []);
    for (const change of [
      { license: "AGPL-3.0" },
      { license: undefined },
      { license: "MIT AND GPL-2.0" },
      { integrity: undefined },
      { hasInstallScript: true },
    ]) {
      assert.equal(objections([{ ...good, ...change }]).length, 1, JSON.stringify(change));
    }
    assert.ok(isPermissive("(MIT OR GPL-3.0)") && !isPermissive("GPL-3.0"));
  });

  it("names exact versions only", () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(`${root}package.json`, "utf8"),
    );
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
    }
  });

  it("keeps no program that was compiled elsewhere in the repository", (t) => {
    const listed = spawnSync("git", ["ls-files"], { cwd: root, encoding: "utf8" });
    if (listed.status !== 0) return t.skip("this is no git checkout");
    const compiled = listed.stdout
      .split("\n")
      .filter((name) => /\.(wasm|node|so|dll|exe)$/.test(name));
    assert.deepEqual(compiled, []);
  });

  it("writes a bill of materials", () => {
    const bill = JSON.stringify(billOfMaterials(lockedPackages()));
    assert.match(bill, /"purl":"pkg:npm\/hono@/);
    assert.doesNotMatch(bill, /playwright/);
  });
});
