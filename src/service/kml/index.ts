import { md5Hex } from "../../core/hash.ts";
import { defineService, type ServiceDeps } from "../../model/define.ts";
import type { Handler, Service, ServiceRequest } from "../../model/service.ts";
import { cachedResponse, policyOf } from "../caching.ts";
import { askPermission, requirePermission } from "../permission.ts";
import { findTiles, type PublishedTiles, tileCatalog } from "../published.ts";
import { outOfRange, tileRenderer } from "../tile.ts";
import { invalidRequest, plainProblem } from "../tile-answers.ts";
import { tileExtent, toGridTile } from "../tile-grid.ts";
import { parseTilePath, type TilePath } from "../tile-path.ts";
import { FROM_THE_SOUTH } from "./addressing.ts";
import { kmlDocument } from "./document.ts";
import { kmlOptions } from "./options.ts";

/** Super-overlays for globes (OGC 07-147r2): a KML document a tile, which links to those below it. */
export const kmlService = defineService({
  type: "kml",
  options: kmlOptions,
  create(options, deps): Service {
    const catalog = tileCatalog(deps.tiles, {
      useGridNames: options.use_grid_names ?? false,
      fallback: ["EPSG4326", "EPSG900913"],
    });
    const render = tileRenderer("kml", deps);
    const kml: Handler = async (request) => {
      try {
        const path = parseTilePath(request.path) ?? initialPath(request.path);
        if (!path) throw invalidRequest(request.path);
        const tiles = findTiles(catalog, path.layer, path.spec);
        if (path.extension === "kml") return await answerDocument({ tiles, path }, request, deps);
        const asked = {
          tiles,
          coord: path,
          how: FROM_THE_SOUTH,
          format: path.extension,
          factor: path.factor,
        };
        return await render(asked, request);
      } catch (error) {
        return plainProblem(error);
      }
    };
    return { routes: { kml } };
  },
});

const TYPE = "application/vnd.google-earth.kml+xml";

/** `/kml/LAYER[/SPEC]`, with or without a slash behind it: the document of the whole world. */
const INITIAL = /^\/kml\/([^/]+)(?:\/([^/]+))?\/?$/;

function initialPath(path: string): TilePath | undefined {
  const found = INITIAL.exec(path);
  return found
    ? { layer: found[1]!, spec: found[2], level: 0, x: 0, y: 0, extension: "kml", factor: 1 }
    : undefined;
}

/** @throws RequestError if there is no such tile, or the authorizer refuses it */
async function answerDocument(
  { tiles, path }: { tiles: PublishedTiles; path: TilePath },
  { ctx, headers, scriptUrl }: ServiceRequest,
  deps: ServiceDeps,
): Promise<Response> {
  const { name, grid } = tiles.layer;
  const tile = toGridTile(tiles.view, path, FROM_THE_SOUTH);
  if (!tile) throw outOfRange();
  const question = { service: "kml", layers: [name], extent: tileExtent(grid, tile) } as const;
  const grant = await askPermission(deps.authorizer, question, ctx);
  requirePermission(grant, name, "tile");
  const document = kmlDocument(tiles, tile, { name: path.layer, scriptUrl });
  const body = new TextEncoder().encode(document);
  const validators = { etag: md5Hex(body), modified: undefined };
  const { maxAge } = tiles.layer.metadata;
  const policy = policyOf(deps, { maxAge, isPublic: grant.isPublic });
  return cachedResponse(body, { type: TYPE, validators, policy }, headers);
}
