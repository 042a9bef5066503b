import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readParams, responseHead } from "./params.ts";

const read = (params: Record<string, string>) => readParams(new Map(Object.entries(params)));

describe("readParams()", () => {
  it("deployment 4: SCRIPT_NAME is the mount, PATH_INFO the rest", () => {
    const { url, gateway } = read({
      SCRIPT_NAME: "/proxy",
      PATH_INFO: "/service",
      QUERY_STRING: "REQUEST=GetMap",
      HTTP_HOST: "maps.example.org",
    });
    assert.equal(url, "http://maps.example.org/proxy/service?REQUEST=GetMap");
    assert.deepEqual(gateway, { mount: "/proxy", path: "/service" });
  });

  it("deployment 4: splits REQUEST_URI by SCRIPT_NAME where PATH_INFO is missing", () => {
    const { url, gateway } = read({ SCRIPT_NAME: "/maps", REQUEST_URI: "/maps/tms/1.0.0?x=1" });
    assert.deepEqual(gateway, { mount: "/maps", path: "/tms/1.0.0" });
    assert.equal(url, "http://localhost/maps/tms/1.0.0?x=1");
  });

  it("leaves the mount to the base path where SCRIPT_NAME is the whole path (nginx, Apache)", () => {
    const { url, gateway } = read({
      SCRIPT_NAME: "/proxy/service",
      REQUEST_URI: "/proxy/service?a=b",
    });
    assert.equal(gateway, undefined);
    assert.equal(url, "http://localhost/proxy/service?a=b");
  });

  it("encodes a path that came decoded", () => {
    assert.equal(
      read({ SCRIPT_NAME: "", PATH_INFO: "/a b?é#%41" }).url,
      "http://localhost/a%20b%3F%C3%A9%23%2541",
    );
  });

  for (const [params, origin] of [
    [{ HTTPS: "on", SERVER_NAME: "h", SERVER_PORT: "443" }, "https://h"],
    [{ REQUEST_SCHEME: "https", SERVER_NAME: "h", SERVER_PORT: "8443" }, "https://h:8443"],
    [{ SERVER_NAME: "h", SERVER_PORT: "8080" }, "http://h:8080"],
    [{ SERVER_NAME: "h", SERVER_PORT: "80" }, "http://h"],
    [{ HTTP_HOST: "a:81", SERVER_NAME: "h" }, "http://a:81"],
    [{ HTTP_HOST: "a<b", SERVER_NAME: "h" }, "http://h"],
    [{ HTTPS: "off" }, "http://localhost"],
  ] as const) {
    it(`finds ${origin} in ${JSON.stringify(params)}`, () => {
      assert.equal(read({ ...params, PATH_INFO: "/x" }).url, `${origin}/x`);
    });
  }

  it("makes headers of HTTP_*, CONTENT_TYPE and CONTENT_LENGTH", () => {
    const { headers, method, client } = read({
      REQUEST_METHOD: "POST",
      HTTP_X_FORWARDED_PROTO: "https",
      CONTENT_TYPE: "text/xml",
      CONTENT_LENGTH: "5",
      REMOTE_ADDR: "192.0.2.9",
      PATH: "/bin",
    });
    assert.deepEqual(
      [...headers].toSorted(([a], [b]) => a.localeCompare(b)),
      [
        ["content-length", "5"],
        ["content-type", "text/xml"],
        ["x-forwarded-proto", "https"],
      ],
    );
    assert.deepEqual([method, client], ["POST", "192.0.2.9"]);
  });

  it("leaves out what cannot be a header", () => {
    const { headers } = read({ "HTTP_A B": "x", HTTP_BAD: "a\r\nSet-Cookie: b", HTTP_GOOD: "x" });
    assert.deepEqual([...headers.keys()], ["good"]);
  });

  it("answers something for no parameters at all", () => {
    assert.deepEqual([read({}).method, read({}).url], ["GET", "http://localhost/"]);
  });
});

describe("responseHead()", () => {
  it("prints as CGI does (RFC 3875, 6.3)", () => {
    const head = responseHead(new Response(null, { status: 304, headers: { etag: '"x"' } }));
    assert.equal(head, 'Status: 304 Not Modified\r\netag: "x"\r\n\r\n');
    assert.equal(responseHead(new Response(null, { status: 499 })), "Status: 499\r\n\r\n");
  });
});
