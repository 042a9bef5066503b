import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decode } from "../../src/image/codec.ts";
import type { RasterView } from "../../src/image/picture.ts";
import { type Server, startServer } from "../e2e/server.ts";
import { meanDifference } from "./compare.ts";
import { needs, run, scratch } from "./programs.ts";

const gdal = await needs("gdal_translate", "gdalinfo");

/** Pixels of a PNG on disk. */
async function png(path: string): Promise<RasterView> {
  return decode(new Uint8Array(await readFile(path)));
}

/** See test/e2e: JPEG tiles of the nearest level stand between. */
const TOLERANCE = 4;

describe("GDAL as a client", gdal, () => {
  let server: Server;
  let folder: Awaited<ReturnType<typeof scratch>>;
  before(async () => {
    server = await startServer();
    folder = await scratch();
  });
  after(async () => {
    await server?.stop();
    await folder?.dispose();
  });

  it("reads the WMS at the right place", async () => {
    const url =
      `WMS:${server.url}/proxy/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=world` +
      "&SRS=EPSG:4326&BBOX=-180,-90,180,90&FORMAT=image/jpeg";
    const info = await run("gdalinfo", [url]);
    assert.match(info, /WGS 84/);
    const out = join(folder.path, "wms.png");
    await run("gdal_translate", [
      ...["-q", "-of", "PNG", "-projwin", "-20", "70", "60", "30", "-outsize", "320", "160"],
      ...["-r", "bilinear", url, out],
    ]);
    const expected = await png("test/fixtures/warp/geographic.png");
    const difference = meanDifference(await png(out), expected);
    assert.ok(difference < TOLERANCE, `mean difference ${difference.toFixed(2)}`);
  });

  it("reads the WMTS at the right place", async () => {
    const url = `WMTS:${server.url}/proxy/wmts/1.0.0/WMTSCapabilities.xml,layer=world`;
    const info = await run("gdalinfo", [url]);
    assert.match(info, /EPSG",3857/);
    const out = join(folder.path, "wmts.png");
    await run("gdal_translate", [
      ...["-q", "-of", "PNG", "-b", "1", "-b", "2", "-b", "3", "-r", "bilinear"],
      ...["-projwin", "-1500000", "8000000", "4500000", "3500000", "-outsize", "320", "240"],
      url,
      out,
    ]);
    const expected = await png("test/fixtures/warp/mercator.png");
    const difference = meanDifference(await png(out), expected);
    assert.ok(difference < TOLERANCE, `mean difference ${difference.toFixed(2)}`);
  });

  it("reads the tiles as TMS", async () => {
    const description = join(folder.path, "tms.xml");
    await writeFile(
      description,
      `<GDAL_WMS><Service name="TMS"><ServerUrl>${server.url}/tiles/world/GLOBAL_WEBMERCATOR/\${z}/\${x}/\${y}.jpeg</ServerUrl></Service>
<DataWindow><UpperLeftX>-20037508.34</UpperLeftX><UpperLeftY>20037508.34</UpperLeftY><LowerRightX>20037508.34</LowerRightX><LowerRightY>-20037508.34</LowerRightY><TileLevel>5</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin></DataWindow>
<Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY><BandsCount>3</BandsCount></GDAL_WMS>`,
    );
    const out = join(folder.path, "tms.png");
    await run("gdal_translate", [
      ...["-q", "-of", "PNG", "-r", "bilinear"],
      ...["-projwin", "-1500000", "8000000", "4500000", "3500000", "-outsize", "320", "240"],
      description,
      out,
    ]);
    const difference = meanDifference(await png(out), await png("test/fixtures/warp/mercator.png"));
    assert.ok(difference < TOLERANCE, `mean difference ${difference.toFixed(2)}`);
  });

  it("reads the TMS by the address of its tile map alone", async () => {
    const url = `${server.url}/proxy/tms/1.0.0/world/GLOBAL_WEBMERCATOR`;
    assert.match(await run("gdalinfo", [url]), /Pseudo-Mercator/);
    const out = join(folder.path, "tile-map.png");
    await run("gdal_translate", [
      ...["-q", "-of", "PNG", "-b", "1", "-b", "2", "-b", "3", "-r", "bilinear"],
      ...["-projwin", "-1500000", "8000000", "4500000", "3500000", "-outsize", "320", "240"],
      url,
      out,
    ]);
    const difference = meanDifference(await png(out), await png("test/fixtures/warp/mercator.png"));
    assert.ok(difference < TOLERANCE, `mean difference ${difference.toFixed(2)}`);
  });

  it("reads the OGC API's map at the right place", async () => {
    const url = `OGCAPI:${server.url}/proxy/ogcapi/collections/world`;
    assert.match(await run("gdalinfo", [url, "-oo", "API=MAP"]), /WGS 84/);
    const out = join(folder.path, "ogcapi-map.png");
    await run("gdal_translate", [
      ...["-q", "-of", "PNG", "-b", "1", "-b", "2", "-b", "3", "-r", "bilinear"],
      ...["-projwin", "-20", "70", "60", "30", "-outsize", "320", "160", "-oo", "API=MAP"],
      url,
      out,
    ]);
    const expected = await png("test/fixtures/warp/geographic.png");
    const difference = meanDifference(await png(out), expected);
    assert.ok(difference < TOLERANCE, `mean difference ${difference.toFixed(2)}`);
  });

  it("reads the OGC API's tiles at the right place", async () => {
    const edge = "20037508.342789244";
    const options = [
      ...["API=TILES", "TILEMATRIXSET=WebMercatorQuad", "TILEMATRIX=5"],
      // GDAL 3.6 takes the degrees of a collection for units of the tile matrix set.
      ...[`MINX=-${edge}`, `MINY=-${edge}`, `MAXX=${edge}`, `MAXY=${edge}`],
    ].flatMap((option) => ["-oo", option]);
    const url = `OGCAPI:${server.url}/proxy/ogcapi/collections/world`;
    const out = join(folder.path, "ogcapi-tiles.png");
    await run("gdal_translate", [
      ...["-q", "-of", "PNG", "-b", "1", "-b", "2", "-b", "3", "-r", "bilinear"],
      ...["-projwin", "-1500000", "8000000", "4500000", "3500000", "-outsize", "320", "240"],
      ...options,
      url,
      out,
    ]);
    const difference = meanDifference(await png(out), await png("test/fixtures/warp/mercator.png"));
    assert.ok(difference < TOLERANCE, `mean difference ${difference.toFixed(2)}`);
  });
});
