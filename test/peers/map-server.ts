import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { find, run } from "./programs.ts";

/** A real MapServer that draws the picture of the earth. */
export interface MapServer {
  /** URL of its WMS, ending in `?`. */
  readonly url: string;
  /** Query strings of the maps it was asked for. */
  readonly maps: string[];
  close(): Promise<void>;
}

/** Starts MapServer's CGI program behind a small HTTP server. */
export async function startMapServer(directory: string): Promise<MapServer> {
  const mapserv = (await find("mapserv")) ?? "mapserv";
  const world = fileURLToPath(new URL("../../etc/data/world.jpg", import.meta.url));
  const raster = join(directory, "world.tif");
  await run("gdal_translate", [
    ...["-q", "-a_srs", "EPSG:4326", "-a_ullr", "-180", "90", "180", "-90"],
    world,
    raster,
  ]);
  const map = join(directory, "world.map");
  await writeFile(map, mapFile(raster));
  const config = join(directory, "mapserver.conf");
  await writeFile(config, 'CONFIG\n  ENV\n    "MS_MAP_PATTERN" "."\n  END\nEND\n');

  const maps: string[] = [];
  const server = createServer((request, response) => {
    const query = request.url?.split("?")[1] ?? "";
    if (/request=getmap/i.test(query)) maps.push(query);
    const child = spawn(mapserv, [], {
      env: {
        ...process.env,
        REQUEST_METHOD: "GET",
        QUERY_STRING: query,
        MS_MAPFILE: map,
        MAPSERVER_CONFIG_FILE: config,
      },
    });
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.on("close", () => {
      const answer = Buffer.concat(parts);
      const end = answer.indexOf("\r\n\r\n");
      for (const line of answer.subarray(0, end).toString().split("\r\n")) {
        const [name = "", value = ""] = line.split(": ");
        if (name) response.setHeader(name, value);
      }
      response.end(answer.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/?`,
    maps,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function mapFile(raster: string): string {
  return `MAP
  NAME "world"
  EXTENT -180 -90 180 90
  SIZE 800 400
  MAXSIZE 4096
  IMAGECOLOR 255 255 255
  PROJECTION "init=epsg:4326" END
  OUTPUTFORMAT
    NAME "png24"
    DRIVER "AGG/PNG"
    MIMETYPE "image/png"
    IMAGEMODE RGB
  END
  WEB
    METADATA
      "wms_title" "World"
      "wms_srs" "EPSG:3857 EPSG:4326 EPSG:25832"
      "wms_enable_request" "*"
    END
  END
  LAYER
    NAME "world"
    TYPE RASTER
    STATUS ON
    DATA "${raster}"
    PROCESSING "RESAMPLE=BILINEAR"
    PROJECTION "init=epsg:4326" END
    METADATA "wms_title" "World" END
  END
END
`;
}
