import { parseSrs, type Srs } from "../srs/srs.ts";
import { crsUri } from "../srs/uri.ts";
import type { Grid } from "./grid.ts";
import { resolutionToScale } from "./scales.ts";

/** A tile matrix set as a JSON document (OGC 17-083r4, table 9). */
export interface TileMatrixSetJson {
  readonly id: string;
  readonly title: string;
  readonly crs: string;
  readonly tileMatrices: readonly TileMatrixJson[];
}

export interface TileMatrixJson {
  /** Level as a decimal number. */
  readonly id: string;
  /** Size of a pixel in units of the system. */
  readonly cellSize: number;
  /** With degrees measured along the equator. */
  readonly scaleDenominator: number;
  readonly cornerOfOrigin: "topLeft" | "bottomLeft";
  /** In the axis order of `crs`. */
  readonly pointOfOrigin: readonly [number, number];
  readonly matrixWidth: number;
  readonly matrixHeight: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/**
 * The document of a grid. EPSG:4326 is published as OGC:CRS84, whose axes are those of web maps, and
 * EPSG:900913 under its official code.
 */
export function tileMatrixSetJson(grid: Grid): TileMatrixSetJson {
  const srs = publishedSrs(grid.srs);
  const [minx, miny, , maxy] = grid.bbox;
  const y = grid.origin === "nw" ? maxy : miny;
  return {
    id: grid.name,
    title: grid.name,
    crs: crsUri(srs),
    tileMatrices: grid.resolutions.map((cellSize, level) => {
      const [matrixWidth, matrixHeight] = grid.sizes[level]!; // one a level
      return {
        id: String(level),
        cellSize,
        scaleDenominator: resolutionToScale(cellSize * grid.srs.metresPerUnit),
        cornerOfOrigin: grid.origin === "nw" ? "topLeft" : "bottomLeft",
        pointOfOrigin: srs.northEast ? [y, minx] : [minx, y],
        matrixWidth,
        matrixHeight,
        tileWidth: grid.tileSize[0],
        tileHeight: grid.tileSize[1],
      };
    }),
  };
}

/** The system under which documents of the OGC API name this one. */
export function publishedSrs(srs: Srs): Srs {
  if (srs.code === "EPSG:4326") return parseSrs("OGC:CRS84");
  return srs.code === "EPSG:900913" ? parseSrs("EPSG:3857") : srs;
}
