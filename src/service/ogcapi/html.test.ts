import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SaxesParser } from "saxes";
import { apiOf, exampleApi, ROOT } from "../../../test/ogcapi-service.ts";
import { group, leaf } from "../../../test/wms-service.ts";

const PAGES = [
  "",
  "/conformance",
  "/api",
  "/collections",
  "/collections/a",
  "/collections/a/styles",
  "/collections/a/styles/default",
  "/styles",
  "/styles/default",
  "/tileMatrixSets",
  "/tileMatrixSets/WebMercatorQuad",
  "/collections/a/map/tiles",
  "/collections/a/map/tiles/WebMercatorQuad",
  "/map/tiles",
  "/map/tiles/WebMercatorQuad",
];
const DATASET = { default_dataset_layers: ["a"] };

describe("OGC API pages", () => {
  for (const path of PAGES) {
    it(`services-tiles 27: ${path || "/"} is a page for whoever wants one`, async () => {
      const api = await exampleApi(DATASET);
      const type = async (query: string, accept?: string) =>
        (await api.get(path + query, accept ? { accept } : {})).headers.get("content-type");
      const browser = "text/html,application/xhtml+xml,*/*;q=0.8";
      assert.equal(await type("?f=html"), "text/html");
      assert.equal(await type("", browser), "text/html");
      assert.notEqual(await type("?f=json", browser), "text/html");
      assert.notEqual(await type("", "*/*"), "text/html");
      const varied = (await api.get(path)).headers.get("vary");
      assert.match(varied ?? "", /^Accept, /);
    });

    it(`services-tiles 27: ${path || "/"} refuses other parameters and values of f`, async () => {
      const api = await exampleApi(DATASET);
      assert.deepEqual(await api.problem(`${path}?zz=1`), [
        400,
        "Bad Request",
        "Unknown query parameter zz",
      ]);
      assert.deepEqual(await api.problem(`${path}?f=xml`), [
        400,
        "Invalid Parameter",
        "Invalid value for f query parameter",
      ]);
      assert.equal((await api.problem(`${path}?F=json`))[2], "Unknown query parameter F");
    });

    it(`${path || "/"} links itself, its JSON form and the way back`, async () => {
      const api = await exampleApi(DATASET);
      const text = await (await api.get(`${path}?f=html`)).text();
      assert.ok(text.includes(`<link rel="canonical" href="${ROOT}${path}?f=html">`), text);
      assert.ok(text.includes(`href="${ROOT}${path}?f=json" rel="alternate">JSON</a>`));
      assert.match(text, /<nav aria-label="Path"><a href="http:\/\/localhost\/ogcapi"/);
      assert.match(text, /aria-current="page"/);
      if (path === "") return;
      const { links } = await api.json(`${path}?f=json`).catch(() => ({ links: [] }));
      for (const { href, rel, templated } of links ?? []) {
        if (rel === "self" || rel === "alternate" || templated) continue;
        assert.ok(text.includes(`href="${href}"`), href);
      }
    });

    it(`${path || "/"} is well-formed, and asks nobody else for anything`, async () => {
      const response = await (await exampleApi(DATASET)).get(`${path}?f=html`);
      assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'self'/);
      const text = await response.text();
      for (const [, url] of text.matchAll(/(?:src|rel="stylesheet" href)="([^"]*)"/g)) {
        assert.ok(url?.startsWith(`${ROOT}/static/`), url);
      }
      wellFormed(text);
    });
  }

  it("shows a map of a collection and of its tiles", async () => {
    const api = await exampleApi({}, { backgroundUrl: "https://tiles.example/{z}/{x}/{y}.png" });
    const preview = async (path: string) => {
      const response = await api.get(`${path}?f=html`);
      const text = await response.text();
      const data = /data-preview="([^"]*)"/.exec(text)?.[1]?.replaceAll("&quot;", '"');
      assert.match(
        response.headers.get("content-security-policy") ?? "",
        /https:\/\/tiles\.example/,
      );
      return JSON.parse(data ?? "null");
    };
    const map = await preview("/collections/b");
    assert.equal(map.url, `${ROOT}/collections/b/map.png`);
    assert.deepEqual(map.extent, [0, 0, 40, 20]);
    assert.equal(map.background, "https://tiles.example/{z}/{x}/{y}.png");
    const tiles = await preview("/collections/b/map/tiles/GLOBAL_GEODETIC");
    assert.equal(tiles.url, `${ROOT}/collections/b/map/tiles/GLOBAL_GEODETIC/{z}/{y}/{x}.png`);
    assert.equal(tiles.countsFromSouth, true);
    assert.equal(tiles.levels.length, 20);
  });

  it("prints what is known of a tile matrix set", async () => {
    const text = await (
      await (await exampleApi()).get("/tileMatrixSets/WebMercatorQuad?f=html")
    ).text();
    for (const word of ["CRS", "Uri", "Well Known Scale Set", "GoogleMapsCompatible"]) {
      assert.ok(text.includes(word), word);
    }
  });

  it("tells of errors on a page", async () => {
    const api = await exampleApi();
    const response = await api.get("/collections/zz?f=html");
    assert.equal(response.status, 404);
    assert.equal(response.headers.get("content-type"), "text/html");
    assert.match(await response.text(), /<p role="alert">Collection not found<\/p>/);
    const strange = await api.get(`/?${encodeURIComponent("<script>alert(1)</script>")}=1&f=html`);
    const text = await strange.text();
    assert.ok(!text.includes("<script>alert"));
    assert.match(text, /Unknown query parameter &lt;script&gt;/);
  });

  it("escapes names, titles and links of the configuration", async () => {
    const evil = `"><script>alert(1)</script>`;
    const layer = leaf(evil, {
      title: evil,
      metadata: { abstract: evil, attribution: { title: evil, url: "javascript:alert(1)" } },
    });
    const api = await apiOf(group(undefined, [layer]));
    for (const path of [
      "/collections",
      `/collections/${encodeURIComponent(evil).replaceAll("%2F", "/")}`,
    ]) {
      const text = await (await api.get(`${path}?f=html`)).text();
      assert.ok(!text.includes("<script>alert"), path);
      assert.ok(!text.includes('href="javascript:'), path);
    }
  });

  it("serves what the pages load to everybody, and nothing else", async () => {
    const api = await exampleApi();
    for (const name of ["site.css", "ol.js", "proj4.min.js", "logo.svg"]) {
      assert.equal((await api.get(`/static/${name}`)).status, 200, name);
    }
    for (const name of ["..%2fpackage.json", "zz.js", "", "constructor", "__proto__", "%00"]) {
      const response = await api.get(`/static/${name}`);
      assert.equal(response.status, 404, name);
      assert.equal(response.headers.get("content-type"), "text/plain");
      assert.equal(await response.text(), "file not found");
    }
  });

  it("knows no other path", async () => {
    const api = await exampleApi();
    const paths = ["/zz", "/collections/a/zz", "/map.gif", "/collections//map", "/conformance/zz"];
    for (const path of [...paths, "/tileMatrixSets/WebMercatorQuad/0", `/${"a/".repeat(2000)}`]) {
      assert.equal((await api.get(path)).status, 404, path.slice(0, 50));
    }
  });
});

/** Every element of a page ends where it should. */
function wellFormed(html: string): void {
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  const closed = html
    .replace("<!DOCTYPE html>", "")
    .replace(/<(meta|link|img|br|input)\b([^>]*)>/g, "<$1$2/>")
    .replaceAll(" defer>", ' defer="">');
  parser.write(closed).close();
}
