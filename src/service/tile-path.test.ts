import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fakeTiles, gridOf, routed, serviceDeps, started } from "../../test/tile-service.ts";
import { kmlService } from "./kml/index.ts";
import { parseTilePath } from "./tile-path.ts";
import { tmsService } from "./tms/index.ts";
import { wmtsService } from "./wmts/index.ts";

const name = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((text) => !/[/\n\r\u2028\u2029]/.test(text));
const index = fc.integer({ min: -1000, max: 2 ** 31 });
const word = fc.constantFrom("tms", "tiles", "kml", "tms/1.0.0", "tiles/1.0.0");

describe("parseTilePath()", () => {
  it("gives back what was written", () => {
    const address = fc.tuple(word, name, fc.option(name), index, index, index, fc.boolean());
    fc.assert(
      fc.property(address, ([mount, layer, spec, level, x, y, isLarge]) => {
        // `1.0.0` is the version, not a layer.
        fc.pre(layer !== "1.0.0");
        const middle = spec === null ? layer : `${layer}/${spec}`;
        const path = `/${mount}/${middle}/${level}/${x}/${y}${isLarge ? "@2x" : ""}.png`;
        assert.deepEqual(parseTilePath(path), {
          layer,
          spec: spec ?? undefined,
          level,
          x,
          y,
          extension: "png",
          factor: isLarge ? 2 : 1,
        });
      }),
    );
  });

  it("reads any text in linear time, and numbers only where they are whole", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const found = parseTilePath(`/tms/${text}`);
        if (found) assert.ok([found.level, found.x, found.y].every(Number.isInteger));
      }),
    );
    for (const path of [
      "/tms/l/0/0/0.5.png",
      "/tms/l/0/0/1e3.png",
      "/tms/l/0/0/0x1.png",
      "/tms/l/0//0.png",
    ]) {
      const found = parseTilePath(path);
      assert.ok(found === undefined || found.extension !== "png", path);
    }
    for (const part of ["/", "a/", "0/", "-", "@2x", "."]) {
      parseTilePath(`/tms/${part.repeat(100_000)}`);
    }
  });
});

const WEB = gridOf("GLOBAL_WEBMERCATOR");
const deps = serviceDeps([fakeTiles("l", WEB)]);
const send = routed([
  await started(tmsService, {}, deps),
  await started(kmlService, {}, deps),
  await started(wmtsService, {}, deps),
]);

describe("bad input to the tile services", () => {
  const MOUNTS = ["/tms/1.0.0/l/EPSG3857", "/tiles/l/EPSG3857", "/kml/l/EPSG3857"];
  const WMTS = "/wmts/l/GLOBAL_WEBMERCATOR";
  for (const tile of [
    "0/0/2.png",
    "0/0/-2.png",
    "-1/0/0.png",
    "99/0/0.png",
    "0/0/99999999999999999999999.png",
    "0/-0/5.png",
    "0/0/0.gif",
    "0/0/0.PNG",
    "0/0/0",
    "0/0.5/0.png",
    "0/1e9/0.png",
    "0/NaN/0.png",
    "0/%2e%2e/0.png",
    "0/0/%00.png",
    "0/0/..%5c..%5c0.png",
    "0/0/%EF%BC%90.png",
    "%2e%2e/%2e%2e/etc/passwd",
  ]) {
    for (const mount of [...MOUNTS, WMTS]) {
      it(`${mount}/${tile} is the service's own error, of the client`, async () => {
        const response = await send(`${mount}/${tile}`);
        assert.ok(response.status === 400 || response.status === 404, `${response.status}`);
        const type = response.headers.get("content-type") ?? "";
        assert.match(type, mount.startsWith("/tms") ? /^text\/xml/ : /^text\/(?:plain|xml)/);
        assert.equal(response.headers.get("cache-control"), "no-cache, no-store");
      });
    }
  }

  for (const path of [
    "/tms/1.0.0/zz/0/0/0.png",
    "/tms/1.0.0/l/EPSG4326/0/0/0.png",
    "/tiles/__proto__/0/0/0.png",
    "/kml/constructor/EPSG3857/0/0/0.kml",
    "/wmts/l/zz/0/0/0.png",
    "/wmts/__proto__/constructor/0/0/0.png",
  ]) {
    it(`${path} names nothing there is`, async () => {
      const { status } = await send(path);
      assert.ok(status === 400 || status === 404, `${status}`);
    });
  }

  it("reads an encoded slash as the slash that it stands for, as the reference does", async () => {
    assert.equal((await send("/tiles/l%2fEPSG3857/0/0%2f0.png")).status, 200);
    assert.equal((await send("/tiles/l/EPSG3857/0/0%252f0.png")).status, 404);
  });

  it("never fails itself, whatever the path is", async () => {
    const part = fc.oneof(
      fc.constantFrom(
        "1.0.0",
        "l",
        "EPSG3857",
        "GLOBAL_WEBMERCATOR",
        "0",
        "0.png",
        "0@2x.png",
        "..",
      ),
      fc.string({ maxLength: 6 }).map(encodeURIComponent),
    );
    const mount = fc.constantFrom("tms", "tiles", "kml", "wmts");
    await fc.assert(
      fc.asyncProperty(mount, fc.array(part, { maxLength: 7 }), async (first, parts) => {
        const { status } = await send(`/${[first, ...parts].join("/")}`);
        assert.ok(status < 500, `${status} ${first}/${parts.join("/")}`);
      }),
      { numRuns: 500 },
    );
  });
});
