/** T4, T8, T10: what a client may write into a request; always the protocol's own answer, at once. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { mapQuery, oneSource, type ProxyApp, proxy } from "./proxy.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

let upstream: HostileUpstream;
let app: ProxyApp;
before(async () => {
  upstream = await hostileUpstream();
  app = await proxy(oneSource(`${upstream.url}/good`));
});
after(async () => {
  await app.close();
  await upstream.close();
});

const BAD: Readonly<Record<string, readonly string[]>> = {
  WIDTH: ["100000", "-1", "1e9", "NaN", "0", "1.5", "", "256,256", "Infinity", "9".repeat(400)],
  HEIGHT: ["100000", "-1", "1e9", "NaN", "0", "1.5", "", "0x100", " "],
  BBOX: [
    "0,0,inf,1",
    "nan,0,1,1",
    "0,0,0,0",
    "1,1,0,0",
    "1,2,3",
    "1,2,3,4,5",
    "",
    "a,b,c,d",
    "1e400,0,1,1",
  ],
  SRS: ["EPSG:99999999", "EPSG:", "../../etc/passwd", "x".repeat(10_000), "EPSG:3857,EPSG:4326"],
  FORMAT: ["text/html", "image/png\r\nSet-Cookie: a=b", "image/svg+xml", "x".repeat(5000)],
  LAYERS: ["nothing", "", ",", Array.from({ length: 10_000 }, (_, i) => `l${i}`).join(",")],
  VERSION: ["9.9.9", "x", "1.1.1.1.1", ""],
  EXCEPTIONS: ["text/html", "\u0000"],
  BGCOLOR: ["red", "0x", "0xGGGGGG", "x".repeat(5000)],
};

/** An error is the exception of the service that was asked, whatever status that gives it. */
function assertProtocol(response: Response, text: string, what: string): void {
  if (response.status === 200) return;
  assert.match(text, /<ServiceException|<ows:Exception/, `${what}: ${response.status} ${text}`);
  assert.doesNotMatch(text, /internal error/i, what);
}

describe("T4: a parameter that is no good", () => {
  for (const [name, values] of Object.entries(BAD)) {
    it(`${name}: is never an internal error, and never costs much`, async () => {
      for (const value of values) {
        const asked = upstream.asked.length;
        const response = await app.get(mapQuery("direct", { [name]: value }));
        const text = await response.text();
        assertProtocol(response, text, `${name}=${value.slice(0, 40)}`);
        assert.ok(text.length < 1_000_000);
        assert.ok(upstream.asked.length - asked <= 1);
        for (const [header, content] of response.headers) {
          assert.doesNotMatch(content, /[\r\n]/, `T8: ${header}`);
          assert.notEqual(header, "set-cookie", "T8");
        }
      }
    });
  }

  it("twice: one of the two counts, it is not an internal error", async () => {
    const twice = `${mapQuery("direct")}&WIDTH=1&LAYERS=x&BBOX=1`;
    const response = await app.get(twice);
    assertProtocol(response, await response.text(), "twice");
  });

  it("may be 16 kB long", async () => {
    const response = await app.get(mapQuery("direct", { X: "y".repeat(16_000) }));
    assert.equal(response.status, 200);
  });
});

/** Words that begin like something that services know. */
const words = fc.constantFrom(
  ..."service wms wmts tms kml tiles demo static 1.0.0 cached GLOBAL_WEBMERCATOR EPSG3857 0 1 -1 0.png 1.5 .. . %2e%2e %00 WMTSCapabilities.xml ogcapi".split(
    " ",
  ),
);
const text = fc.string({ unit: "binary", maxLength: 30 });
const path = fc.array(fc.oneof(words, text), { maxLength: 8 });
const names = fc.constantFrom(
  ..."SERVICE REQUEST VERSION LAYERS LAYER SRS CRS BBOX WIDTH HEIGHT FORMAT TILEROW TILECOL TILEMATRIX TILEMATRIXSET STYLE STYLES TIME I J X Y QUERY_LAYERS INFO_FORMAT origin".split(
    " ",
  ),
);
const values = fc.oneof(
  text,
  fc.double().map(String),
  fc.constantFrom(
    ..."WMS WMTS GetMap GetTile GetFeatureInfo GetCapabilities GetLegendGraphic 1.1.1 1.3.0 1.0.0 cached image/png".split(
      " ",
    ),
  ),
);

describe("T4, T10: any path and query", () => {
  it("has an answer that is no internal error", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(path, fc.array(fc.tuple(names, values), { maxLength: 12 }), async (p, q) => {
        const query = q.map(([n, v]) => `${n}=${encodeURIComponent(v.toWellFormed())}`).join("&");
        const at = p.map((part) => encodeURIComponent(part.toWellFormed())).join("/");
        const response = await app.get(`/${at}?${query}`);
        const body = await response.text();
        assert.ok(
          response.status < 500 ||
            /Exception/.test(body) ||
            /^image|text\/plain/.test(response.headers.get("content-type") ?? ""),
          `${at}?${query}: ${response.status} ${body.slice(0, 200)}`,
        );
        assert.doesNotMatch(body, /internal error/i);
      }),
      { numRuns: Number(process.env.RHUMB_FUZZ_RUNS ?? 400) },
    );
  });
});
