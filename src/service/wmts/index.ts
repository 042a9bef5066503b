import { defineService, type ServiceDeps } from "../../model/define.ts";
import type { Service } from "../../model/service.ts";
import { inheritedMetadata } from "../metadata.ts";
import { askPermission, permitted, refused } from "../permission.ts";
import { respond } from "../responses.ts";
import { tileRenderer } from "../tile.ts";
import { capabilities, type InfoFormat, type MetadataContents } from "./capabilities.ts";
import { getFeatureInfo } from "./get-feature-info.ts";
import { getTile } from "./get-tile.ts";
import { kvpHandler } from "./kvp.ts";
import { type WmtsCatalog, wmtsCatalog } from "./layers.ts";
import { legendUrls } from "./legend.ts";
import type { WmtsOperations } from "./operations.ts";
import {
  bindings,
  DEFAULT_INFO_TEMPLATE,
  DEFAULT_TILE_TEMPLATE,
  type WmtsOptions,
  wmtsOptions,
} from "./options.ts";
import { type RestfulTemplates, restfulHandler } from "./restful.ts";
import { parseTemplate } from "./template.ts";

/** Web Map Tile Service 1.0.0 (OGC 07-057r7), by KVP and by path. */
export const wmtsService = defineService({
  type: "wmts",
  options: wmtsOptions,
  create(options, deps): Service {
    const { kvp, restful } = bindings(options);
    const catalog = wmtsCatalog(deps.tiles, deps.log);
    const templates = readTemplates(options, catalog, deps);
    const operations = wmtsOperations(options, { catalog, templates }, deps);
    return {
      ...(kvp && { ows: { name: "wmts", handle: kvpHandler(operations) } }),
      routes: restful ? { wmts: restfulHandler(templates, operations) } : {},
    };
  },
});

function wmtsOperations(
  options: WmtsOptions,
  { catalog, templates }: { catalog: WmtsCatalog; templates: RestfulTemplates },
  deps: ServiceDeps,
): WmtsOperations {
  const { authorizer } = deps;
  const infoFormats: InfoFormat[] = (options.featureinfo_formats ?? []).map(
    ({ mimetype, suffix }) => ({ mimetype, suffix: suffix ?? undefined }),
  );
  const render = tileRenderer("wmts", deps);
  const isStrict = options.strict_ogc ?? false;
  const contents: MetadataContents = {
    isStrict,
    metadata: inheritedMetadata(options.md, deps.services),
    infoFormats,
    templates: { tile: templates.tile.text, info: templates.info.text },
    legendUrl: legendUrls(deps),
  };
  return {
    catalog,
    isStrict,
    getTile: (asked, request) => getTile(asked, { catalog, render, isStrict }, request),
    getFeatureInfo: (asked, request) =>
      getFeatureInfo(asked, { catalog, infoFormats, authorizer }, request),
    async getCapabilities(question, { ctx }) {
      const names = [...catalog.layers.keys()];
      const grant = await askPermission(authorizer, { service: "wmts", layers: names }, ctx);
      if (grant.kind === "none") throw refused(403);
      const layers = permitted(grant, names, "tile").map((name) => catalog.layers.get(name)!);
      const document = capabilities(contents, { layers, grids: catalog.grids.values() }, question);
      return respond(document, "application/xml");
    },
  };
}

function readTemplates(
  options: WmtsOptions,
  { grids }: WmtsCatalog,
  { log }: ServiceDeps,
): RestfulTemplates {
  const shared = {
    namedLevels: [...grids.values()].some(({ levelNames }) =>
      levelNames.some((name) => !/^\d+$/.test(name)),
    ),
    warn: (message: string) => log.warn("wmts-template-deprecated", { message }),
  };
  const info = options.restful_featureinfo_template ?? options.restful_fi_template;
  return {
    tile: parseTemplate(options.restful_template ?? DEFAULT_TILE_TEMPLATE, {
      ...shared,
      option: "restful_template",
      needs: [],
    }),
    info: parseTemplate(info ?? DEFAULT_INFO_TEMPLATE, {
      ...shared,
      option: "restful_featureinfo_template",
      needs: ["I", "J"],
    }),
  };
}
