import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as v from "valibot";
import { testContext } from "../../test/platform.ts";
import { mapQuery, pixelAt, plainPng, sourceDeps } from "../../test/source-deps.ts";
import { type Answer, type Expected, parameterSet, upstream } from "../../test/upstream.ts";
import { SourceError } from "../core/errors.ts";
import type { Coverage } from "../coverage/coverage.ts";
import type { BBox } from "../geo/bbox.ts";
import { toRaster } from "../image/codec.ts";
import { ConfigFault, type SourceDeps } from "../model/define.ts";
import type { MapQuery, MapResult, Source } from "../model/source.ts";
import { bestSrs } from "../srs/preferred.ts";
import { parseSrs } from "../srs/srs.ts";
import { wmsSource } from "./wms.ts";

type Options = Record<string, unknown> & { req?: Record<string, unknown> };

const TAIL = "&request=GetMap&version=1.1.1&service=WMS&styles=";
const EXAMPLE = `http://x/s?layers=a&format=image%2Fpng&bbox=5.0,50.0,10.0,55.0&width=256&height=256&srs=EPSG%3A4326${TAIL}`;
const PNG: Answer = { type: "image/png", body: plainPng() };

function parse(options: Options) {
  const { req, ...rest } = options;
  return v.parse(wmsSource.options, {
    type: "wms",
    req: { url: "http://x/s", layers: "a", ...req },
    ...rest,
  });
}

async function setUp(
  options: Options,
  expected: readonly Expected[],
  overrides: Parameters<typeof sourceDeps>[1] = {},
): Promise<{ source: Source; done: () => void; asked: readonly string[] }> {
  const server = upstream(...expected);
  const source = await wmsSource.create(parse(options), sourceDeps(server.fetch, overrides));
  return { source, done: server.done, asked: server.asked };
}

/** Asks for one map with one request, and tells its parameters. */
async function requestOf(
  options: Options,
  query: Partial<MapQuery> = {},
  overrides: Parameters<typeof sourceDeps>[1] = {},
): Promise<{ url: string; method: string; body: string; parameters: string[] }> {
  let seen: { url: string; method: string; body: string } | undefined;
  const fetch = async (input: unknown, init: RequestInit = {}) => {
    assert.equal(seen, undefined, "asked twice");
    const url = String(input);
    seen = { url, method: init.method ?? "GET", body: String(init.body ?? "") };
    const set = new URLSearchParams(seen.body || url.split("?")[1]);
    const size = [Number(set.get("width")), Number(set.get("height"))] as const;
    return new Response(plainPng(size) as BodyInit, { headers: { "content-type": "image/png" } });
  };
  const deps = sourceDeps(fetch as unknown as typeof globalThis.fetch, overrides);
  const source = await wmsSource.create(parse(options), deps);
  await source.map?.get(mapQuery(query), testContext());
  assert.ok(seen, "nothing was asked");
  return { ...seen, parameters: parameterSet(seen.body || (seen.url.split("?")[1] ?? "")) };
}

const sent = (parameters: Record<string, string>) => (name: string) => parameters[name];

function coverage(bbox: BBox, srs = "EPSG:4326"): Coverage {
  return { srs: parseSrs(srs), bbox, polygons: undefined, clip: false };
}

const rasterOf = (result: MapResult) => toRaster(result.picture, [256, 256], result.options);

async function failure(work: Promise<unknown> | undefined): Promise<SourceError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof SourceError, String(error));
    return error;
  }
  assert.fail("expected a SourceError");
}

describe("wms source: requests", () => {
  it("hands the bytes of the server on", async () => {
    const { source, done } = await setUp({}, [{ url: EXAMPLE, answer: PNG }]);
    const result = await source.map?.get(mapQuery(), testContext());
    done();
    assert.equal(result?.cacheable, true);
    assert.deepEqual(result?.picture, { kind: "encoded", bytes: plainPng(), format: "png" });
    assert.equal(result?.options.format, "png");
  });

  it("sources 4: passes configured parameters on, and not those of clients", async () => {
    const { parameters } = await requestOf(
      { req: { vendor: 7, Dark: false } },
      { dimensions: { time: "2012" }, parameter: sent({ bgcolor: "0xff0000", vendor: "8" }) },
    );
    assert.ok(parameters.includes("vendor=7") && parameters.includes("Dark=False"));
    assert.ok(!parameters.some((p) => /^(time|bgcolor)=/i.test(p)));
  });

  it("sources 9: forwards what is listed, with the client's spelling and only if it was sent", async () => {
    const options = { forward_req_params: ["time", "CUSTOM"] };
    const { parameters } = await requestOf(options, {
      dimensions: { Time: "2012", elevation: "3" },
      parameter: sent({ custom: "x", other: "y" }),
    });
    assert.ok(parameters.includes("Time=2012") && parameters.includes("CUSTOM=x"));
    assert.ok(!parameters.some((p) => /^(elevation|other)=/.test(p)));
    const none = await requestOf(options);
    assert.ok(!none.parameters.some((p) => /^(time|custom)=/i.test(p)));
  });

  it("sources 10: sends a style file by POST, unless told to GET", async () => {
    const files = { "/etc/rhumb/x.sld": "<sld a='ü'/>" };
    const platformOverrides = {
      resource: async (path: string) => {
        const text = files[path as keyof typeof files];
        return text === undefined ? undefined : new TextEncoder().encode(text);
      },
    };
    const req = { url: "http://x/s?a=1", sld: "file://x.sld", layers: undefined };
    const post = await requestOf({ req }, {}, { platformOverrides });
    assert.equal(post.method, "POST");
    assert.equal(post.url, "http://x/s?a=1");
    assert.ok(post.parameters.includes("SLD_BODY=<sld a='ü'/>"));
    const http = { method: "GET" };
    const get = await requestOf({ req, http }, {}, { platformOverrides });
    assert.equal(get.method, "GET");
    assert.ok(get.parameters.includes("SLD_BODY=<sld a='ü'/>"));
    await assert.rejects(
      requestOf({ req: { sld: "file://missing.sld" } }, {}, { platformOverrides }),
      ConfigFault,
    );
  });

  it("takes the method of the globals, and cuts a trailing ? for POST", async () => {
    const global = (key: string) => (key === "http.method" ? "POST" : undefined);
    const { method, url } = await requestOf({ req: { url: "http://x/s?" } }, {}, { global });
    assert.equal(method, "POST");
    assert.equal(url, "http://x/s");
  });

  it("sources 11: a tag replaces the layers, and must be among them", async () => {
    const tagged = (taggedLayers: string) =>
      requestOf({ req: { layers: "a,b,c" } }, {}, { taggedLayers });
    assert.ok((await tagged("c,a")).parameters.includes("layers=c,a"));
    await assert.rejects(tagged("d"), {
      message: "layers (d) not supported by source (a,b,c)",
    });
  });

  it("refuses unknown versions", async () => {
    await assert.rejects(requestOf({ wms_opts: { version: "1.2.0" } }), ConfigFault);
  });

  it("needs no quotes around numbers, as the reference does not", async () => {
    const { parameters } = await requestOf({
      req: { layers: 0, styles: 5, transparent: 1, map: 7 },
    });
    for (const sent of ["layers=0", "styles=5", "transparent=1", "map=7"]) {
      assert.ok(parameters.includes(sent), parameters.join(" "));
    }
  });

  it("sends no layers where none are configured, as the reference does", async () => {
    const { parameters } = await requestOf({ req: { layers: undefined } });
    assert.ok(!parameters.some((parameter) => parameter.startsWith("layers=")));
  });
});

describe("wms source: negotiation", () => {
  it("sources 12: asks for the first supported format if the wanted one is not", async () => {
    const supported_formats = ["image/tiff", "image/jpeg"];
    const { parameters } = await requestOf({ supported_formats });
    assert.ok(parameters.includes("format=image/tiff"));
    const fits = await requestOf({ supported_formats: ["tiff", "png"] });
    assert.ok(fits.parameters.includes("format=image/png"));
  });

  it("asks for the client's format where it is drawn directly, unless one is configured", async () => {
    const direct = { requestFormat: undefined };
    const jpeg = await requestOf({}, { format: "jpeg" }, direct);
    assert.ok(jpeg.parameters.includes("format=image/jpeg"));
    const req = { format: "image/png; mode=8bit" };
    const configured = await requestOf({ req }, { format: "jpeg" }, direct);
    assert.ok(configured.parameters.includes("format=image/png; mode=8bit"));
    const bare = await requestOf({ req: { format: "gif" } }, { format: "jpeg" }, direct);
    assert.ok(bare.parameters.includes("format=image/jpeg"));
  });

  it("sources 13: uses the configured code of an equal system, without reprojection", async () => {
    const bbox: BBox = [0, 0, 1000, 1000];
    const srs = parseSrs("EPSG:3857");
    const { parameters } = await requestOf({ supported_srs: ["EPSG:900913"] }, { bbox, srs });
    assert.ok(
      parameters.includes("srs=EPSG:900913") && parameters.includes("bbox=0.0,0.0,1000.0,1000.0"),
    );
  });

  it("sources 14: asks in a supported system, with square pixels", async () => {
    const { parameters } = await requestOf({ supported_srs: ["EPSG:25832"] });
    const bbox = parameters
      .find((p) => p.startsWith("bbox="))
      ?.slice(5)
      .split(",")
      .map(Number);
    const expected = [213372.04896120238, 5538660.646209965, 571666.4475041275, 6102110.745470324];
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs((bbox?.[i] ?? 0) - value) < 0.01, `${bbox}`);
    }
    assert.ok(parameters.includes("width=256") && parameters.includes("height=403"));
  });

  it("brings a reprojected answer into the shape of the query", async () => {
    const server = (async () =>
      new Response(plainPng([256, 403]) as BodyInit, {
        headers: { "content-type": "image/png" },
      })) as unknown as typeof globalThis.fetch;
    const options = parse({ supported_srs: ["EPSG:25832"] });
    const source = await wmsSource.create(options, sourceDeps(server));
    const result = await source.map?.get(mapQuery(), testContext());
    const view = await rasterOf(result!);
    assert.deepEqual([view.width, view.height], [256, 256]);
    assert.deepEqual(pixelAt(view, 128, 128).slice(0, 3), [10, 20, 30]);
  });

  it("sources 15, 16: prefers a system of the same kind, or what is preferred", async () => {
    const supported_srs = ["EPSG:4326", "EPSG:31467"];
    const query = { bbox: [1e6, 6.5e6, 1.1e6, 6.6e6] as BBox, srs: parseSrs("EPSG:3857") };
    const usual = await requestOf({ supported_srs }, query);
    assert.ok(usual.parameters.includes("srs=EPSG:31467"));
    const preferred = new Map([["EPSG:3857", [parseSrs("EPSG:4326")]]]);
    const told = await requestOf({ supported_srs }, query, {
      bestSrs: (target, available) => bestSrs(target, available, preferred),
    });
    assert.ok(told.parameters.includes("srs=EPSG:4326"));
  });

  it("sources 17: asks only for what lies in the bounds of the coverage", async () => {
    const url = `http://x/s?layers=a&format=image%2Fpng&bbox=6.0,51.0,9.0,54.0&width=153&height=153&srs=EPSG%3A4326${TAIL}`;
    const answer = { type: "image/png", body: plainPng([153, 153]) };
    const { source, done } = await setUp({}, [{ url, answer }], {
      coverage: coverage([6, 51, 9, 54]),
    });
    const result = await source.map?.get(mapQuery(), testContext());
    done();
    assert.equal(result?.options.transparent, true);
    const view = await rasterOf(result!);
    assert.deepEqual(pixelAt(view, 128, 128), [10, 20, 30, 255]);
    assert.deepEqual(pixelAt(view, 10, 10), [255, 255, 255, 0]);
  });

  it("sources 18: asks nothing outside the coverage", async () => {
    const { source, asked } = await setUp({}, [], { coverage: coverage([20, 20, 30, 30]) });
    assert.equal(await source.map?.get(mapQuery(), testContext()), undefined);
    assert.equal(asked.length, 0);
  });

  it("sources 19: asks nothing beyond the resolution range, whose ends belong to it", async () => {
    const srs = parseSrs("EPSG:3857");
    const query = (size: number): Partial<MapQuery> => ({
      bbox: [0, 0, 1e5, 1e5],
      srs,
      size: [size, size],
    });
    const resolutions = { min: 1000, max: 100 };
    for (const size of [100, 1000]) await requestOf({}, query(size), { resolutions });
    const { source, asked } = await setUp({}, [], { resolutions });
    for (const size of [99, 1001]) {
      assert.equal(await source.map?.get(mapQuery(query(size)), testContext()), undefined);
    }
    assert.equal(asked.length, 0);
  });
});

describe("wms source: transparency", () => {
  it("sources 21: makes a color and its neighbors transparent", async () => {
    const image = { transparent_color: "#ff0000", transparent_color_tolerance: 2 };
    const colors = [
      [[255, 0, 0], 0],
      [[253, 2, 2], 0],
      [[252, 0, 0], 255],
    ] as const;
    for (const [color, alpha] of colors) {
      const answer = { type: "image/png", body: plainPng([256, 256], color) };
      const { source } = await setUp({ image }, [{ url: EXAMPLE, answer }]);
      const result = await source.map?.get(mapQuery(), testContext());
      assert.deepEqual(pixelAt(await rasterOf(result!), 0, 0), [...color, alpha]);
      assert.equal(result?.options.transparent, true);
    }
  });

  it("takes the tolerance of the globals, else 5", async () => {
    const answer = { type: "image/png", body: plainPng([256, 256], [250, 0, 0]) };
    const alphaWith = async (overrides: Partial<SourceDeps>) => {
      const image = { transparent_color: [255, 0, 0] };
      const { source } = await setUp({ image }, [{ url: EXAMPLE, answer }], overrides);
      return pixelAt(await rasterOf((await source.map?.get(mapQuery(), testContext()))!), 0, 0)[3];
    };
    assert.equal(await alphaWith({}), 0);
    assert.equal(await alphaWith({ global: () => 4 }), 255);
  });

  it("sources 23: hides what is below, unless it may be seen through", async () => {
    const isOpaque = async (options: Options, overrides: Partial<SourceDeps> = {}) => {
      const { source } = await setUp(options, [], overrides);
      return source.map?.isOpaque(mapQuery());
    };
    assert.equal(await isOpaque({}), true);
    assert.equal(await isOpaque({ req: { transparent: "false" } }), true);
    assert.equal(await isOpaque({ req: { transparent: "True" } }), false);
    assert.equal(
      await isOpaque({ req: { transparent: true }, image: { transparent: false } }),
      true,
    );
    assert.equal(await isOpaque({ image: { transparent_color: "#ffffff" } }), false);
    for (const [opacity, expected] of [
      [0, true],
      [0.5, false],
      [0.99, true],
    ] as const) {
      assert.equal(await isOpaque({ image: { opacity } }), expected, String(opacity));
    }
    assert.equal(await isOpaque({}, { coverage: coverage([0, 0, 90, 90]) }), true);
    assert.equal(await isOpaque({}, { coverage: coverage([6, 51, 9, 54]) }), false);
    assert.equal(await isOpaque({}, { resolutions: { min: 10, max: undefined } }), false);
  });
});

describe("wms source: combining", () => {
  async function combined(
    lower: Options,
    upper: Options,
    query: Partial<MapQuery> = {},
    deps: readonly Partial<SourceDeps>[] = [],
  ): Promise<string | undefined> {
    let asked: string | undefined;
    const fetch = async (input: unknown) => {
      asked = String(input);
      return new Response(plainPng() as BodyInit, { headers: { "content-type": "image/png" } });
    };
    const make = (options: Options, layers: string, overrides: Partial<SourceDeps> = {}) =>
      wmsSource.create(
        parse({ ...options, req: { layers, ...options.req } }),
        sourceDeps(fetch as unknown as typeof globalThis.fetch, overrides),
      );
    const first = await make(lower, "a", deps[0]);
    const second = await make(upper, "b", deps[1]);
    const both = first.map?.combine?.(second, mapQuery(query));
    if (!both) return undefined;
    await both.map?.get(mapQuery(query), testContext());
    return new URLSearchParams(asked?.split("?")[1]).get("layers") ?? "";
  }

  it("sources 24: asks one server once for neighbors, lower layers first", async () => {
    assert.equal(await combined({}, {}), "a,b");
    assert.equal(await combined({}, { req: { url: "http://y/s" } }), undefined);
  });

  it("sources 24: joins what is joined already", async () => {
    const make = async (layers: string) => {
      const { source } = await setUp({ req: { layers } }, []);
      return source;
    };
    const [a, b, c] = await Promise.all([make("a"), make("b"), make("c")]);
    const ab = a?.map?.combine?.(b!, mapQuery());
    assert.ok(ab?.map?.combine?.(c!, mapQuery()));
  });

  it("sources 25: not with different looks, areas, systems or values", async () => {
    assert.equal(await combined({ image: { opacity: 0.5 } }, {}), undefined);
    assert.equal(await combined({}, { image: { opacity: 0.5 } }), undefined);
    assert.equal(await combined({}, { image: { transparent_color: "#ffffff" } }), undefined);
    assert.equal(await combined({}, { supported_srs: ["EPSG:4326"] }), undefined);
    assert.equal(await combined({}, { supported_formats: ["png"] }), undefined);
    const area = coverage([0, 0, 90, 90]);
    assert.equal(await combined({}, {}, {}, [{}, { coverage: area }]), undefined);
    assert.equal(
      await combined({}, {}, {}, [{ coverage: area }, { coverage: { ...area } }]),
      "a,b",
    );
    const time = { dimensions: { time: "2012" } };
    assert.equal(await combined({ forward_req_params: ["time"] }, {}, time), undefined);
  });

  it("not with other parameters: those of the first would be sent for both", async () => {
    assert.equal(await combined({}, { req: { map: "/other.map" } }), undefined);
    assert.equal(await combined({ req: { styles: "x" } }, { req: { styles: "x" } }), undefined);
    assert.equal(await combined({ req: { styles: "" } }, {}), "a,b");
    assert.equal(await combined({}, { http: { headers: { authorization: "other" } } }), undefined);
  });

  it("sources 26: different lists do not matter while nothing is forwarded", async () => {
    assert.equal(await combined({ forward_req_params: ["time"] }, {}), "a,b");
  });
});

describe("wms source: answers", () => {
  const ask = async (options: Options, answer: Expected["answer"], events: never[] = []) => {
    const { source } = await setUp(options, [{ url: EXAMPLE, answer }]);
    return source.map?.get(mapQuery(), testContext(events));
  };

  it("sources 27: paints the color of a status, not to be stored unless told so", async () => {
    const on_error = {
      "404": { response: "#ede9e3" },
      "500": { response: [1, 2, 3, 4], cache: true, authorize_stale: true },
    };
    const missing = await ask({ on_error }, { status: 404 });
    assert.deepEqual(pixelAt(await rasterOf(missing!), 9, 9), [0xed, 0xe9, 0xe3]);
    assert.equal(missing?.cacheable, false);
    const broken = await ask({ on_error }, { status: 500 });
    assert.deepEqual(pixelAt(await rasterOf(broken!), 9, 9), [1, 2, 3, 4]);
    assert.deepEqual([broken?.cacheable, broken?.authorizeStale], [true, true]);
    assert.equal((await failure(ask({ on_error }, { status: 403 }))).status, 403);
  });

  it("sources 28: a refused connection is for `other` only", async () => {
    const other = { response: "transparent" };
    const painted = await ask({ on_error: { other } }, "refuse");
    assert.deepEqual(pixelAt(await rasterOf(painted!), 0, 0), [255, 255, 255, 0]);
    await failure(ask({ on_error: { "404": other } }, "refuse"));
  });

  it("sources 29: 204 has a stand-in of its own", async () => {
    const on_error = { "204": { response: [9, 9, 9] }, other: { response: [1, 1, 1] } };
    const painted = await ask({ on_error }, { status: 204 });
    assert.deepEqual(pixelAt(await rasterOf(painted!), 0, 0), [9, 9, 9]);
  });

  it("sources 30: text with status 200 is an error that `on_error` does not cover", async () => {
    const on_error = { other: { response: [1, 1, 1] } };
    const events: { event: string; fields?: { reason?: string } }[] = [];
    const answer = { type: "text/xml", body: "<ServiceException>no such layer</ServiceException>" };
    const error = await failure(ask({ on_error }, answer, events as never[]));
    assert.equal(error.message, "no image returned from source WMS");
    const logged = events.find(({ event }) => event === "no-image-returned");
    assert.match(logged?.fields?.reason ?? "", /response was: '<ServiceException>no such layer/);
  });

  it("shows the URL of such an answer only if told so, and cuts what it quotes", async () => {
    const events: { event: string; fields?: { reason?: string } }[] = [];
    const answer = { type: "application/pdf", body: "x".repeat(200) };
    const http = { hide_error_details: false };
    const error = await failure(ask({ http }, answer, events as never[]));
    assert.match(error.message, /^no image returned from source WMS: http:\/\/x\/s\?/);
    const reason = events.find(({ event }) => event === "no-image-returned")?.fields?.reason ?? "";
    assert.match(reason, /'x{100} \[output truncated\]'/);
  });

  it("sources 33: refuses other words as statuses, and accepts digits", async () => {
    const response = "transparent";
    await assert.rejects(setUp({ on_error: { "404x": { response } } }, []), /invalid error code/);
    await assert.rejects(setUp({ on_error: { "404": { response: "nocolor" } } }, []), ConfigFault);
    await setUp({ on_error: { "404": { response } } }, []);
  });

  it("takes an image without a type, and in another size, as it is", async () => {
    const body = plainPng([100, 50]);
    const result = await ask({}, { body });
    assert.deepEqual(result?.picture, { kind: "encoded", bytes: body, format: "png" });
  });

  it("threats T12: refuses what is labelled an image and is none", async () => {
    const whole = plainPng();
    const wrong = whole.slice();
    wrong[wrong.length - 20] = (wrong.at(-20) ?? 0) ^ 0xff;
    const bodies = [
      new Uint8Array(),
      new TextEncoder().encode("<html>login</html>"),
      whole.subarray(0, whole.length - 30),
      wrong,
      Uint8Array.of(0xff, 0xd8, 0xff, 0xe0),
    ];
    for (const body of bodies) {
      const error = await failure(ask({}, { type: "image/png", body }));
      assert.equal(error.isContent, true);
    }
  });

  it("threats T3: refuses a picture out of all proportion before decoding it", async () => {
    const head = plainPng([1, 1]).slice();
    new DataView(head.buffer).setUint32(16, 60000);
    new DataView(head.buffer).setUint32(20, 60000);
    assert.match((await failure(ask({}, { type: "image/png", body: head }))).detail, /60000x60000/);
  });

  it("lets a client go that has left, without calling it a failure of the source", async () => {
    const { source } = await setUp({ on_error: { other: { response: [1, 1, 1] } } }, [
      { url: EXAMPLE, answer: "hang" },
    ]);
    const controller = new AbortController();
    const gone = new Error("gone");
    const work = source.map?.get(mapQuery(), { ...testContext(), signal: controller.signal });
    controller.abort(gone);
    await assert.rejects(work!, gone);
  });

  it("logs a failure with all details, and throws it with few", async () => {
    const events: { event: string; fields?: { reason?: string } }[] = [];
    const error = await failure(ask({}, { status: 502 }, events as never[]));
    assert.equal(error.message, "HTTP Error (see logs for URL and reason).");
    const logged = events.find(({ event }) => event === "source-failed")?.fields?.reason ?? "";
    assert.match(logged, /^could not retrieve WMS map: HTTP Error "http:\/\/x\/s\?.*": 502$/);
  });

  it("has no map where none is wanted", async () => {
    const { source } = await setUp({ wms_opts: { map: false } }, []);
    assert.equal(source.map, undefined);
  });
});
