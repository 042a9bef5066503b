import { emptyMap, type PlainMap } from "../config/plain.ts";
import { writeYaml } from "../config/write-yaml.ts";
import { createHttpClient } from "../http/create.ts";
import type { Platform } from "../platform/platform.ts";
import {
  codeOfCrs,
  findLink,
  getJson,
  linksOf,
  type OgcApi,
  ogcApi,
  resolveLink,
} from "../source/ogcapi-links.ts";
import { parseTileMatrixSet } from "../source/tile-matrix-set.ts";
import { knownSrs } from "./capabilities.ts";
import { downloadReason, silentContext } from "./download.ts";
import { defineTool, ToolFailure } from "./tool.ts";

type Json = Readonly<Record<string, unknown>>;

/** `rhumb util gridconf-from-ogcapitilematrixset`: grids for the tile matrix sets of a server. */
export const gridconf = defineTool({
  name: "gridconf-from-ogcapitilematrixset",
  usage: "[options] URL",
  options: { url: { value: "URL", about: "landing page of the OGC API" } },
  async run({ options, words, help }, { platform, terminal }) {
    const landingPage = options.url ?? words[0];
    if (landingPage === undefined) {
      terminal.out(help);
      return 1;
    }
    const api = openApi(landingPage, platform);
    try {
      const sets = await listSets(api);
      if (!sets) {
        terminal.out("Cannot find a link to tile matrix set definitions");
        return 0;
      }
      const grids = emptyMap();
      for (const set of sets) {
        const url = documentUrl(api, set);
        try {
          grids[String(set.id)] = gridOf(url === undefined ? set : await read(api, url));
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          terminal.err(`Cannot handle ${url ?? set.id}: ${error.message}`);
        }
      }
      terminal.out(`Configuration to add to mapproxy.yml:\n\n${writeYaml({ grids }).trimEnd()}`);
      return 0;
    } catch (error) {
      const reason = downloadReason(error);
      if (reason === undefined) throw error;
      throw new ToolFailure(1, `ERROR: ${reason}`);
    }
  },
});

function openApi(landingPage: string, platform: Platform): OgcApi {
  const http = createHttpClient({ hide_error_details: false }, platform, "landing page");
  return ogcApi("landing page", { landingpage_url: landingPage }, http);
}

function read(api: OgcApi, url: string): Promise<Record<string, unknown>> {
  return getJson(api, url, silentContext());
}

/** Short descriptions of the sets; `undefined` if the server has no list of them. */
async function listSets(api: OgcApi): Promise<Json[] | undefined> {
  const landing = await read(api, api.landingPage);
  const link = findLink(linksOf(landing) ?? [], "tiling-schemes", "application/json");
  if (!link) return undefined;
  const { tileMatrixSets } = await read(api, resolveLink(api, link.href));
  return Array.isArray(tileMatrixSets)
    ? tileMatrixSets.filter((set): set is Json => typeof set === "object" && set !== null)
    : [];
}

function documentUrl(api: OgcApi, set: Json): string | undefined {
  const links = linksOf(set) ?? [];
  const link = findLink(links, "self", "application/json");
  return link && resolveLink(api, link.href);
}

/** @throws RangeError with the reason if no grid can be like this set */
function gridOf(document: Json): PlainMap {
  const crs = crsOf(document.crs);
  const code = codeOfCrs(crs);
  const srs = code === undefined ? undefined : knownSrs(code);
  if (!srs) throw new RangeError(`CRS ${crs} is not supported`);
  checkMatrices(document.tileMatrices);
  const grid = parseTileMatrixSet(document, srs);
  return {
    bbox: [...grid.bbox],
    origin: grid.origin === "nw" ? "ul" : "ll",
    res: [...grid.resolutions],
    srs: srs.code === "EPSG:900913" ? "EPSG:3857" : srs.code,
    tile_size: [...grid.tileSize],
  };
}

/** A URI, or an object with one (OGC 17-083r4, 7.1). */
function crsOf(crs: unknown): unknown {
  return typeof crs === "object" && crs !== null && "uri" in crs ? crs.uri : crs;
}

/** Properties that must be the same in all matrices. */
const SHARED = ["tileWidth", "tileHeight", "pointOfOrigin", "cornerOfOrigin"] as const;

/** What is rarely seen and cannot be a grid, in the words of the reference. */
function checkMatrices(matrices: unknown): void {
  if (!Array.isArray(matrices)) return; // the reader of the set has words for it
  const list = matrices as Json[];
  for (const matrix of list) {
    if (Array.isArray(matrix?.variableMatrixWidths) && matrix.variableMatrixWidths.length > 0) {
      throw new RangeError("Tile matrix with variableMatrixWidths are not supported");
    }
    for (const key of SHARED) {
      if (JSON.stringify(matrix?.[key]) === JSON.stringify(list[0]?.[key])) continue;
      throw new RangeError(`Tile matrix set with varying ${key} depending on tile matrix`);
    }
  }
  const corner = list[0]?.cornerOfOrigin ?? "topLeft";
  if (corner !== "topLeft" && corner !== "bottomLeft") {
    throw new RangeError(`Invalid cornerOfOrigin=${corner}`);
  }
}
