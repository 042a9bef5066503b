import { xml } from "../../core/xml.ts";
import type { Grid } from "../../grid/grid.ts";
import { type TileMatrixJson, tileMatrixSetJson } from "../../grid/tms-json.ts";
import { countCell, scaleCell, sizeCell } from "../demo/figures.ts";
import { href } from "../demo/page.ts";
import type { Document } from "./document.ts";
import { facts } from "./html.ts";
import { segment, selfLinks } from "./links.ts";
import { apiError } from "./params.ts";
import { WEB_MERCATOR_QUAD } from "./settings.ts";
import type { DocumentContext } from "./state.ts";

/** What the OGC registered of a set (OGC 17-083r4, annex D). */
const REGISTERED = {
  uri: `http://www.opengis.net/def/tilematrixset/OGC/1.0/${WEB_MERCATOR_QUAD}`,
  wellKnownScaleSet: "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
};

/** URI of a tile matrix set; `undefined` for those that are not registered. */
export function matrixSetUri(id: string): string | undefined {
  return id === WEB_MERCATOR_QUAD ? REGISTERED.uri : undefined;
}

/** `/tileMatrixSets` (OGC 17-083r4, 7.2). */
export function matrixSetsDocument({ settings, root, format }: DocumentContext): Document {
  const url = `${root}/tileMatrixSets`;
  const ids = [...settings.matrixSets.keys()];
  return {
    title: "Tile matrix sets",
    crumbs: [
      { title: "Home", url: root },
      { title: "Tile matrix sets", url },
    ],
    json: {
      tileMatrixSets: ids.map((id) => ({
        id,
        title: id,
        links: selfLinks(`${url}/${segment(id)}`, format),
        uri: matrixSetUri(id),
      })),
    },
    links: selfLinks(url, format),
    body: xml`<ul>
${ids.map((id) => xml`<li><a href="${href(`${url}/${segment(id)}?f=html`)}">${id}</a></li>\n`)}</ul>
`,
  };
}

/**
 * `/tileMatrixSets/{id}` (OGC 17-083r4, 6).
 *
 * @throws RequestError `Not Found` for another name
 */
export function matrixSetDocument(id: string, context: DocumentContext): Document {
  const { root, format } = context;
  const grid = findMatrixSet(id, context);
  const url = `${root}/tileMatrixSets/${segment(id)}`;
  const { crs, tileMatrices } = tileMatrixSetJson(grid);
  const registered = id === WEB_MERCATOR_QUAD ? REGISTERED : undefined;
  return {
    title: id,
    crumbs: [
      { title: "Home", url: root },
      { title: "Tile matrix sets", url: `${root}/tileMatrixSets` },
      { title: id, url },
    ],
    json: {
      ...{ id, title: id, crs, ...registered },
      ...(grid.origin === "nw" && { type: "TileMatrixSetType", identifier: id, supportedCRS: crs }),
      tileMatrices: tileMatrices.map((matrix) => ({ ...matrix, ...firstEdition(matrix) })),
    },
    links: selfLinks(url, format),
    body: xml`${facts([
      ["CRS", crs],
      ["Uri", registered?.uri],
      ["Well Known Scale Set", registered?.wellKnownScaleSet],
    ])}<div class="wide"><table>
<thead><tr><th scope="col">Level</th><th scope="col" class="number">Cell size</th><th scope="col" class="number">Scale denominator</th><th scope="col" class="number extra">Matrix</th><th scope="col" class="number extra">Tile</th></tr></thead>
<tbody>
${tileMatrices.map(
  (matrix) =>
    xml`<tr><th scope="row">${matrix.id}</th>${sizeCell(matrix.cellSize)}${scaleCell(matrix.scaleDenominator)}${countCell([matrix.matrixWidth, matrix.matrixHeight])}${countCell([matrix.tileWidth, matrix.tileHeight])}</tr>\n`,
)}</tbody></table></div>
`,
  };
}

/**
 * What the first edition of the standard (OGC 17-083r2) calls the same things: GDAL up to 3.6 and what is
 * built on it read nothing else. It knows no sets that begin at the bottom.
 */
function firstEdition({ id, cornerOfOrigin, pointOfOrigin }: TileMatrixJson): object {
  if (cornerOfOrigin !== "topLeft") return {};
  return { identifier: id, topLeftCorner: pointOfOrigin };
}

/** @throws RequestError `Not Found` if there is no such tile matrix set */
export function findMatrixSet(id: string, { settings }: Pick<DocumentContext, "settings">): Grid {
  const grid = settings.matrixSets.get(id);
  if (!grid) throw apiError("Not Found", "TileMatrixSet not found");
  return grid;
}
