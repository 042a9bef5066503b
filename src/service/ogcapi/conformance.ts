import { xml } from "../../core/xml.ts";
import { href } from "../demo/page.ts";
import type { Document } from "./document.ts";
import { selfLinks } from "./links.ts";
import type { OgcApiSettings } from "./settings.ts";
import type { DocumentContext } from "./state.ts";

const SPECIFICATIONS = "http://www.opengis.net/spec/";

const COMMON = [
  ...["core", "html", "json", "landing-page", "oas30"].map(
    (name) => `ogcapi-common-1/1.0/conf/${name}`,
  ),
  "ogcapi-common-2/1.0/conf/collections",
];
const MAPS = [
  "core",
  "scaling",
  "spatial-subsetting",
  "crs",
  "display-resolution",
  "background",
  "collection-map",
  "collections-selection",
  "png",
  "jpeg",
];
const TILES = ["core", "oas30", "tileset", "tilesets-list", "geodata-tilesets"];

/** `/conformance` (OGC 19-072, 8.4): which classes of the standards hold here. */
export function conformanceDocument({ settings, root, format }: DocumentContext): Document {
  const url = `${root}/conformance`;
  const classes = conformanceClasses(settings);
  return {
    title: "Conformance",
    crumbs: [
      { title: "Home", url: root },
      { title: "Conformance", url },
    ],
    json: { conformsTo: classes },
    links: selfLinks(url, format),
    body: xml`<ul>
${classes.map((name) => xml`<li><a href="${href(name)}">${name.slice(SPECIFICATIONS.length)}</a></li>\n`)}</ul>
`,
  };
}

/** URIs of the conformance classes, in the order in which clients of the reference know them. */
export function conformanceClasses(
  settings: Pick<OgcApiSettings, "hasMaps" | "hasTiles" | "dataset">,
): string[] {
  const { hasMaps, hasTiles, dataset } = settings;
  const maps = [...MAPS, ...(dataset ? ["dataset-map"] : []), ...(hasTiles ? ["tilesets"] : [])];
  const tiles = [...TILES, ...(dataset ? ["dataset-tilesets"] : [])];
  const names = [
    ...COMMON,
    ...(hasMaps ? maps.map((name) => `ogcapi-maps-1/1.0/conf/${name}`) : []),
    ...(hasTiles ? tiles.map((name) => `ogcapi-tiles-1/1.0/conf/${name}`) : []),
  ];
  return names.map((name) => SPECIFICATIONS + name);
}
