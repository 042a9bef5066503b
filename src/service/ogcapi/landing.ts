import { xml } from "../../core/xml.ts";
import { commonExtent } from "./body.ts";
import { mapOf, spatialExtent } from "./collections.ts";
import type { Document } from "./document.ts";
import { linkList } from "./html.ts";
import {
  bothForms,
  CRS84,
  HTML_TYPE,
  JSON_TYPE,
  type Link,
  mapLinks,
  OPENAPI_TYPE,
  REL,
  selfLinks,
} from "./links.ts";
import type { DocumentContext } from "./state.ts";

const DEFAULT_TITLE = "OGCAPI implementation";

/** `/` (OGC 19-072, 8.2; 20-058, 14). */
export function landingDocument(context: DocumentContext): Document {
  const { settings, root, format } = context;
  const { title, description } = settings.metadata.identification ?? {};
  const { dataset } = settings;
  const links = landingLinks(context);
  return {
    title: title ?? DEFAULT_TITLE,
    crumbs: [{ title: "Home", url: root }],
    json: {
      ...(settings.hasMaps && dataset && { extent: datasetExtent(dataset) }),
      links,
    },
    links,
    body: xml`${description && xml`<p>${description}</p>\n`}${linkList(links.slice(format === "json" ? 0 : 1))}`,
    map: settings.hasMaps && dataset ? mapOf({ extent: commonExtent(dataset) }, root) : undefined,
  };
}

/** What the map of the whole covers; its `crs` is said even where it is the usual one (20-058, 14). */
function datasetExtent(dataset: NonNullable<DocumentContext["settings"]["dataset"]>): object {
  return { spatial: { crs: CRS84, ...spatialExtent({ extent: commonExtent(dataset) }) } };
}

function landingLinks({ settings, root, format }: DocumentContext): Link[] {
  const { hasMaps, hasTiles, dataset, matrixSets } = settings;
  const conformance = `${root}/conformance`;
  const collections = `${root}/collections`;
  const title = "Conformance classes";
  return [
    ...selfLinks(root, format),
    { rel: "conformance", type: JSON_TYPE, title, href: `${conformance}?f=json` },
    ...bothForms(`${REL}conformance`, title, conformance),
    {
      rel: "service-desc",
      type: OPENAPI_TYPE,
      title: "Definition of the API",
      href: `${root}/api?f=json`,
    },
    {
      rel: "service-doc",
      type: HTML_TYPE,
      title: "Documentation of the API",
      href: `${root}/api?f=html`,
    },
    ...bothForms("data", "Collections", collections),
    ...bothForms(`${REL}data`, "Collections", collections),
    ...(hasMaps && dataset
      ? mapLinks("Map of the whole", `${root}/map`, settings.formats.keys())
      : []),
    ...(hasTiles && matrixSets.size > 0
      ? bothForms(`${REL}tiling-schemes`, "Tile matrix sets", `${root}/tileMatrixSets`)
      : []),
    ...(hasTiles && dataset
      ? bothForms(`${REL}tilesets-map`, "Tile sets of the whole", `${root}/map/tiles`)
      : []),
    ...(hasMaps && dataset
      ? bothForms(`${REL}styles`, "Styles of the whole", `${root}/styles`)
      : []),
  ];
}
