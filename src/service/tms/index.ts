import { supportsOrigin } from "../../grid/tiles.ts";
import { defineService, type ServiceDeps } from "../../model/define.ts";
import type { ServiceMetadata } from "../../model/metadata.ts";
import type { Handler, Service } from "../../model/service.ts";
import { inheritedMetadata } from "../metadata.ts";
import { firstValue, parseQuery } from "../ows.ts";
import {
  askPermission,
  permits,
  refusalResponse,
  refused,
  requirePermission,
} from "../permission.ts";
import { findTiles, type TileCatalog, tileCatalog } from "../published.ts";
import { respond } from "../responses.ts";
import { tileRenderer } from "../tile.ts";
import { invalidRequest, plainProblem, problemOf } from "../tile-answers.ts";
import type { Addressing } from "../tile-grid.ts";
import { parseTilePath } from "../tile-path.ts";
import { errorDocument, rootDocument, serviceDocument, tileMapDocument } from "./documents.ts";
import { type TmsOptions, tmsOptions } from "./options.ts";
import { tileJson } from "./tile-json.ts";

const XML = "text/xml; charset=utf-8";

/** TMS counts rows from the south, and its profiles begin at a level of their own. */
const TMS: Addressing = { origin: "sw", profiles: true };

/** Tile Map Service 1.0.0 of OSGeo at `/tms`, and the same tiles without its profiles at `/tiles`. */
export const tmsService = defineService({
  type: "tms",
  options: tmsOptions,
  create(options, deps): Service {
    const catalog = tileCatalog(deps.tiles, {
      useGridNames: options.use_grid_names ?? false,
      fallback: ["EPSG900913", "EPSG4326"],
    });
    const metadata = inheritedMetadata(options.md, deps.services);
    const tile = tileHandler(catalog, options, deps);
    const documents = documentHandler(catalog, metadata, deps);
    const description = descriptionHandler(catalog, deps);
    const tms: Handler = async (request) => {
      try {
        return (await tile(request)) ?? (await documents(request));
      } catch (error) {
        return xmlProblem(error);
      }
    };
    const tiles: Handler = async (request) => {
      try {
        const answer = (await tile(request)) ?? (await description(request));
        return answer ?? plainProblem(invalidRequest(request.path));
      } catch (error) {
        return plainProblem(error);
      }
    };
    return { routes: { tms, tiles } };
  },
});

/** Answers the paths of tiles, in both forms; `undefined` for other paths. */
function tileHandler(catalog: TileCatalog, options: TmsOptions, deps: ServiceDeps): Handler {
  const render = tileRenderer("tms", deps);
  return async (request) => {
    const path = parseTilePath(request.path);
    if (!path) return undefined;
    const isTms = request.path.startsWith("/tms");
    const how = isTms ? TMS : { origin: askedOrigin(request.query) ?? options.origin ?? undefined };
    const tiles = findTiles(catalog, path.layer, path.spec);
    return await render(
      { tiles, coord: path, how, format: path.extension, factor: path.factor },
      request,
    );
  };
}

/** `/tiles/LAYER[/SPEC]/tile.json`. */
const TILE_JSON = /^\/tiles(?:\/1\.0\.0)?\/([^/]+)(?:\/([^/]+))?\/tile\.json$/;

/** Answers with the TileJSON of a layer; `undefined` for other paths. */
function descriptionHandler(catalog: TileCatalog, { authorizer }: ServiceDeps): Handler {
  return async ({ path, scriptUrl, ctx }) => {
    const asked = TILE_JSON.exec(path);
    if (!asked) return undefined;
    const tiles = findTiles(catalog, asked[1]!, asked[2]);
    const { name, grid } = tiles.layer;
    const grant = await askPermission(authorizer, { service: "tms", layers: [name] }, ctx);
    requirePermission(grant, name, "tile");
    const hasNorthRows = supportsOrigin(grid, "nw");
    return respond(
      JSON.stringify(tileJson(tiles, { scriptUrl, hasNorthRows })),
      "application/json",
      {
        headers: grant.isPublic ? {} : { "cache-control": "private" },
      },
    );
  };
}

/** `?origin=nw`; anything else is not looked at. */
function askedOrigin(query: string): Addressing["origin"] {
  if (query === "") return undefined;
  const origin = firstValue(parseQuery(query), "origin");
  return origin === "nw" || origin === "sw" ? origin : undefined;
}

/** `/tms/1.0.0/LAYER[/SPEC]`. */
const TILE_MAP = /^\/tms\/1\.0\.0\/([^/]+)(?:\/([^/]+))?$/;

/** Answers the paths of documents, and all that are none. */
function documentHandler(
  catalog: TileCatalog,
  metadata: ServiceMetadata,
  { authorizer }: ServiceDeps,
): Handler {
  return async ({ path, baseUrl, ctx }) => {
    if (path === "/tms" || path === "/tms/") return respond(rootDocument(metadata, baseUrl), XML);
    if (path === "/tms/1.0.0" || path === "/tms/1.0.0/") {
      const layers = catalog.all.map(({ id }) => id);
      const grant = await askPermission(authorizer, { service: "tms", layers }, ctx);
      if (grant.kind === "none") throw refused(403);
      const shown = catalog.all.filter(({ layer }) => permits(grant, layer.name, "tile"));
      return respond(serviceDocument(metadata, shown, baseUrl), XML);
    }
    const map = TILE_MAP.exec(path);
    if (!map) throw invalidRequest(path);
    const tiles = findTiles(catalog, map[1]!, map[2]);
    const { name } = tiles.layer;
    const grant = await askPermission(authorizer, { service: "tms", layers: [name] }, ctx);
    requirePermission(grant, name, "tile");
    return respond(tileMapDocument(tiles, baseUrl), XML);
  };
}

function xmlProblem(error: unknown): Response {
  const refusal = refusalResponse(error);
  if (refusal) return refusal;
  const { status, message } = problemOf(error);
  return respond(errorDocument(message), XML, { status, noCache: true });
}
