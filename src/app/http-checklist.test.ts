import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog, testPlatform } from "../../test/platform.ts";
import type { Hooks } from "../model/hooks.ts";
import { loadOne } from "./one.ts";
import { reloading } from "./reload.ts";

const ALL = "wms: , tms: , kml: , wmts: , ogcapi: {map: true}, demo: ";

const config = (services = ALL, globals = "{}") => `
services: {${services}}
layers: [{name: one, title: One, sources: [kept]}, {name: two, title: Two, sources: [two]}]
caches: {kept: {grids: [GLOBAL_WEBMERCATOR], sources: [debug], cache: {type: file, directory: /cache}}}
sources: {debug: {type: debug}, two: {type: wms, req: {url: "http://upstream.example/wms?key=S3CRET", layers: x}}}
globals: ${globals}
`;

const MAP =
  "SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&STYLES=&SRS=EPSG:3857&BBOX=0,0,1000,1000&WIDTH=8&HEIGHT=8&FORMAT=image/png";
const TILE = "/tms/1.0.0/one/EPSG3857/0/0/0.png";

interface Options {
  readonly hooks?: Hooks;
  readonly fetch?: typeof fetch;
}

/** An application of one file in memory, and what it logs. */
async function appOf(text: string, { hooks, fetch }: Options = {}) {
  const platform = testPlatform(fetch ? { fetch } : {});
  const write = (path: string, content: string) =>
    platform.files.write(path, new TextEncoder().encode(content));
  await write("/maps.yaml", text);
  const logged: { level: string; event: string; fields: Record<string, unknown> }[] = [];
  const at =
    (level: string) =>
    (event: string, fields: Record<string, unknown> = {}) =>
      void logged.push({ level, event, fields });
  const log = { ...silentLog, info: at("info"), warn: at("warn"), error: at("error") };
  const deps = { platform, log, ...(hooks && { hooks }) };
  const app = await reloading(() => loadOne("/maps.yaml", deps), { ...deps, watch: false });
  const get = async (path: string, headers: Record<string, string> = {}, method = "GET") => {
    const request = new Request(`http://maps.example${path}`, { headers, method });
    return await responseOf(app.fetch(request, { peer: "127.0.0.1" }));
  };
  return { get, app, write, logged, platform };
}

async function responseOf(answer: Promise<Response>) {
  const response = await answer;
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const upstream = (answer: () => Response): typeof fetch => (async () => answer()) as typeof fetch;

describe("http-app checklist: routing", () => {
  it("http-app 1: the first word chooses the handler; anything else is 404 `not found`", async () => {
    const { get } = await appOf(config());
    for (const path of ["/servicefoo", "/TMS", "//tms/1.0.0", "/xyz"]) {
      const { status, text, headers } = await get(path);
      assert.deepEqual([status, text], [404, "not found"], path);
      assert.match(headers.get("content-type") ?? "", /^text\/plain/);
    }
    assert.match(
      (await get("/service/x?SERVICE=WMS&REQUEST=GetCapabilities")).text,
      /WMS_Capabilities/,
    );
    assert.match((await get("/tms%2F1.0.0")).text, /<TileMapService/);
  });

  it("http-app 2: paths of a service exist only where it is configured; /service and /ows always", async () => {
    const paths: Record<string, string> = {
      "wms: ": "/wms",
      "tms: ": "/tms",
      "kml: ": "/kml/one/EPSG3857",
      "wmts: ": "/wmts/1.0.0/WMTSCapabilities.xml",
      "ogcapi: ": "/ogcapi",
      "demo: ": "/demo/",
    };
    for (const [service, path] of Object.entries(paths)) {
      const other = service === "tms: " ? "kml: " : "tms: ";
      assert.notEqual((await (await appOf(config(service))).get(path)).status, 404, path);
      const without = await appOf(config(other));
      assert.equal((await without.get(path)).status, 404, path);
      for (const always of ["/service", "/ows"]) {
        assert.notEqual((await without.get(always)).text, "not found");
      }
    }
    const { status } = await (await appOf(config("tms: "))).get("/tiles/one/EPSG3857/0/0/0.png");
    assert.equal(status, 200);
  });

  it("http-app 3: the welcome page names the demo only if there is one, at / and the empty path", async () => {
    const [plain, demo] = [await appOf(config("wms: ")), await appOf(config("demo: "))];
    for (const path of ["/", ""]) {
      const { status, text, headers } = await plain.get(path);
      assert.equal(status, 200);
      assert.match(text, /<h1>Welcome to Rhumb/);
      assert.doesNotMatch(text, /demo/);
      assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
      assert.match((await demo.get(path)).text, /<a href="[^"]*\/demo\/">demo<\/a>/);
    }
  });

  it("http-app 4: any method is treated as GET", async () => {
    const { get } = await appOf(config());
    const capabilities = "/service?SERVICE=WMS&REQUEST=GetCapabilities";
    const expected = (await get(capabilities)).text;
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      assert.equal((await get(capabilities, {}, method)).text, expected, method);
    }
  });
});

describe("http-app checklist: URLs and headers", () => {
  const front = {
    "x-script-name": "/gis",
    "x-forwarded-host": "a.example:8443, b.example",
    "x-forwarded-proto": "https",
  };
  const OUTER = "https://a.example:8443/gis";

  it("http-app 7: X-Forwarded-Proto changes the scheme everywhere", async () => {
    const { get } = await appOf(config());
    for (const path of [
      ...[
        "/service?SERVICE=WMS&REQUEST=GetCapabilities",
        "/tms/1.0.0",
        "/kml/one/EPSG3857",
        "/ogcapi?f=json",
      ],
      ...["/wmts/1.0.0/WMTSCapabilities.xml", "/demo/?wms_capabilities&type=external"],
    ]) {
      const { text } = await get(path, { "x-forwarded-proto": "https", host: "maps.example:443" });
      assert.ok(text.includes("https://maps.example/"), path);
      assert.ok(!text.includes("http://maps.example"), path);
    }
  });

  it("http-app 8: OWS and TMS documents link to the path that was asked, the others to the mount", async () => {
    const { get } = await appOf(config());
    const links: Record<string, string> = {
      "/ows?SERVICE=WMS&REQUEST=GetCapabilities": `${OUTER}/ows?`,
      "/service?SERVICE=WMTS&REQUEST=GetCapabilities": `${OUTER}/service?`,
      "/tms/1.0.0": `${OUTER}/tms/1.0.0/one/EPSG3857`,
      "/kml/one/EPSG3857": `${OUTER}/kml/one/EPSG3857/`,
      "/ogcapi?f=json": `${OUTER}/ogcapi`,
    };
    for (const [path, link] of Object.entries(links)) {
      assert.ok((await get(path, front)).text.includes(link), `${path}: ${link}`);
    }
    const demo = await get("/demo", front);
    assert.deepEqual([demo.status, demo.headers.get("location")], [301, `${OUTER}/demo/`]);
  });

  it("http-app 9: text and application answers vary by the front's headers, pictures do not", async () => {
    const { get } = await appOf(config());
    const vary = "X-Script-Name, X-Forwarded-Host, X-Forwarded-Proto";
    for (const path of ["/", "/xyz", "/tms/1.0.0", "/ogcapi?f=json", "/service?REQUEST=nothing"]) {
      assert.ok((await get(path)).headers.get("vary")?.endsWith(vary), path);
    }
    for (const path of [TILE, `/service?${MAP}&LAYERS=one`]) {
      assert.equal((await get(path)).headers.get("vary"), null, path);
    }
  });

  it("http-app 10: CORS: all origins, a value of the configuration, or none; on errors too", async () => {
    const cases: [string, string | null][] = [
      ["{}", "*"],
      ["{http: {access_control_allow_origin: 'https://x.example'}}", "https://x.example"],
      ["{http: {access_control_allow_origin: ''}}", null],
    ];
    for (const [globals, expected] of cases) {
      const { get } = await appOf(config(ALL, globals));
      for (const path of ["/", "/xyz", TILE, "/service?REQUEST=nothing"]) {
        assert.equal((await get(path)).headers.get("access-control-allow-origin"), expected, path);
      }
    }
  });

  it("http-app 11: errors of a protocol are never cached; tiles and maps say nothing of it", async () => {
    const { get } = await appOf(config());
    const error = (await get("/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap")).headers;
    assert.equal(error.get("cache-control"), "no-cache, no-store");
    assert.equal(error.get("pragma"), "no-cache");
    assert.equal(error.get("expires"), "-1");
    for (const path of [TILE, `/service?${MAP}&LAYERS=one`]) {
      const { headers } = await get(path);
      assert.equal(headers.get("pragma"), null, path);
      assert.doesNotMatch(headers.get("cache-control") ?? "", /no-cache/, path);
    }
  });

  it("http-app 12: tiles have validators, and 304 answers those who have them", async () => {
    const { get } = await appOf(config(ALL, "{tiles: {expires_hours: 2}}"));
    const { headers } = await get(TILE);
    const [etag, modified] = [headers.get("etag") ?? "", headers.get("last-modified") ?? ""];
    assert.match(etag, /^"[\da-f]{32}"$/);
    assert.match(headers.get("cache-control") ?? "", /public, max-age=7200/);
    for (const condition of [{ "if-none-match": etag }, { "if-modified-since": modified }]) {
      const again = await get(TILE, condition as Record<string, string>);
      assert.deepEqual([again.status, again.text], [304, ""], JSON.stringify(condition));
      assert.equal(again.headers.get("etag"), etag);
    }
    assert.equal((await get(TILE, { "if-none-match": '"other"' })).status, 200);
  });
});

describe("http-app checklist: faults", () => {
  it("http-app 14: hide_error_details decides whether clients read the URL and the reason", async () => {
    const answer = upstream(() => new Response("no", { status: 503 }));
    const path = `/service?${MAP}&LAYERS=two`;
    const open = await appOf(config(ALL, "{http: {hide_error_details: false}}"), { fetch: answer });
    assert.match((await open.get(path)).text, /upstream\.example/);
    const hidden = await appOf(config(), { fetch: answer });
    const { text } = await hidden.get(path);
    assert.doesNotMatch(text, /upstream\.example/);
    assert.match(text, /\(see logs for URL and reason\)/);
    assert.match(JSON.stringify(hidden.logged), /upstream\.example/);
  });

  it("http-app 15: cookies of a source are sent back to it only with manage_cookies", async () => {
    for (const manage of [false, true]) {
      const sent: (string | null)[] = [];
      const fetch = (async (_url: unknown, init?: RequestInit) => {
        sent.push(new Headers(init?.headers).get("cookie"));
        return new Response("x", { headers: { "set-cookie": "session=1; Path=/" } });
      }) as typeof globalThis.fetch;
      const { get } = await appOf(config(ALL, `{http: {manage_cookies: ${manage}}}`), { fetch });
      for (let i = 0; i < 2; i++) await get(`/service?${MAP}&LAYERS=two`);
      assert.deepEqual(sent, [null, manage ? "session=1" : null]);
    }
  });

  it("http-app 16: a changed configuration is taken over, a broken one keeps the old", async () => {
    const { get, app, write } = await appOf(
      `base: base.yaml`.replace("base: base.yaml", config("tms: ")),
    );
    await write("/maps.yaml", config("kml: "));
    assert.equal(await app.reload?.(), true);
    assert.equal((await get("/tms/1.0.0")).status, 404);
    await write("/maps.yaml", "services: [");
    assert.equal(await app.reload?.(), false);
    assert.equal((await get("/kml/one/EPSG3857")).status, 200);
  });

  it("http-app 18: without an authorization hook everybody sees everything", async () => {
    const { get } = await appOf(config());
    for (const path of [
      "/tms/1.0.0",
      TILE,
      "/kml/one/EPSG3857",
      "/demo/",
      `/service?${MAP}&LAYERS=one`,
    ]) {
      assert.equal((await get(path)).status, 200, path);
    }
  });

  it("http-app 27: the demo is shown in full or not at all, its files to everybody", async () => {
    const answers = { full: 200, none: 403, unauthenticated: 401 } as const;
    for (const [authorized, status] of Object.entries(answers)) {
      const asked: string[] = [];
      const hooks: Hooks = {
        authorize: ({ service }) => {
          asked.push(service);
          return { authorized: authorized as keyof typeof answers };
        },
      };
      const { get } = await appOf(config(), { hooks });
      assert.equal((await get("/demo/")).status, status);
      assert.deepEqual(asked, ["demo"]);
      assert.equal((await get("/demo/static/site.css")).status, 200);
      assert.deepEqual(asked, ["demo"], "asked for a static file");
    }
  });

  it("http-app 31: each request to a source is an event, without its secrets", async () => {
    const { get, logged } = await appOf(config(), {
      fetch: upstream(() => new Response("x".repeat(2048), { status: 404 })),
    });
    await get(`/service?${MAP}&LAYERS=two`);
    const event = logged.find(({ event }) => event === "upstream-request");
    assert.equal(event?.fields.method, "GET");
    assert.equal(event?.fields.status, 404);
    assert.equal(event?.fields.kib, 2);
    assert.equal(typeof event?.fields.ms, "number");
    assert.doesNotMatch(JSON.stringify(event), /S3CRET/);
  });
});
