import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readForwarded } from "./forwarded.ts";
import { encodePath, mountOf, parseTarget, publicOrigin } from "./url.ts";

describe("parseTarget()", () => {
  it("takes a URL apart", () => {
    assert.deepEqual(parseTarget("http://h:80/proxy/a%2Fb?x=%20y"), {
      scheme: "http",
      host: "h:80",
      path: "/proxy/a/b",
      query: "x=%20y",
    });
  });
  it("has no path where an escape is broken", () => {
    assert.equal(parseTarget("http://h/%E0%A4%A").path, undefined);
  });
  it("knows a host without a path", () => {
    assert.deepEqual(parseTarget("http://h"), { scheme: "http", host: "h", path: "", query: "" });
  });
});

describe("mountOf()", () => {
  const cases: [string, string | null, string, string, string][] = [
    ["/service", null, "/proxy", "", "/service"],
    ["/proxy/service", null, "/proxy", "/proxy", "/service"],
    ["/proxy", null, "/proxy", "/proxy", ""],
    ["/proxyfoo/service", null, "/proxy", "", "/proxyfoo/service"],
    ["/service", "/foo", "/proxy", "/foo", "/service"],
    ["/foo/service", "/foo", "/proxy", "/foo", "/service"],
    ["/foo/service", "/foo/", "/proxy", "/foo", "/service"],
    ["/proxy/service", "/proxy", "/proxy", "/proxy", "/service"],
    ["/service", "/proxy", "/proxy", "/proxy", "/service"],
    ["/gis/proxy/service", "/gis", "/proxy", "/gis/proxy", "/service"],
    ["/proxy/service", null, "", "", "/proxy/service"],
  ];
  for (const [path, script, base, mount, rest] of cases) {
    it(`http-app 5: ${path} with X-Script-Name ${script} and base path "${base}"`, () => {
      assert.deepEqual(mountOf({ mount: "", path }, script, base), { mount, path: rest });
    });
  }

  it("deployment 2.4: keeps what a gateway cut, unless X-Script-Name says otherwise", () => {
    const at = { mount: "/gis", path: "/service" };
    assert.deepEqual(mountOf(at, null, ""), at);
    assert.deepEqual(mountOf(at, "/maps", ""), { mount: "/maps", path: "/service" });
    const below = { mount: "/gis", path: "/proxy/service" };
    assert.deepEqual(mountOf(below, null, "/proxy"), { mount: "/gis/proxy", path: "/service" });
  });
});

describe("publicOrigin()", () => {
  const origin = (headers: Record<string, string>) =>
    publicOrigin(
      parseTarget("http://localhost:8080/service"),
      new Headers(headers),
      readForwarded(new Headers(headers)),
    );

  it("is what the connection saw where no header says otherwise", () => {
    assert.equal(origin({}), "http://localhost:8080");
  });
  it("http-app 6: drops the default port of the effective scheme", () => {
    assert.equal(origin({ host: "example.org:80" }), "http://example.org");
    assert.equal(
      origin({ host: "example.org:443", "x-forwarded-proto": "https" }),
      "https://example.org",
    );
    assert.equal(origin({ host: "example.org:443" }), "http://example.org:443");
  });
  it("http-app 6: takes the first forwarded host", () => {
    assert.equal(origin({ "x-forwarded-host": "example.org, bar.org" }), "http://example.org");
  });
  it("T9: passes over a forwarded scheme or host that is none", () => {
    assert.equal(origin({ "x-forwarded-proto": "javascript" }), "http://localhost:8080");
    assert.equal(origin({ "x-forwarded-host": '"><script>' }), "http://localhost:8080");
    assert.equal(origin({ host: "a<b" }), "http://localhost:8080");
  });
});

describe("encodePath()", () => {
  it("encodes what would end an attribute or a path", () => {
    assert.equal(encodePath('/a b"<é>/c'), "/a%20b%22%3C%C3%A9%3E/c");
  });
  it("leaves plain paths alone", () =>
    assert.equal(encodePath("/wmts/1.0.0/x.xml"), "/wmts/1.0.0/x.xml"));
});
