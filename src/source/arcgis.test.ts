import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as v from "valibot";
import { testContext } from "../../test/platform.ts";
import { mapQuery, plainPng, sourceDeps } from "../../test/source-deps.ts";
import { type Expected, upstream } from "../../test/upstream.ts";
import { SourceError } from "../core/errors.ts";
import type { Source } from "../model/source.ts";
import { parseSrs } from "../srs/srs.ts";
import { arcgisSource, arcgisUrl } from "./arcgis.ts";

const BASE = "http://x/arcgis/rest/services/L/MapServer";
const MAP = `${BASE}/export?layers=show%3A1,2&dpi=96&transparent=True&format=png&bbox=5.0,50.0,10.0,55.0&size=256,256&bboxSR=4326&imageSR=4326&f=image`;
const IDENTIFY = `${BASE}/identify?layers=show%3A1,2&dpi=96&transparent=True&mapExtent=5.0,50.0,10.0,55.0&imageDisplay=200,200,96&geometry=5.250000,54.500000&sr=4326&f=json&tolerance=5&returnGeometry=false&geometryType=esriGeometryPoint`;

function create(options: Record<string, unknown>, ...expected: Expected[]) {
  const server = upstream(...expected);
  const parsed = v.parse(arcgisSource.options, {
    type: "arcgis",
    req: { url: BASE, layers: "show:1,2", dpi: 96, transparent: true },
    ...options,
  });
  return {
    source: arcgisSource.create(parsed, sourceDeps(server.fetch)) as Source,
    done: server.done,
  };
}

describe("arcgisUrl()", () => {
  for (const [path, map, identify] of [
    ["x/MapServer", "x/MapServer/export", "x/MapServer/identify"],
    ["x/MapServer/", "x/MapServer/export", "x/MapServer/identify"],
    ["x/ImageServer", "x/ImageServer/exportImage", "x/ImageServer/identify"],
    ["x/MapServer/export", "x/MapServer/export", "x/MapServer/identify"],
    ["x/MapServer/exportImage", "x/MapServer/export", "x/MapServer/identify"],
    ["x/ImageServer/export", "x/ImageServer/exportImage", "x/ImageServer/identify"],
    ["x/ImageServer/exportImage/", "x/ImageServer/exportImage", "x/ImageServer/identify"],
    ["x/other", "x/other", "x/other"],
  ] as const) {
    it(`sources 56: ${path}`, () => {
      for (const query of ["", "?map=/MapServer"]) {
        assert.equal(arcgisUrl(`http://${path}${query}`, "export"), `http://${map}${query}`);
        assert.equal(arcgisUrl(`http://${path}${query}`, "identify"), `http://${identify}${query}`);
      }
    });
  }
});

describe("arcgis source", () => {
  it("asks for a map as the example says", async () => {
    const answer = { type: "image/png", body: plainPng() };
    const { source, done } = create({}, { url: MAP, answer });
    const result = await source.map?.get(mapQuery(), testContext());
    done();
    assert.equal(result?.picture.kind, "encoded");
    assert.equal(source.map?.combine, undefined);
  });

  it("never swaps axes, and sends the number of the code as it is", async () => {
    const url = MAP.replaceAll("4326", "900913");
    const answer = { type: "image/png", body: plainPng() };
    const { source, done } = create({}, { url, answer });
    await source.map?.get(mapQuery({ srs: parseSrs("EPSG:900913") }), testContext());
    done();
  });

  it("takes an error document with status 200, or nothing, for a failure", async () => {
    for (const body of ['{"error": {"code": 500}}', ""]) {
      const { source } = create({}, { url: MAP, answer: { type: "application/json", body } });
      await assert.rejects(source.map!.get(mapQuery(), testContext()), SourceError);
    }
  });

  it("sources 51: identifies as the example says, and answers in the client's type", async () => {
    const query = {
      ...mapQuery({ size: [200, 200] }),
      at: [10, 20],
      infoFormat: "application/json",
      featureCount: 3,
    } as const;
    const answer = { type: "text/plain", body: "{}" };
    const json = create({ opts: { featureinfo: true } }, { url: IDENTIFY, answer });
    assert.deepEqual(await json.source.info?.get(query, testContext()), {
      type: "json",
      text: "{}",
    });
    json.done();

    const opts = {
      featureinfo: true,
      featureinfo_tolerance: 8,
      featureinfo_return_geometries: true,
      map: false,
    };
    const url = IDENTIFY.replace("f=json", "f=html")
      .replace("tolerance=5", "tolerance=8")
      .replace("Geometry=false", "Geometry=true");
    const html = create({ opts }, { url, answer });
    const document = await html.source.info?.get(
      { ...query, infoFormat: "text/html" },
      testContext(),
    );
    html.done();
    assert.equal(document?.type, "html");
    assert.equal(html.source.map, undefined);
  });

  it("lets a client go that has left", async () => {
    const { source } = create({}, { url: MAP, answer: "hang" });
    const controller = new AbortController();
    const gone = new Error("gone");
    const work = source.map!.get(mapQuery(), { ...testContext(), signal: controller.signal });
    controller.abort(gone);
    await assert.rejects(work, gone);
  });
});
