import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import { peek } from "../../src/image/peek.ts";
import type { RasterView } from "../../src/image/picture.ts";
import { type Server, startServer, target } from "./server.ts";

let server: Server;
let root = "";
before(async () => {
  server = await startServer();
  root = `${server.url}/proxy`;
});
after(async () => {
  await server?.stop();
});

const GRID = "world/GLOBAL_WEBMERCATOR";

async function picture(path: string): Promise<RasterView> {
  const response = await fetch(root + path);
  assert.equal(response.status, 200, path);
  return decode(new Uint8Array(await response.arrayBuffer()));
}

describe("HEAD", () => {
  for (const path of [
    `/tiles/${GRID}/0/0/0.jpeg`,
    `/tms/1.0.0/${GRID}/0/0/0.jpeg`,
    `/wmts/${GRID}/0/0/0.jpeg`,
    "/wmts/1.0.0/WMTSCapabilities.xml",
    "/service?SERVICE=WMTS&REQUEST=GetCapabilities",
    "/tms/1.0.0/",
    `/tiles/${GRID}/tile.json`,
    "/ogcapi",
    "/ogcapi/collections/world/map.png?width=8&height=8&bbox=0,0,8,8",
    "/ogcapi/collections/world/map/tiles/WebMercatorQuad/0/0/0.jpg",
    "/ogcapi/api?f=html",
    "/ogcapi/collections/none",
  ]) {
    it(`has the headers of GET and nothing else: ${path}`, async () => {
      // A tile that is made for this request has not the time yet that its file will have.
      await (await fetch(root + path)).arrayBuffer();
      const get = await fetch(root + path);
      const length = (await get.arrayBuffer()).byteLength;
      const head = await fetch(root + path, { method: "HEAD" });
      assert.equal((await head.arrayBuffer()).byteLength, 0);
      assert.equal(head.status, get.status);
      // On Workers the data centre's cache answers GET, with the tag that the tile had when it was made.
      const tags = target === "workers" ? [] : ["etag"];
      for (const name of ["content-type", "cache-control", "vary", "content-bbox", ...tags]) {
        assert.equal(head.headers.get(name), get.headers.get(name), name);
      }
      const said = head.headers.get("content-length");
      assert.ok(said === null || Number(said) === length, `${said}`);
    });
  }
});

describe("a tile @2x", () => {
  it("is the four tiles of the next level", async () => {
    const large = await picture(`/tiles/${GRID}/2/2/1@2x.jpeg?origin=nw`);
    assert.deepEqual([large.width, large.height], [512, 512]);
    let difference = 0;
    for (const [column, row] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const small = await picture(`/tiles/${GRID}/3/${4 + column}/${2 + row}.jpeg?origin=nw`);
      for (let y = 0; y < 256; y++) {
        for (let x = 0; x < 256; x++) {
          const from = small.offset + y * small.stride + x * small.channels;
          const to =
            large.offset + (row * 256 + y) * large.stride + (column * 256 + x) * large.channels;
          for (let c = 0; c < 3; c++)
            difference += Math.abs(small.data[from + c]! - large.data[to + c]!);
        }
      }
    }
    // It is encoded as JPEG once more: that is all that may differ.
    assert.ok(difference / (512 * 512 * 3) < 1, `${difference / (512 * 512 * 3)}`);
  });

  it("is there at the last level too", async () => {
    const {
      tiles: [template],
      maxzoom,
    } = await (await fetch(`${root}/tiles/${GRID}/tile.json`)).json();
    const url = template.replace("{z}", maxzoom).replace("{x}", 0).replace("{y}.jpeg", "0@2x.jpeg");
    const response = await fetch(url);
    const size = peek(new Uint8Array(await response.arrayBuffer()));
    assert.deepEqual([size?.width, size?.height], [512, 512]);
  });
});

describe("the same ground", () => {
  it("has the same pixels as WMTS, TMS, tile and OGC API tile", async () => {
    const bytes = async (path: string) =>
      new Uint8Array(await (await fetch(root + path)).arrayBuffer());
    const wmts = await bytes(`/wmts/${GRID}/3/4/2.jpeg`);
    assert.deepEqual(await bytes(`/tiles/${GRID}/3/4/2.jpeg?origin=nw`), wmts);
    assert.deepEqual(await bytes(`/tms/1.0.0/${GRID}/2/4/5.jpeg`), wmts);
    const ogc = "/ogcapi/collections/world/map/tiles/WebMercatorQuad/3/2/4.jpg?transparent=false";
    assert.deepEqual(await bytes(ogc), wmts);
  });
});

describe("the OGC API", () => {
  it("leads from its landing page to a map and to tiles", async () => {
    const { links } = await (await fetch(`${root}/ogcapi`)).json();
    const data = links.find(({ rel }: { rel: string }) => rel === "data");
    const { collections } = await (await fetch(data.href)).json();
    const [world] = collections;
    const map = world.links.find(
      ({ rel, type }: { rel: string; type: string }) =>
        rel.endsWith("/map") && type === "image/jpeg",
    );
    const answer = await fetch(`${map.href}?width=64&height=32&bbox=-180,-90,180,90`);
    assert.equal(answer.headers.get("content-type"), "image/jpeg");
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.match(answer.headers.get("access-control-expose-headers") ?? "", /Content-Bbox/);
  });

  it("weakness 21, cite ogcapi-maps A.23.1: answers the preflight of scripts of other origins", async () => {
    const response = await fetch(`${root}/ogcapi/collections/world/map`, {
      method: "OPTIONS",
      headers: { origin: "https://other.example", "access-control-request-method": "GET" },
    });
    await response.body?.cancel();
    assert.ok(response.status < 300);
    assert.match(response.headers.get("access-control-allow-methods") ?? "", /GET/);
  });

  it("has pages for browsers", async () => {
    const response = await fetch(`${root}/ogcapi/collections/world`, {
      headers: { accept: "text/html" },
    });
    assert.equal(response.headers.get("content-type"), "text/html");
    assert.match(response.headers.get("vary") ?? "", /Accept/);
    const style = /href="([^"]*site\.css[^"]*)"/.exec(await response.text())?.[1];
    const css = await fetch(style!);
    assert.equal(css.status, 200);
    await css.body?.cancel();
  });
});
