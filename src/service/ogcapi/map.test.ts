import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ApiTest, apiOf, exampleApi } from "../../../test/ogcapi-service.ts";
import { extentOf, fakeMap, group, leaf, pixelsOf } from "../../../test/wms-service.ts";
import { RequestError, SourceError } from "../../core/errors.ts";

const EDGE = 20037508.342789244;

/** Size of the picture and the ground it covers. */
async function areaOf(api: ApiTest, target: string) {
  const response = await api.get(target);
  const { size } = await pixelsOf(response);
  const bbox = response.headers.get("content-bbox")?.split(",").map(Number);
  return { size, bbox, crs: response.headers.get("content-crs") };
}

const near = (actual: readonly number[] | undefined, expected: readonly number[], slack = 1e-6) => {
  assert.equal(actual?.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(actual![i]! - value) <= slack, `${actual} is not ${expected}`);
  }
};

describe("OGC API map: size and area", () => {
  // Layer c is made for 14 km a pixel, which are 0.1257648 degrees.
  const NOMINAL = 14_000 / 111319.49079327358;
  const around = (x: number, y: number, w: number, h: number) => [
    x - (w * NOMINAL) / 2,
    y - (h * NOMINAL) / 2,
    x + (w * NOMINAL) / 2,
    y + (h * NOMINAL) / 2,
  ];
  const cases: [query: string, size: [number, number], bbox: number[]][] = [
    ["", [1024, 512], [-180, -90, 180, 90]],
    ["width=400", [400, 200], around(0, 0, 400, 200)],
    ["height=400", [800, 400], around(0, 0, 800, 400)],
    ["width=400&height=300", [400, 300], around(0, 0, 400, 300)],
    ["bbox=0,0,30,60", [512, 1024], [0, 0, 30, 60]],
    ["bbox=0,0,60,30", [1024, 512], [0, 0, 60, 30]],
    ["bbox=0,0,5,60,30,9", [1024, 512], [0, 0, 60, 30]],
    ["bbox=0,0,60,30&width=100", [100, 50], [0, 0, 60, 30]],
    ["bbox=0,0,60,30&height=100", [200, 100], [0, 0, 60, 30]],
    ["bbox=0,0,60,30&width=100&height=100", [100, 100], [0, 0, 60, 30]],
    ["bbox=0,0,60,30&bbox-crs=[EPSG:4326]", [512, 1024], [0, 0, 30, 60]],
    ["subset=Lat(0:30),Lon(0:60)", [1024, 512], [0, 0, 60, 30]],
    ["subset=y(0:30)&subset=EASTING(0:60)&width=30", [30, 15], [0, 0, 60, 30]],
    ["center=10,20", [1024, 512], around(10, 20, 1024, 512)],
    ["center=20,10&center-crs=EPSG:4326", [1024, 512], around(10, 20, 1024, 512)],
    ["center=10,20&width=100", [100, 50], around(10, 20, 100, 50)],
    ["center=10,20&width=100&height=100", [100, 100], around(10, 20, 100, 100)],
    ["scale-denominator=50000000&width=100", [100, 50], around(0, 0, 100, 50)],
    ["scale-denominator=50000000", [1024, 512], around(0, 0, 1024, 512)],
    ["scale-denominator=50000000&center=1,2&height=10", [20, 10], around(1, 2, 20, 10)],
    ["scale-denominator=50000000&bbox=-180,-90,180,90", [2863, 1431], [-180, -90, 180, 90]],
    [
      "scale-denominator=50000000&mm-per-pixel=0.56&bbox=-180,-90,180,90",
      [1431, 716],
      [-180, -90, 180, 90],
    ],
    ["scale-denominator=5e12&bbox=-180,-90,180,90", [1, 1], [-180, -90, 180, 90]],
    ["width=400&mm-per-pixel=0.14", [400, 200], around(0, 0, 200, 100)],
  ];
  for (const [query, size, bbox] of cases) {
    it(`services-tiles 32: ${query || "nothing said"}`, async () => {
      const area = await areaOf(await exampleApi(), `/collections/c/map?${query}`);
      assert.deepEqual(area.size, size);
      near(area.bbox, bbox, 1e-9);
      assert.equal(area.crs, null);
    });
  }

  it("services-tiles 32: takes the coarsest scale of a group, and misses one where there is none", async () => {
    const api = await exampleApi();
    const { bbox } = await areaOf(api, "/collections/g/map?width=10&height=10");
    near(bbox, around(0, 0, 10, 10), 1e-9);
    assert.deepEqual(await api.problem("/collections/a/map?width=10"), [
      500,
      "InternalError",
      "Layer a lacks a mominal_res/nominal_scale setting",
    ]);
  });

  it("services-tiles 33: says where a map is in the axes of its system", async () => {
    const api = await exampleApi({ map_srs: ["EPSG:4326", "EPSG:3857", "EPSG:31467"] });
    const mercator = await areaOf(api, "/collections/a/map?crs=[EPSG:3857]&bbox=0,0,90,45&width=8");
    near(mercator.bbox, [0, 0, EDGE / 2, 5621521.486192066], 1e-6);
    assert.equal(mercator.crs, "<http://www.opengis.net/def/crs/EPSG/0/3857>");
    const gk = await areaOf(
      api,
      "/collections/a/map?crs=EPSG:31467&bbox=5500000,3400000,5600000,3500000&bbox-crs=EPSG:31467",
    );
    near(gk.bbox, [5500000, 3400000, 5600000, 3500000]);
    assert.equal(gk.crs, "<http://www.opengis.net/def/crs/EPSG/0/31467>");
    const degrees = await areaOf(api, "/collections/a/map?crs=EPSG:4326&bbox=1,2,3,4");
    assert.deepEqual([degrees.bbox, degrees.crs], [[1, 2, 3, 4], null]);
    const uri = encodeURIComponent("http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    assert.equal(
      (await areaOf(api, `/collections/a/map?crs=${uri}&width=9&bbox=1,2,3,4`)).crs,
      null,
    );
  });

  it("services-tiles 33: writes 17 digits", async () => {
    const response = await (await exampleApi()).get(
      "/collections/a/map?bbox=0.1,-0.1,1e-7,7&width=5",
    );
    assert.equal(response.status, 400); // east of west
    const good = await (await exampleApi()).get("/collections/a/map?bbox=1e-7,-0.1,0.1,7&width=5");
    assert.equal(
      good.headers.get("content-bbox"),
      "9.9999999999999995e-8,-0.10000000000000001,0.10000000000000001,7",
    );
  });
});

describe("OGC API map: what cannot be asked for", () => {
  const INVALID = "Invalid Parameter";
  const cases: [query: string, type: string, detail: string][] = [
    ["F=png", "Bad Request", "Unknown query parameter F"],
    ["zz=1&yy=2", "Bad Request", "Unknown query parameter zz"],
    ["collections=a", "Bad Request", "Unknown query parameter collections"],
    ["f=gif", INVALID, "Invalid value for f query parameter"],
    ["crs=EPSG:25832", INVALID, "crs is incompatible with this layer"],
    ["crs=zz", INVALID, "crs is not a valid CRS"],
    ["crs=EPSG:0", INVALID, "crs is not a valid CRS"],
    ["bbox-crs=zz", INVALID, "bbox-crs is not a valid CRS"],
    ["center-crs=zz", INVALID, "center-crs is not a valid CRS"],
    ["subset-crs=zz", INVALID, "subset-crs is not a valid CRS"],
    ["bbox=1,2,3,4&bbox-crs=[zz]", INVALID, "bbox-crs is not a valid CRS"],
    ["bbox=1,2,3", INVALID, "bbox must be a list of 4 or 6 numeric values"],
    ["bbox=1,2,3,4,5", INVALID, "bbox must be a list of 4 or 6 numeric values"],
    ["bbox=1,2,3,x", INVALID, "bbox must be a list of 4 or 6 numeric values"],
    ["bbox=1,2,3,NaN", INVALID, "bbox must be a list of 4 or 6 numeric values"],
    ["bbox=1,2,3,Infinity", INVALID, "bbox must be a list of 4 or 6 numeric values"],
    ["bbox=", INVALID, "bbox must be a list of 4 or 6 numeric values"],
    [
      "bbox=3,2,1,4",
      INVALID,
      "bbox[2] must be greater than bbox[0] and bbox[3] must be greater than bbox[1]",
    ],
    [
      "bbox=1,4,3,2",
      INVALID,
      "bbox[2] must be greater than bbox[0] and bbox[3] must be greater than bbox[1]",
    ],
    ["center=1", INVALID, "center must be a list of 2 numeric values"],
    ["center=1,x", INVALID, "center must be a list of 2 numeric values"],
    ["subset=Lat(1:2)", INVALID, "subset must include 2 axis"],
    ["subset=Lat(1:2),Lon(1:2),h(1:2)", INVALID, "subset must include 2 axis"],
    ["subset=Lat,Lon(1:2)", INVALID, "Invalid subset part Lat"],
    ["subset=Lat(1),Lon(1:2)", INVALID, "Only intervals are supported in subset part Lat(1)"],
    ["subset=up(1:2),Lon(1:2)", INVALID, "Unsupported axis name up in subset part up(1:2)"],
    [
      "subset=Lat(1:2),Lat(1:2)",
      INVALID,
      "Axis name Lat has been specified in multiple subset parts",
    ],
    [
      "subset=Lat(1:x),Lon(1:2)",
      INVALID,
      "Non numeric value found in range of subset part Lat(1:x)",
    ],
    [
      "subset=Lat(2:1),Lon(1:2)",
      INVALID,
      "Invalid range in subset: first value must be less than second one",
    ],
    [
      "subset=Lat(1:2),Lon(1:2)&bbox=1,2,3,4",
      INVALID,
      "(bbox or center) and subset are mutually exclusive",
    ],
    [
      "subset=Lat(1:2),Lon(1:2)&center=1,2",
      INVALID,
      "(bbox or center) and subset are mutually exclusive",
    ],
    ["bbox=1,2,3,4&center=1,2", INVALID, "bbox and center are mutually exclusive"],
    [
      "bbox=1,2,3,4&scale-denominator=1000&width=5",
      INVALID,
      "bbox and scale-denominator and (width/height) are mutually exclusive",
    ],
    ["width=x", INVALID, "width is not an integer"],
    ["width=1.5", INVALID, "width is not an integer"],
    ["width=", INVALID, "width is not an integer"],
    ["height=1e3", INVALID, "height is not an integer"],
    ["width=0", INVALID, "width must be strictly positive"],
    ["height=-1", INVALID, "height must be strictly positive"],
    ["scale-denominator=0", INVALID, "scale-denominator must be a strictly positive numeric value"],
    ["scale-denominator=x", INVALID, "scale-denominator must be a strictly positive numeric value"],
    ["mm-per-pixel=0", INVALID, "mm-per-pixel must be a strictly positive numeric value"],
    ["mm-per-pixel=x", INVALID, "mm-per-pixel must be a strictly positive numeric value"],
    ["bbox=1,2,3,4&width=40001&height=1", INVALID, "width=40001 exceeds max_width=40000"],
    ["bbox=1,2,3,4&width=1&height=40001", INVALID, "height=40001 exceeds max_height=40000"],
    [
      "bbox=1,2,3,4&width=4001&height=4000",
      INVALID,
      "number of pixels 16004000 exceed max_pixels=16000000",
    ],
    ["bgcolor=zz", INVALID, "invalid value for bgcolor"],
    ["bgcolor=0x12345", INVALID, "invalid value for bgcolor"],
    ["transparent=TRUE", INVALID, "invalid value for transparent"],
  ];
  for (const [query, type, detail] of cases) {
    it(`services-tiles 32: ${query}`, async () => {
      const api = await exampleApi();
      assert.deepEqual(await api.problem(`/collections/c/map?${query}`), [400, type, detail]);
    });
  }

  it("services-tiles 32: a place that the system does not have", async () => {
    const api = await exampleApi({ map_srs: ["EPSG:31467"] });
    const [status, , detail] = await api.problem(
      "/collections/a/map?center=90,1e9&width=9&scale-denominator=1e5",
    );
    assert.equal(status, 400);
    assert.match(detail, /^center cannot be reprojected from CRS:84 to EPSG:31467: /);
  });
});

describe("OGC API map: picture", () => {
  it("services-tiles 27: takes the format from the path, then f, then Accept", async () => {
    const api = await exampleApi();
    const type = async (target: string, accept?: string) => {
      const response = await api.get(`/collections/a/map${target}`, accept ? { accept } : {});
      return response.status === 200 ? response.headers.get("content-type") : response.status;
    };
    assert.equal(await type(""), "image/png");
    assert.equal(await type(".jpg?f=png", "image/png"), "image/jpeg");
    assert.equal(await type(".jpeg"), "image/jpeg");
    assert.equal(await type("?f=jpeg", "image/png"), "image/jpeg");
    assert.equal(await type("", "image/jpeg"), "image/jpeg");
    assert.equal(await type("", "text/html, image/jpeg, image/png"), "image/png");
    assert.equal(await type("", "text/html, */*"), "image/png");
    assert.equal(await type("", "text/html"), 406);
    assert.equal(await type(".gif"), 404);
    const refused = await api.get("/collections/a/map", { accept: "application/json" });
    assert.equal((await refused.json()).detail, "Unsupported image format application/json");
  });

  it("varies with Accept only where that decided", async () => {
    const api = await exampleApi();
    assert.equal((await api.get("/collections/a/map")).headers.get("vary"), "Accept");
    assert.equal((await api.get("/collections/a/map.png")).headers.get("vary"), null);
  });

  it("draws the map of the whole, and of the collections that are named", async () => {
    const api = await exampleApi({ default_dataset_layers: ["a", "b"] });
    const at = async (query: string) => {
      const picture = await pixelsOf(await api.get(`/map?bbox=-40,-20,40,20&width=8&${query}`));
      return [picture.at(0, 3), picture.at(7, 0)];
    };
    const RED = [255, 0, 0, 255];
    const GREEN = [0, 255, 0, 255];
    assert.deepEqual(await at(""), [GREEN, GREEN]);
    assert.deepEqual(await at("collections=b,a"), [RED, RED]);
    assert.deepEqual(await at("collections=a"), [RED, RED]);
    const url = encodeURIComponent("http://localhost/ogcapi/collections/a");
    assert.deepEqual(await at(`collections=${url}`), [RED, RED]);
    assert.deepEqual(await api.problem("/map?collections=a,zz"), [
      400,
      "Bad Request",
      "unknown collection zz",
    ]);
    assert.equal((await (await exampleApi()).get("/map?collections=a")).status, 200);
  });

  it("leaves what lies beyond the layer empty, in the colour of the ground", async () => {
    const api = await exampleApi();
    const at = async (query: string) => {
      const answer = await api.get(`/collections/b/map?bbox=-40,-20,40,20&width=8&${query}`);
      const picture = await pixelsOf(answer);
      return [picture.at(0, 0), picture.at(7, 0)];
    };
    const GREEN = [0, 255, 0, 255];
    assert.deepEqual(await at(""), [[255, 255, 255, 0], GREEN]);
    assert.deepEqual(await at("bgcolor=0x0000ff"), [[0, 0, 255, 0], GREEN]);
    assert.deepEqual(await at("bgcolor=BLUE&transparent=true"), [[0, 0, 255, 0], GREEN]);
    const jpeg = await pixelsOf(
      await api.get("/collections/b/map.jpg?bbox=-40,-20,-30,-10&width=8"),
    );
    assert.deepEqual(jpeg.at(0, 0), [255, 255, 255, 255]);
  });

  it("is transparent by itself, opaque with a colour, and as `transparent` says (20-058, 11)", async () => {
    const half = leaf("h", { maps: [fakeMap("h", [0, 0, 0, 0])] });
    const api = await apiOf(group(undefined, [half]));
    const at = async (query: string) =>
      (await pixelsOf(await api.get(`/collections/h/map?bbox=0,0,2,2&width=2&${query}`))).at(1, 1);
    assert.equal((await at(""))[3], 0);
    assert.deepEqual(await at("bgcolor=red"), [255, 0, 0, 255]);
    assert.equal((await at("bgcolor=red&transparent=true"))[3], 0);
    assert.deepEqual(await at("transparent=false"), [255, 255, 255, 255]);
    assert.deepEqual(await at("bgcolor=0x80102030"), [16, 32, 48, 255]);
  });

  it("answers map libraries that speak WMS 1.1.1", async () => {
    const api = await exampleApi();
    const response = await api.get(
      "/collections/a/map.png?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=&STYLES=&SRS=EPSG:3857&BBOX=0,0,1000,1000&WIDTH=16&HEIGHT=16&TRANSPARENT=true",
    );
    assert.equal(response.headers.get("content-bbox"), "0,0,1000,1000");
    assert.deepEqual((await pixelsOf(response)).size, [16, 16]);
    const degrees = await api.get(
      "/collections/a/map.png?SERVICE=WMS&VERSION=1.1.1&SRS=EPSG:4326&BBOX=100,0,110,10&WIDTH=16&HEIGHT=16",
    );
    assert.equal(degrees.headers.get("content-bbox"), "100,0,110,10");
  });

  it("tells of sources that fail, as JSON", async () => {
    const failing = (name: string) =>
      leaf(name, {
        maps: [
          fakeMap(name, [0, 0, 0], {
            getMap: () => Promise.reject(new SourceError(name, "no answer", { url: "http://up" })),
          }),
        ],
      });
    for (const on_source_errors of ["notify", "raise"]) {
      const api = await apiOf(group(undefined, [failing("x")]), { on_source_errors });
      const [status, type, detail] = await api.problem("/collections/x/map?bbox=0,0,1,1&width=9");
      assert.deepEqual([status, type], [500, "InternalError"]);
      assert.match(detail, /no answer/);
    }
  });

  it("tells of maps that take too much, as the client's mistake", async () => {
    const message = "Cannot draw a map this large: ask for fewer pixels";
    const large = fakeMap("x", [0, 0, 0], {
      getMap: () => Promise.reject(new RequestError(undefined, message)),
    });
    const api = await apiOf(group(undefined, [leaf("x", { maps: [large] })]));
    assert.deepEqual(await api.problem("/collections/x/map?bbox=0,0,1,1&width=9"), [
      400,
      "Bad Request",
      message,
    ]);
  });

  it("is served for a layer in its own place only", async () => {
    const api = await apiOf(
      group(undefined, [
        leaf("moon", { extent: extentOf([-180, -90, 180, 90], "IAU_2015:30100") }),
      ]),
      { map_srs: ["EPSG:4326", "IAU_2015:30100"] },
    );
    const moon = await areaOf(
      api,
      "/collections/moon/map?bbox=0,0,60,30&bbox-crs=[IAU_2015:30100]",
    );
    assert.equal(moon.crs, "<http://www.opengis.net/def/crs/IAU/2015/30100>");
    assert.deepEqual(await api.problem("/collections/moon/map?crs=EPSG:4326"), [
      400,
      "Invalid Parameter",
      "crs is incompatible with this layer",
    ]);
  });
});
