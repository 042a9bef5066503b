import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { directoryOf, joinPath, normalizePath } from "./path.ts";

describe("normalizePath()", () => {
  const cases = {
    "etc/../var": "var",
    "./a//b/": "a/b",
    "../a/../../b": "../../b",
    "/..": "/",
    "/a/../../b": "/b",
    "": ".",
    a: "a",
  };
  for (const [path, expected] of Object.entries(cases)) {
    it(`makes "${expected}" of "${path}"`, () => assert.equal(normalizePath(path), expected));
  }
});

describe("joinPath()", () => {
  it("keeps an absolute path", () => assert.equal(joinPath("etc", "/srv/x"), "/srv/x"));
  it("goes below the directory", () => assert.equal(joinPath("etc", "../var/cache"), "var/cache"));
});

describe("directoryOf()", () => {
  it("is the working directory for a bare name", () => assert.equal(directoryOf("a.toml"), "."));
  it("is the root for a file in it", () => assert.equal(directoryOf("/a.toml"), "/"));
});
