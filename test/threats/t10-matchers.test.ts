/** T10: texts of 100 kB against everything that reads words of a request; none takes more than linear time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readForwarded } from "../../src/app/forwarded.ts";
import { isHost, mountOf, parseTarget } from "../../src/app/url.ts";
import { numeric, plainScalar } from "../../src/config/yaml-scalar.ts";
import { readNumber } from "../../src/core/text.ts";
import { parseWhere } from "../../src/coverage/where.ts";
import { parseWkt } from "../../src/geo/wkt.ts";
import { isNetwork } from "../../src/http/networks.ts";
import { redactText, redactUrl, splitCredentials } from "../../src/http/url.ts";
import { parseHttpDate } from "../../src/service/caching.ts";
import { parseTilePath } from "../../src/service/tile-path.ts";
import { readBBox, readColor } from "../../src/service/wms/values.ts";
import { parseTileUrl } from "../../src/source/tile-url.ts";
import { parseSrs } from "../../src/srs/srs.ts";
import { codeOfCrsUri } from "../../src/srs/uri.ts";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

const LENGTH = 100_000;

/** Ten thousand times what a linear matcher takes, a hundredth of what a quadratic one does. */
const LIMIT_MS = 1000;

const fill = (part: string, end = "") =>
  part.repeat(Math.ceil(LENGTH / part.length)).slice(0, LENGTH) + end;

const TEXTS = [
  fill("a", "!"),
  fill("0", "x"),
  fill(" ", "x"),
  fill("\t ", "x"),
  fill("1,"),
  fill("-1.5e9", "z"),
  fill("/"),
  fill("/.."),
  fill("%2e%2e%2f"),
  fill("%"),
  fill("{", "}"),
  fill("${"),
  fill("%(x)", "s"),
  fill("a.", "-"),
  fill("://"),
  fill("http://a:b@"),
  fill("apikey="),
  fill("?&=;"),
  fill('"', "\\"),
  fill('\\"'),
  fill("for=a;by=b,"),
  fill("W/"),
  fill('W/"a",'),
  fill("bytes=0-1,"),
  fill(","),
  fill("[", "]"),
  fill("(", ")"),
  fill("POLYGON(("),
  fill("x = 'a' AND ", "x"),
  fill("urn:ogc:def:crs:"),
  fill("EPSG:", "1"),
  fill("1:", "0"),
  fill("1_"),
  fill("é"),
  fill("\u0000"),
  fill("\r\n"),
];

const MATCHERS: Readonly<Record<string, (text: string) => unknown>> = {
  parseTarget: (text) => parseTarget(`http://h/${text}`),
  isHost,
  mountOf: (text) => mountOf({ mount: text, path: text }, text, text),
  readForwarded: (text) =>
    readForwarded(
      new Map([
        ["forwarded", text],
        ["x-forwarded-for", text],
        ["x-forwarded-host", text],
        ["x-forwarded-proto", text],
      ]) as unknown as Headers,
    ),
  plainScalar,
  numeric,
  parseWhere: (text) => parseWhere(text, undefined as never),
  parseWkt,
  isNetwork,
  redactUrl,
  redactText: (text) => redactText(text, `http://h/?apikey=${text.slice(0, 100)}`),
  splitCredentials,
  parseHttpDate,
  parseTilePath,
  readBBox,
  readColor,
  readNumber,
  parseTileUrl,
  codeOfCrsUri,
  parseSrs,
};

describe("T10: matchers and readers", () => {
  for (const [name, match] of Object.entries(MATCHERS)) {
    it(`${name} reads 100 kB of anything in linear time`, () => {
      for (const text of TEXTS) {
        const begin = performance.now();
        try {
          match(text);
        } catch (error) {
          // refusing is one way to hold
          assert.doesNotMatch(
            `${error}`,
            /call stack|out of memory/i,
            JSON.stringify(text.slice(0, 9)),
          );
        }
        const took = performance.now() - begin;
        assert.ok(took < LIMIT_MS, `${JSON.stringify(text.slice(0, 12))}…: ${took} ms`);
      }
    });
  }
});

describe("T10: requests", () => {
  it("with 100 kB in any parameter, path or header are answered in linear time", {
    timeout: 120_000,
  }, async () => {
    const upstream = await hostileUpstream();
    const app = await proxy(oneSource(`${upstream.url}/good`));
    await app.get(mapQuery("cached"));
    const query = new URLSearchParams(mapQuery("cached").split("?")[1]);
    for (const text of TEXTS) {
      const value = encodeURIComponent(text);
      const paths = [
        ...[...query.keys()].map(
          (name) => `${mapQuery("cached", { [name]: "" })}&${name}=${value}`,
        ),
        `/wmts/${value}/GLOBAL_WEBMERCATOR/0/0/0.png`,
        `/tms/1.0.0/${value}`,
        `/kml/${value}`,
        `/${value}`,
      ];
      for (const path of paths) {
        const begin = performance.now();
        const response = await app.get(path);
        await response.arrayBuffer();
        const took = performance.now() - begin;
        assert.ok(took < 4 * LIMIT_MS, `${path.slice(0, 60)}…: ${took} ms`);
      }
      for (const name of ["if-none-match", "if-modified-since", "accept", "range", "forwarded"]) {
        if (/[^\x20-\x7e]/.test(text)) continue; // no header
        const response = await app.get("/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png", {
          headers: { [name]: text },
        });
        assert.ok(response.status < 500, name);
      }
    }
    await app.close();
    await upstream.close();
  });
});
