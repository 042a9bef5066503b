import { type Markup, xml } from "../../core/xml.ts";
import type { BBox } from "../../geo/bbox.ts";
import type { Grid, TileCoord } from "../../grid/grid.ts";
import { limitedTileBBox, tileBBox, tilesIn } from "../../grid/tiles.ts";
import { parseSrs } from "../../srs/srs.ts";
import { transformPoints } from "../../srs/transform.ts";
import type { PublishedTiles } from "../published.ts";
import { toPublicTile } from "../tile-grid.ts";
import { FROM_THE_SOUTH } from "./addressing.ts";

/** Share of a unit by which the corner of a tile may lie outside and still count as inside. */
const CORNER_TOLERANCE = 1e-7;

/** Half the equator in EPSG:3857, metres, and how near to it an edge is the edge of the world. */
const WORLD_EDGE = 20037508.34;
const WORLD_TOLERANCE = 0.1;

/** A tile below the one of the document. */
interface SubTile {
  readonly coord: TileCoord;
  readonly bbox: BBox;
}

/**
 * The KML document of one tile (OGC 07-147r2): what it covers, and for each tile of the next level a
 * link to its document and its picture. A tile of the deepest level has none.
 *
 * @param tile in the grid's own rows
 * @param about the layer as the request calls it, and the URL of the mount
 */
export function kmlDocument(
  tiles: PublishedTiles,
  tile: TileCoord,
  about: { readonly name: string; readonly scriptUrl: string },
): string {
  const { grid } = tiles.view;
  const below = subTiles(tiles, tile);
  const base = `${about.scriptUrl}/kml/${encodeURIComponent(tiles.layer.name)}/${encodeURIComponent(tiles.spec)}`;
  const link = ({ coord }: SubTile) => `${base}/${coord.level}/${coord.x}/${coord.y}`;
  const document = xml`<?xml version="1.0"?>
<kml xmlns="http://www.opengis.net/kml/2.2">
  <Document>
    <name>${about.name}</name>
    <Region>
      ${box("LatLonAltBox", toDegrees(grid, limitedTileBBox(grid, tile)))}
    </Region>
${below.map((sub) => networkLink(sub, { name: about.name, href: `${link(sub)}.kml`, grid }))}${below.map(
  (sub) => groundOverlay(sub, { href: `${link(sub)}.${tiles.extension}`, grid }),
)}  </Document>
</kml>`;
  return document.text;
}

/**
 * Tiles of the next public level whose lower-left corner lies in `tile`: row by row from the top.
 * Each tile of that level so has exactly one document above it, even where levels do not nest.
 */
function subTiles({ view }: PublishedTiles, tile: TileCoord): SubTile[] {
  const { grid, step } = view;
  const level = tile.level + step;
  if (level >= grid.resolutions.length) return [];
  const bbox = limitedTileBBox(grid, tile);
  const found: SubTile[] = [];
  for (const coord of tilesIn(grid, bbox, level).tiles) {
    if (!coord) continue;
    const sub = tileBBox(grid, coord);
    if (!holdsCorner(bbox, sub)) continue;
    found.push({ coord: toPublicTile(view, coord, FROM_THE_SOUTH), bbox: toDegrees(grid, sub) });
  }
  return found;
}

function holdsCorner(outer: BBox, [x, y]: BBox): boolean {
  return (
    outer[0] <= x + CORNER_TOLERANCE &&
    x - CORNER_TOLERANCE <= outer[2] &&
    outer[1] <= y + CORNER_TOLERANCE &&
    y - CORNER_TOLERANCE <= outer[3]
  );
}

function networkLink(
  { coord, bbox }: SubTile,
  about: { name: string; href: string; grid: Grid },
): Markup {
  return xml`    <NetworkLink>
      <name>${about.name} - (${coord.x}, ${coord.y}, ${coord.level})</name>
      <Region>
        ${box("LatLonAltBox", bbox)}
        <Lod>
          <minLodPixels>${about.grid.tileSize[0] / 2}</minLodPixels>
          <maxLodPixels>-1</maxLodPixels>
        </Lod>
      </Region>
      <Link>
        <href>${about.href}</href>
        <viewRefreshMode>onRegion</viewRefreshMode>
        <viewFormat/>
      </Link>
    </NetworkLink>
`;
}

function groundOverlay({ coord, bbox }: SubTile, about: { href: string; grid: Grid }): Markup {
  const [width] = about.grid.tileSize;
  return xml`    <GroundOverlay>
      <name>(${coord.x}, ${coord.y}, ${coord.level})</name>
      <Region>
        ${box("LatLonAltBox", bbox)}
        <Lod>
          <minLodPixels>${width / 2}</minLodPixels>
          <maxLodPixels>${width * 3}</maxLodPixels>
          <minFadeExtent>8</minFadeExtent>
          <maxFadeExtent>8</maxFadeExtent>
        </Lod>
      </Region>
      <drawOrder>${coord.level}</drawOrder>
      <Icon>
        <href>${about.href}</href>
      </Icon>
      ${box("LatLonBox", bbox)}
    </GroundOverlay>
`;
}

function box(kind: "LatLonAltBox" | "LatLonBox", [west, south, east, north]: BBox): Markup {
  const sides = xml`<north>${degrees(north)}</north><south>${degrees(south)}</south><east>${degrees(east)}</east><west>${degrees(west)}</west>`;
  return kind === "LatLonBox"
    ? xml`<LatLonBox>${sides}</LatLonBox>`
    : xml`<LatLonAltBox>${sides}</LatLonAltBox>`;
}

function degrees(value: number): string {
  return value.toFixed(6);
}

/**
 * A tile's box in degrees, from its four corners. Where web mercator ends the poles are drawn too:
 * a globe would have holes there.
 */
function toDegrees(grid: Grid, bbox: BBox): BBox {
  const [minx, miny, maxx, maxy] = bbox;
  const wgs84 = parseSrs("EPSG:4326");
  const corners = Float64Array.of(minx, miny, maxx, miny, maxx, maxy, minx, maxy);
  const xy = transformPoints(corners, grid.srs, wgs84);
  const [west, east] = [Math.min(xy[0]!, xy[6]!), Math.max(xy[2]!, xy[4]!)];
  const [south, north] = [Math.min(xy[1]!, xy[3]!), Math.max(xy[5]!, xy[7]!)];
  if (grid.srs.definition !== parseSrs("EPSG:3857").definition) return [west, south, east, north];
  const isSouthEdge = Math.abs(miny + WORLD_EDGE) < WORLD_TOLERANCE;
  const isNorthEdge = Math.abs(maxy - WORLD_EDGE) < WORLD_TOLERANCE;
  return [west, isSouthEdge ? -90 : south, east, isNorthEdge ? 90 : north];
}
