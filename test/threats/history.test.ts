/** What happened in the field, to MapProxy and its neighbours: each case is tried here. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { scratch } from "../scratch.ts";
import { mapQuery, oneSource, type ProxyApp, proxy } from "./proxy.ts";
import { type HostileUpstream, hostileUpstream } from "./upstream.ts";

const SCRIPT = '"><script>alert(1)</script>';

describe("history: cases of other servers", () => {
  let upstream: HostileUpstream;
  let app: ProxyApp;
  before(async () => {
    upstream = await hostileUpstream();
    app = await proxy(
      oneSource(`${upstream.url}/good`).replace("  kml: {}", "  kml: {}\n  demo: {}\n  ogcapi: {}"),
    );
  });
  after(async () => {
    await app.close();
    await upstream.close();
  });
  const textOf = async (path: string, init?: RequestInit) => (await app.get(path, init)).text();
  /** What the source was asked while `act` ran. */
  const askedBy = async (act: () => Promise<unknown>) => {
    const before = upstream.asked.length;
    await act();
    return upstream.asked.slice(before);
  };

  it("MapProxy #322, #414, #1102: scripts in the demo's parameters are never written as they are", async () => {
    for (const page of ["wms_layer", "tms_layer", "wmts_layer"]) {
      for (const name of ["format", "srs", "x", page]) {
        const query = new URLSearchParams({ [page]: "cached", format: "png", srs: "EPSG:3857" });
        query.set(name, SCRIPT);
        assert.doesNotMatch(await textOf(`/demo/?${query}`), /<script>alert/, `${page} ${name}`);
      }
    }
  });

  it("MapProxy #526: no path leads out of the demo's files", async () => {
    for (const path of [
      ...[
        "../../etc/passwd",
        "..%2f..%2fetc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        "....//etc/passwd",
      ],
      ...[
        "..\\..\\etc\\passwd",
        "/etc/passwd",
        "%00/etc/passwd",
        "site.css/../../../mapproxy.yaml",
      ],
    ]) {
      const response = await app.get(`/demo/static/${path}`);
      assert.equal(response.status, 404, path);
      assert.doesNotMatch(await response.text(), /root:|base_dir/);
    }
  });

  it("MapProxy 4.0.2: URLs of files are not read", async () => {
    const secret = join(scratch(), "secret.png");
    writeFileSync(secret, "S3CRET");
    const local = await proxy(oneSource(`file://${secret}`));
    const response = await local.get(mapQuery("direct"));
    assert.doesNotMatch(response.headers.get("content-type") ?? "", /^image/);
    assert.doesNotMatch(await response.text(), /S3CRET/);
    assert.match(local.log.join("\n"), /unknown url type: file/);
    await local.close();
  });

  it("MapProxy 7.0.0: values of dimensions do not become paths", async () => {
    for (const value of ["../../x", "..%2f..%2fx", "/etc/passwd", "a\u0000b"]) {
      const query = mapQuery("cached", { TIME: value, DIM_LEVEL: value });
      assert.doesNotMatch(await textOf(query), /root:/);
    }
    assert.ok(
      app.stored().every((name) => /^[\w.-]+$/.test(name)),
      app.stored().join(),
    );
  });

  it("GeoServer CVE-2025-58360: XML in the body of a request is not read", async () => {
    const body = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "${upstream.url}/entity">]><GetMap>&e;</GetMap>`;
    const asked = await askedBy(async () => {
      for (const type of ["text/xml", "application/xml", "application/x-www-form-urlencoded"]) {
        const headers = { "content-type": type };
        const text = await textOf("/service", { method: "POST", body, headers });
        assert.doesNotMatch(text, /root:|<!ENTITY/);
      }
    });
    assert.deepEqual(asked, []);
  });

  it("GeoServer CVE-2024-36401: names of properties and filters are never evaluated", async () => {
    const evil = "exec(java.lang.Runtime.getRuntime(),'touch /tmp/x')";
    const plain = await (await app.get(mapQuery("cached"))).arrayBuffer();
    for (const name of [
      "PROPERTYNAME",
      "CQL_FILTER",
      "VALUEREFERENCE",
      "FILTER",
      "VIEWPARAMS",
      "ENV",
    ]) {
      const asked = await askedBy(async () => {
        const answer = await (await app.get(mapQuery("cached", { [name]: evil }))).arrayBuffer();
        assert.deepEqual(new Uint8Array(answer), new Uint8Array(plain), name);
      });
      assert.ok(
        asked.every((url) => !url.includes("exec")),
        name,
      );
    }
  });

  it("GeoServer CVE-2021-40822, CVE-2023-43795: no URL of a request is fetched", async () => {
    const target = `${upstream.url}/internal`;
    const asked = await askedBy(async () => {
      for (const name of [
        "URL",
        "SLD",
        "REMOTE_OWS_URL",
        "CALLBACK",
        "HREF",
        "XSLT",
        "LEGEND_URL",
      ]) {
        await textOf(mapQuery("cached", { [name]: target }));
        await textOf(`/demo/?${new URLSearchParams({ wms_layer: "cached", [name]: target })}`);
      }
      await textOf("/demo/?wms_capabilities&type=external", {
        headers: { host: new URL(target).host },
      });
    });
    assert.ok(
      asked.every((url) => !url.includes("internal")),
      asked.join("\n"),
    );
  });

  it("GeoServer Jiffle, MapServer CVE-2026-33721, CVE-2026-45104: styles in a request are bytes that nobody reads", async () => {
    const sld = `<StyledLayerDescriptor>${"<Rule>".repeat(20_000)}<Function name="jiffle">x</Function>`;
    const asked = await askedBy(async () => {
      for (const body of [sld, "%00", "<", "x".repeat(100_000)]) {
        const response = await app.get(mapQuery("direct", { SLD_BODY: body }));
        assert.equal(response.headers.get("content-type"), "image/png");
        await response.arrayBuffer();
      }
    });
    assert.ok(asked.every((url) => !/sld/i.test(url)));
  });

  it("MapServer CVE-2026-42030: formats that answer with a page do not echo what they are given", async () => {
    for (const format of [
      "application/openlayers",
      "text/html",
      "kml",
      "application/vnd.google-earth.kml+xml",
    ]) {
      const query = mapQuery("cached", { FORMAT: format, SRS: SCRIPT, BBOX: SCRIPT });
      const response = await app.get(query);
      assert.doesNotMatch(await response.text(), /<script>alert/);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    }
  });

  it("MapServer 2021, #6313: map= in a request chooses no file", async () => {
    const asked = await askedBy(() => textOf(mapQuery("direct", { MAP: "/etc/passwd" })));
    assert.ok(
      asked.every((url) => !/passwd/.test(url)),
      asked.join(),
    );
  });

  it("MapCache 1.14: what is logged and answered is no format", async () => {
    const name = "%s%n%x%1$s";
    assert.ok((await textOf(mapQuery(name))).includes(name));
    assert.ok(app.log.every((line) => !/undefined|NaN|\[object/.test(line)));
  });

  it("TileServer GL #2032: hosts that a client names are in no document, without trust", async () => {
    const headers = { "x-forwarded-host": "evil.example", forwarded: "host=evil.example" };
    for (const path of [
      ...["/tiles/cached/GLOBAL_WEBMERCATOR/tilejson.json", "/wmts/1.0.0/WMTSCapabilities.xml"],
      ...["/tms/1.0.0", "/ogcapi?f=json", "/service?SERVICE=WMS&REQUEST=GetCapabilities"],
    ]) {
      assert.doesNotMatch(await textOf(path, { headers }), /evil\.example/, path);
    }
  });

  it("tileserver-php #167, resource-proxy #569: a path that goes up and down again is not another one", async () => {
    for (const path of [
      "/wmts/x/..%2fcached/GLOBAL_WEBMERCATOR/0/0/0.png",
      "/tms/1.0.0/x/..%2f..%2fcached/EPSG3857/0/0/0.png",
      "/tiles/%2e%2e%2fcached/0/0/0.png",
    ]) {
      const response = await app.get(path);
      assert.ok(response.status >= 400, path);
      assert.doesNotMatch(await response.text(), /<script/);
    }
  });

  it("libwebp CVE-2023-4863: a picture is measured before a decoder sees it", async () => {
    const size = [0xff, 0x3f, 0x00, 0xff, 0x3f, 0x00]; // 16384 each way, less one
    const webp = Uint8Array.from([
      ...[..."RIFF"].map((c) => c.charCodeAt(0)),
      ...[0x16, 0, 0, 0],
      ...[..."WEBPVP8X"].map((c) => c.charCodeAt(0)),
      ...[10, 0, 0, 0, 0, 0, 0, 0, ...size],
    ]);
    await assert.rejects(decode(webp), /16384 x 16384 pixels: it is too large/);
  });

  it("SQLite: a database of somebody else runs nothing and never keeps us", {
    timeout: 60_000,
  }, async () => {
    const directory = scratch();
    const database = new DatabaseSync(join(directory, "foreign.mbtiles"));
    database.exec(`CREATE TABLE metadata (name text, value text);
CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
SELECT 0 AS zoom_level, 0 AS tile_column, i AS tile_row, 'x' AS tile_data FROM n WHERE i < 0`);
    database.close();
    const yaml = oneSource(`${upstream.url}/good`).replace(
      "    sources: [s]\n",
      `    sources: [s]\n    cache: {type: mbtiles, filename: ${directory}/foreign.mbtiles}\n`,
    );
    const foreign = await proxy(yaml);
    const response = await foreign.get("/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png");
    assert.equal(response.status, 200, "the map is served from its source");
    await foreign.close();
  });
});
