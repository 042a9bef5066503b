import { type XmlValue, xml } from "../../core/xml.ts";
import type { BBox } from "../../geo/bbox.ts";
import { resolutionToScale } from "../../grid/scales.ts";
import type { LayerNode } from "../../model/layer.ts";
import { toAxisOrder } from "../../srs/axis.ts";
import { extentBBox } from "../../srs/extent.ts";
import { href } from "../demo/page.ts";
import { permits } from "../permission.ts";
import { isOnEarth, storageSrs, worldOf } from "./body.ts";
import type { Document } from "./document.ts";
import { facts, linkList, type PageMap } from "./html.ts";
import {
  bothForms,
  CRS84,
  type Link,
  mapLinks,
  publishedCrs,
  REL,
  segment,
  selfLinks,
} from "./links.ts";
import { apiError } from "./params.ts";
import type { DocumentContext } from "./state.ts";

/** The collections that the client may see, in the order of the layer tree. */
export function shownCollections({ settings, grant }: DocumentContext): LayerNode[] {
  return [...settings.collections.values()].filter(({ name }) => permits(grant, name, "map"));
}

/** `/collections` (OGC 20-024, 7.3). */
export function collectionsDocument(context: DocumentContext): Document {
  const { root, format } = context;
  const url = `${root}/collections`;
  const links = selfLinks(url, format);
  const shown = shownCollections(context);
  const collections = shown.map((node) => describe(node, context));
  return {
    title: "Collections",
    crumbs: [
      { title: "Home", url: root },
      { title: "Collections", url },
    ],
    json: { collections, links },
    links,
    body: xml`<div class="wide"><table>
<thead><tr><th scope="col">Collection</th><th scope="col">Title</th><th scope="col">Description</th></tr></thead>
<tbody>
${shown.map(
  ({ name = "", title, metadata }) =>
    xml`<tr><th scope="row"><a href="${href(`${url}/${segment(name)}?f=html`)}">${name}</a></th><td>${title}</td><td>${metadata.abstract}</td></tr>\n`,
)}</tbody></table></div>
`,
  };
}

/**
 * `/collections/{id}` (OGC 20-058, 15; 20-024, 7.4).
 *
 * @throws RequestError `Not Found` for another name
 */
export function collectionDocument(id: string, context: DocumentContext): Document {
  const node = findCollection(id, context);
  const { settings, root, format } = context;
  const url = `${root}/collections/${segment(id)}`;
  const json = describe(node, context);
  const links = json.links;
  return {
    title: node.title || id,
    crumbs: [
      { title: "Home", url: root },
      { title: "Collections", url: `${root}/collections` },
      { title: id, url },
    ],
    json,
    links,
    body: xml`${node.metadata.abstract !== undefined && xml`<p>${node.metadata.abstract}</p>`}${facts(
      [
        ["Attribution", attributionLink(node)],
        ["Extent", json.extent.spatial.bbox[0]?.join(", ")],
        ["Storage CRS", json.storageCrs],
        ["CRS", json.crs.join(", ")],
      ],
    )}${linkList(links.slice(format === "json" ? 0 : 1))}`,
    map: settings.hasMaps ? mapOf(node, url) : undefined,
  };
}

/** @throws RequestError `Not Found` if there is no such collection, or none for this client */
export function findCollection(
  id: string,
  { settings, grant }: Pick<DocumentContext, "settings" | "grant">,
): LayerNode {
  const node = settings.collections.get(id);
  if (!node || !permits(grant, id, "map")) throw apiError("Not Found", "Collection not found");
  return node;
}

/** A collection as documents have it, keys in this order. */
interface CollectionJson {
  readonly dataType: "map";
  readonly id: string;
  readonly title: string;
  readonly description?: string | undefined;
  readonly attribution?: string | undefined;
  readonly attributionMediaType?: string | undefined;
  readonly extent: {
    readonly spatial: {
      readonly bbox: readonly BBox[];
      readonly crs?: string | undefined;
      readonly storageCrsBbox?: readonly BBox[] | undefined;
    };
  };
  readonly crs: readonly string[];
  readonly storageCrs: string;
  readonly links: readonly Link[];
  readonly minCellSize?: number | undefined;
  readonly minScaleDenominator?: number | undefined;
  readonly maxCellSize?: number | undefined;
  readonly maxScaleDenominator?: number | undefined;
}

function describe(node: LayerNode, context: DocumentContext): CollectionJson {
  const { settings } = context;
  const storage = storageSrs(node);
  const isEarth = isOnEarth(storage);
  const { min, max } = node.resolutions ?? {};
  const systems = settings.mapSrs.filter(({ code }) => !isEarth || code !== "EPSG:4326");
  return {
    dataType: "map",
    id: node.name!, // collections are the named layers
    title: node.title,
    description: node.metadata.abstract,
    ...attribution(node),
    extent: { spatial: spatialExtent(node) },
    crs: [
      ...(isEarth ? [CRS84, "http://www.opengis.net/def/crs/EPSG/0/4326"] : []),
      ...systems.map(publishedCrs),
    ],
    storageCrs: publishedCrs(storage),
    links: collectionLinks(node, context),
    ...(max !== undefined && { minCellSize: max, minScaleDenominator: resolutionToScale(max) }),
    ...(min !== undefined && { maxCellSize: min, maxScaleDenominator: resolutionToScale(min) }),
  };
}

/** Where a layer is: in degrees of its body, and in its own system with the axes of that. */
export function spatialExtent({
  extent,
}: Pick<LayerNode, "extent">): CollectionJson["extent"]["spatial"] {
  const world = worldOf(extent.srs);
  const isDegrees = extent.srs.code === world.code;
  const bbox = extentBBox(extent, world);
  return {
    bbox: [isOnEarth(world) ? bbox : toAxisOrder(bbox, world)],
    ...(!isOnEarth(world) && { crs: publishedCrs(world) }),
    ...(!isDegrees && { storageCrsBbox: [toAxisOrder(extent.bbox, extent.srs)] }),
  };
}

function collectionLinks(
  { name = "", title }: LayerNode,
  { settings, root, format }: DocumentContext,
): Link[] {
  const url = `${root}/collections/${segment(name)}`;
  return [
    ...selfLinks(url, format),
    ...(settings.hasMaps ? mapLinks(`Map of ${title}`, `${url}/map`, settings.formats.keys()) : []),
    ...(settings.hasTiles
      ? bothForms(`${REL}tilesets-map`, `Tile sets of ${title}`, `${url}/map/tiles`)
      : []),
    ...(settings.hasMaps ? bothForms(`${REL}styles`, `Styles of ${title}`, `${url}/styles`) : []),
  ];
}

/** Markdown where there is something to link to. */
function attribution({ metadata }: LayerNode): Partial<CollectionJson> {
  const { title, url, logo } = metadata.attribution ?? {};
  if (title === undefined) return {};
  if (!url) return { attribution: title };
  // Clients of the reference know the logo's form as it is, without the parenthesis that markdown wants.
  const text = logo?.url ? `[![${title}](${logo.url}](${url})` : `[${title}](${url})`;
  return { attribution: text, attributionMediaType: "text/markdown" };
}

function attributionLink({ metadata }: LayerNode): XmlValue {
  const { title, url } = metadata.attribution ?? {};
  return url && /^https?:/i.test(url) ? xml`<a href="${href(url)}">${title ?? url}</a>` : title;
}

/**
 * A map by its own resource, which the viewer asks as it would ask a WMS.
 *
 * @param url of what the map is of, without slash at the end
 */
export function mapOf(node: Pick<LayerNode, "extent">, url: string): PageMap {
  const srs = isOnEarth(storageSrs(node)) ? worldOf(node.extent.srs) : node.extent.srs;
  return {
    url: `${url}/map.png`,
    params: { SERVICE: "WMS", VERSION: "1.1.1", TRANSPARENT: "true" },
    srs: { code: srs.code, isGeographic: srs.isGeographic, metresPerUnit: srs.metresPerUnit },
    extent: extentBBox(node.extent, srs),
  };
}
