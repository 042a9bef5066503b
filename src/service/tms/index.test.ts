import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeTiles, gridOf, routed, serviceDeps, started } from "../../../test/tile-service.ts";
import { SourceError } from "../../core/errors.ts";
import type { Authorizer, Decision } from "../../model/auth.ts";
import { tmsService } from "./index.ts";

const MERCATOR = gridOf("GLOBAL_MERCATOR");
const WEB = gridOf("GLOBAL_WEBMERCATOR");
const GEODETIC = gridOf("GLOBAL_GEODETIC");
const XML = "text/xml; charset=utf-8";

async function tms(
  layers: readonly ReturnType<typeof fakeTiles>[],
  options: Record<string, unknown> = {},
  overrides: Parameters<typeof serviceDeps>[1] = {},
) {
  return routed([await started(tmsService, options, serviceDeps(layers, overrides))]);
}

const base = () => fakeTiles("base", MERCATOR);

describe("/tms", () => {
  it("services-tiles 3: counts rows from the south, and ignores any origin", async () => {
    const [sw, nw] = [fakeTiles("sw", MERCATOR), fakeTiles("nw", WEB)];
    const send = await tms([sw, nw], { origin: "nw" });
    await send("/tms/1.0.0/sw/0/1/0.png?origin=nw");
    await send("/tms/1.0.0/nw/EPSG3857/0/1/0.png");
    assert.deepEqual(sw.asked[0]?.coord, { x: 1, y: 0, level: 1 });
    assert.deepEqual(nw.asked[0]?.coord, { x: 1, y: 1, level: 1 });
  });

  it("hands on the very bytes of the cache", async () => {
    const response = await (await tms([base()]))("/tms/1.0.0/base/1/2/3.png");
    assert.equal(await response.text(), "2/2/3");
    assert.equal(response.headers.get("content-type"), "image/png");
    assert.equal(response.headers.get("content-length"), "5");
    assert.equal(response.headers.get("vary"), null);
  });

  for (const path of [
    "/tms/1.0.0/base/0/0/0.png",
    "/tms/base/0/0/0.png",
    "/tms/1.0.0/base/EPSG900913/0/0/0.png",
    "/tms/1.0.0/base_EPSG900913/0/0/0.png",
    "/tms/base/EPSG900913/0/0/0.png",
    "/tms/1.0.0/base/0/0/0.png.foo",
  ]) {
    it(`services-tiles 4: finds the layer of ${path}`, async () => {
      assert.equal((await (await tms([base()]))(path)).status, 200);
    });
  }

  it("services-tiles 4: prefers EPSG900913 and then EPSG4326, and needs the name of any other", async () => {
    const [geodetic, mercator, web] = [GEODETIC, MERCATOR, WEB].map((grid) => fakeTiles("l", grid));
    await (await tms([geodetic!, mercator!]))("/tms/1.0.0/l/0/0/0.png");
    assert.equal(mercator!.asked.length, 1);
    await (await tms([geodetic!]))("/tms/1.0.0/l/0/0/0.png");
    assert.equal(geodetic!.asked.length, 1);
    const send = await tms([web!]);
    assert.equal((await send("/tms/1.0.0/l/0/0/0.png")).status, 404);
    assert.equal((await send("/tms/1.0.0/l/EPSG3857/0/0/0.png")).status, 200);
  });

  it("services-tiles 4: knows nothing but layer and grid with use_grid_names", async () => {
    const send = await tms([base()], { use_grid_names: true });
    assert.equal((await send("/tms/1.0.0/base/GLOBAL_MERCATOR/0/0/0.png")).status, 200);
    for (const path of [
      "base/0/0/0.png",
      "base/EPSG900913/0/0/0.png",
      "base_GLOBAL_MERCATOR/0/0/0.png",
    ]) {
      const response = await send(`/tms/1.0.0/${path}`);
      assert.equal(response.status, 404, path);
      assert.match(await response.text(), /<Message>unknown layer: base/);
    }
  });

  for (const [path, message] of [
    [
      "/tms/1.0.0/base/0/0/2.png",
      "The requested tile is outside the bounding box of the tile map.",
    ],
    [
      "/tms/1.0.0/base/0/0/-1.png",
      "The requested tile is outside the bounding box of the tile map.",
    ],
    [
      "/tms/1.0.0/base/19/0/0.png",
      "The requested tile is outside the bounding box of the tile map.",
    ],
    ["/tms/1.0.0/base/0/0/0.jpeg", "invalid format (jpeg). this tile set only supports (png)"],
    ["/tms/1.0.0/base/0/0/0.PNG", "invalid format (PNG). this tile set only supports (png)"],
    ["/tms/1.0.0/other/0/0/0.png", "unknown layer: other"],
    ["/tms/1.0.0/other", "unknown layer: other"],
    ["/tms/foo", "invalid request (/tms/foo)"],
    ["/tms/1.0.0/base/", "invalid request (/tms/1.0.0/base/)"],
    ["/tms/2.0.0/", "invalid request (/tms/2.0.0/)"],
  ] as const) {
    it(`services-tiles 5, 6, 8: answers ${path} with 404 and a message`, async () => {
      const response = await (await tms([base()]))(path);
      assert.equal(response.status, 404);
      assert.equal(response.headers.get("content-type"), XML);
      assert.equal(response.headers.get("cache-control"), "no-cache, no-store");
      const text = await response.text();
      assert.ok(text.includes("<TileMapServerError>"));
      assert.ok(text.includes(`<Message>${message}</Message>`), text);
    });
  }

  it("threats T7: escapes what the path says", async () => {
    const text = await (await (await tms([base()]))("/tms/1.0.0/%3Cscript%3E/0/0/0.png")).text();
    assert.ok(text.includes("unknown layer: &lt;script&gt;"));
  });

  it("services-tiles 7: words a source's error in its own format, with 500", async () => {
    const failing = fakeTiles("base", MERCATOR, {
      getTile: () => Promise.reject(new SourceError("s", "No response from URL", { url: "x" })),
    });
    const send = await tms([failing]);
    const response = await send("/tms/1.0.0/base/0/0/0.png");
    assert.equal(response.status, 500);
    assert.match(await response.text(), /<Message>No response from URL<\/Message>/);
    const plain = await send("/tiles/base/0/0/0.png");
    assert.equal(plain.status, 500);
    assert.equal(plain.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal(await plain.text(), "No response from URL");
  });

  it("leaves bugs to the application", async () => {
    const broken = fakeTiles("base", MERCATOR, {
      getTile: () => Promise.reject(new TypeError("bug")),
    });
    await assert.rejects((await tms([broken]))("/tms/1.0.0/base/0/0/0.png"), /bug/);
  });

  it("services-tiles 13: lets nobody keep what is not cacheable", async () => {
    const layer = fakeTiles("base", MERCATOR, { answer: () => ({ cacheable: false }) });
    const send = await tms([layer]);
    for (const path of ["/tms/1.0.0/base/0/0/0.png", "/tiles/base/0/0/0.png"]) {
      const { headers } = await send(path);
      assert.equal(headers.get("cache-control"), "no-cache, no-store");
      assert.equal(headers.get("pragma"), "no-cache");
      assert.equal(headers.get("expires"), "-1");
      assert.equal(headers.get("etag"), null);
    }
  });

  it("lets a stale tile be kept for a minute only", async () => {
    const layer = fakeTiles("base", MERCATOR, { answer: () => ({ stale: true }) });
    const { headers } = await (await tms([layer]))("/tms/1.0.0/base/0/0/0.png");
    assert.equal(headers.get("cache-control"), "public, max-age=60, s-maxage=60");
    assert.match(headers.get("cache-status") ?? "", /^Rhumb; fwd=stale;/);
  });

  it("services-tiles 14: names the type of each tile of a mixed cache", async () => {
    const layer = fakeTiles("base", MERCATOR, {
      image: "mixed",
      answer: ({ x }) => ({ format: x === 0 ? "jpeg" : "png" }),
    });
    const send = await tms([layer]);
    const type = async (path: string) => (await send(path)).headers.get("content-type");
    assert.equal(await type("/tms/1.0.0/base/0/0/0.png"), "image/jpeg");
    assert.equal(await type("/tms/1.0.0/base/0/1/0.png"), "image/png");
    assert.equal((await send("/tms/1.0.0/base/0/1/0.jpeg")).status, 404);
  });

  it("services-tiles 15: answers a transparent PNG where there is nothing, even in a JPEG layer", async () => {
    const layer = fakeTiles("base", MERCATOR, { image: "image/jpeg", answer: () => undefined });
    const response = await (await tms([layer]))("/tms/1.0.0/base/0/0/0.jpeg");
    assert.equal(response.headers.get("content-type"), "image/png");
    const bytes = new Uint8Array(await response.arrayBuffer());
    assert.deepEqual([...bytes.subarray(1, 4)], [...new TextEncoder().encode("PNG")]);
    assert.match(response.headers.get("cache-control") ?? "", /^public/);
  });
});

describe("/tms documents", () => {
  it("services-tiles 9: are the same with and without a slash, with links from the request's URL", async () => {
    const send = await tms([base()], { md: { title: "T" } });
    const options = { scriptUrl: "https://maps.example/p" };
    const [one, two] = await Promise.all(
      ["/tms/1.0.0", "/tms/1.0.0/"].map(async (path) => (await send(path, options)).text()),
    );
    assert.equal(one, two);
    assert.ok(one!.includes('href="https://maps.example/p/tms/1.0.0/base/EPSG900913"'));
    assert.ok(one!.includes('srs="OSGEO:41001" profile="global-mercator"'));
    const root = await (await send("/tms", options)).text();
    assert.ok(root.includes('href="https://maps.example/p/tms/1.0.0/"'));
  });

  it("services-tiles 9: carry keywords and contact of the WMS, with the own ones over them", async () => {
    const services = new Map([
      [
        "wms",
        {
          md: {
            title: "W",
            abstract: "WA",
            keyword_list: [{ vocabulary: "G", keywords: ["a b", "c"] }, { keywords: ["d"] }],
            contact: { person: "P", state: "S", postcode: 12345 },
          },
        },
      ],
    ]);
    const send = await tms([base()], { md: { title: "T" } }, { services });
    const text = await (await send("/tms/1.0.0")).text();
    assert.ok(text.includes("<Title>T</Title>") && text.includes("<Abstract>WA</Abstract>"));
    assert.ok(
      text.includes("<KeywordList>&quot;a b&quot; &quot;c&quot; &quot;d&quot;</KeywordList>"),
    );
    assert.ok(text.includes("<ContactPerson>P</ContactPerson>"));
    assert.ok(text.includes("<PostCode>12345</PostCode>") && !text.includes("<State"));
  });

  it("services-tiles 10: list 19 tile sets of a map in mercator with their resolutions", async () => {
    const text = await (await (await tms([base()]))("/tms/1.0.0/base")).text();
    assert.equal(text.match(/<TileSet /g)?.length, 19);
    assert.ok(text.includes('tms/1.0.0/base/0" units-per-pixel="78271.51696402048" order="0"'));
    assert.ok(text.includes('minx="-20037508.342789244"'));
    assert.ok(text.includes('extension="png"'));
  });

  it("reference-weaknesses 19: stay well-formed whatever titles say", async () => {
    const layer = fakeTiles("base", MERCATOR, { title: "a & b < c" });
    const text = await (await (await tms([layer]))("/tms/1.0.0")).text();
    assert.ok(text.includes('title="a &amp; b &lt; c"'));
  });
});

describe("/tiles", () => {
  it("services-tiles 3: counts rows as the grid does, as configured, or as the request says", async () => {
    const layer = fakeTiles("l", MERCATOR, { image: "image/jpeg" });
    const rows = async (options: Record<string, unknown>, path: string) => {
      layer.asked.length = 0;
      await (await tms([layer], options))(path);
      return layer.asked[0]?.coord.y;
    };
    assert.equal(await rows({}, "/tiles/l/1/0/1.jpeg"), 1);
    assert.equal(await rows({}, "/tiles/l/1/0/0.jpeg?origin=nw"), 1);
    assert.equal(await rows({ origin: "nw" }, "/tiles/l/1/0/0.jpeg"), 1);
    assert.equal(await rows({ origin: "nw" }, "/tiles/l/1/0/0.jpeg?origin=sw"), 0);
    assert.equal(await rows({ origin: "nw" }, "/tiles/1.0.0/l/1/0/0.jpeg?origin=other"), 1);
  });

  it("services-tiles 2: begins with a single tile", async () => {
    const layer = base();
    await (await tms([layer]))("/tiles/base/0/0/0.png");
    assert.equal(layer.asked[0]?.coord.level, 0);
  });

  it("services-tiles 8: has no documents", async () => {
    const response = await (await tms([base()]))("/tiles");
    assert.equal(response.status, 404);
    assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal(await response.text(), "invalid request (/tiles)");
  });

  it("threats T10: is soon done with absurd paths", async () => {
    const send = await tms([base()]);
    for (const path of [
      `/tiles/${"a".repeat(100_000)}/0/0/0.png`,
      `/tiles${"/0".repeat(50_000)}`,
    ]) {
      assert.equal((await send(path)).status, 404);
    }
  });

  it("threats T5: has no path that leads elsewhere", async () => {
    const send = await tms([base()]);
    for (const path of [
      "/tiles/../base/0/0/0.png",
      "/tiles/..%2f..%2fetc/0/0/0.png",
      "/tiles/base%00/0/0/0.png",
    ]) {
      assert.equal((await send(path)).status, 404);
    }
  });
});

describe("/tms with an authorizer", () => {
  const deciding = (decision: Decision): Authorizer => ({
    restricts: true,
    authorize: async () => decision,
  });
  const partial = (layers: Record<string, { tile?: boolean }>): Decision => ({
    authorized: "partial",
    layers: new Map(Object.entries(layers)),
  });

  for (const [name, decision, status] of [
    ["full", { authorized: "full" }, 200],
    ["none", { authorized: "none" }, 403],
    ["unauthenticated", { authorized: "unauthenticated" }, 401],
    ["permitted", partial({ base: { tile: true } }), 200],
    ["not permitted", partial({ base: {} }), 403],
    ["about others", partial({ other: { tile: true } }), 403],
  ] as const) {
    it(`http-app 24: answers ${status} to tile and tile map where the decision is ${name}`, async () => {
      const send = await tms([base()], {}, { authorizer: deciding(decision) });
      for (const path of [
        "/tms/1.0.0/base/0/0/0.png",
        "/tms/1.0.0/base",
        "/tiles/base/0/0/0.png",
      ]) {
        const response = await send(path);
        assert.equal(response.status, status, path);
        if (status === 200) continue;
        assert.equal(await response.text(), status === 401 ? "unauthorized" : "forbidden");
        assert.equal(response.headers.get("content-type"), "text/plain");
      }
    });
  }

  it("http-app 24: lists every grid of a permitted layer, and no other layer", async () => {
    const layers = [base(), fakeTiles("base", GEODETIC), fakeTiles("secret", MERCATOR)];
    const authorizer = deciding(partial({ base: { tile: true } }));
    const text = await (await (await tms(layers, {}, { authorizer }))("/tms/1.0.0")).text();
    assert.ok(text.includes("/base/EPSG900913") && text.includes("/base/EPSG4326"));
    assert.ok(!text.includes("secret"));
  });

  it("http-app 24: asks with the layer and what the tile covers", async () => {
    const asked: unknown[] = [];
    const authorizer: Authorizer = {
      restricts: true,
      async authorize(service, layers, extent) {
        asked.push([service, layers, extent?.srs.code, extent?.bbox]);
        return { authorized: "full" };
      },
    };
    const send = await tms([fakeTiles("geo", GEODETIC)], {}, { authorizer });
    await send("/tms/1.0.0/geo/0/1/0.png");
    await send("/tms/1.0.0");
    assert.deepEqual(asked, [
      ["tms", ["geo"], "EPSG:4326", [0, -90, 180, 90]],
      ["tms", ["geo_EPSG4326"], undefined, undefined],
    ]);
  });

  it("reference-weaknesses 7: makes no answer public", async () => {
    const send = await tms([base()], {}, { authorizer: deciding({ authorized: "full" }) });
    const { headers } = await send("/tms/1.0.0/base/0/0/0.png");
    assert.equal(headers.get("cache-control"), "private, max-age=259200");
  });
});
