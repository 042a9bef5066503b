import { type Markup, markup, xml } from "../../core/xml.ts";
import type { Keywords, LayerMetadata } from "../../model/metadata.ts";
import { contactInformation } from "./contact.ts";
import { type Document, mimes } from "./document.ts";
import type { LayerBox, LayerEntry } from "./layer-entry.ts";
import {
  attribute,
  configured,
  dimensions,
  element,
  infoMime,
  legendUrl,
  onlineResource,
  optional,
} from "./markup.ts";
import { decimal } from "./numbers.ts";

type Version = "1.1.0" | "1.1.1";

const DTD: Record<Version, string> = {
  "1.1.0": "http://schemas.opengis.net/wms/1.1.0/capabilities_1_1_0.dtd",
  "1.1.1": "http://schemas.opengis.net/wms/1.1.1/WMS_MS_Capabilities.dtd",
};

/** The DTD leaves this element to each server. */
const NO_VENDOR_PART = markup("<!ELEMENT VendorSpecificCapabilities EMPTY>");
const TILE_SETS = markup(`<!ELEMENT VendorSpecificCapabilities (TileSet*)>
<!ELEMENT TileSet (SRS, BoundingBox?, Resolutions, Width, Height, Format, Layers*, Styles*)>
<!ELEMENT Resolutions (#PCDATA)>
<!ELEMENT Width (#PCDATA)>
<!ELEMENT Height (#PCDATA)>
<!ELEMENT Layers (#PCDATA)>
<!ELEMENT Styles (#PCDATA)>`);

/** Metadata standards that 1.1.1 has names for; links to others are left out. */
const METADATA_TYPES: Readonly<Record<string, string>> = {
  "ISO19115:2003": "TC211",
  "FGDC:1998": "FGDC",
};

/** The DTD knows no namespaces: each link declares its own. */
const UNDECLARED = { isDeclared: false };

/** Capabilities of versions 1.1.0 and 1.1.1 (OGC 01-047r2; 01-068r3, 7.1 and A.1). */
export function capabilities11x(document: Document, version: Version): string {
  const { root, tileSets } = document;
  return xml`<?xml version="1.0"?>
<!DOCTYPE WMT_MS_Capabilities SYSTEM "${DTD[version]}" [
${tileSets ? TILE_SETS : NO_VENDOR_PART}
]>
<WMT_MS_Capabilities version="${version}">
${service(document, version)}<Capability>
${request(document, version)}<Exception>
<Format>application/vnd.ogc.se_xml</Format>
<Format>application/vnd.ogc.se_inimage</Format>
<Format>application/vnd.ogc.se_blank</Format>
</Exception>
${
  tileSets &&
  xml`<VendorSpecificCapabilities>
${tileSets}</VendorSpecificCapabilities>
`
}${layer(root, { document, version, isRoot: true })}</Capability>
</WMT_MS_Capabilities>
`.text;
}

function service({ settings, url }: Document, version: Version): Markup {
  const { metadata, title } = settings;
  return xml`<Service>
<Name>OGC:WMS</Name>
${element("Title", title)}${element("Abstract", metadata.abstract)}${version === "1.1.1" && keywordList(metadata.keyword_list)}${onlineResource(metadata.online_resource ? configured(metadata.online_resource) : url, UNDECLARED)}${contactInformation(metadata.contact)}${element("Fees", metadata.fees ?? "none")}${element("AccessConstraints", metadata.access_constraints ?? "none")}</Service>
`;
}

function request({ settings, url, hasLegends }: Document, version: Version): Markup {
  const images = mimes(settings.formats);
  const infos = settings.infoTypes.map((type) => infoMime(type, version));
  return xml`<Request>
${operation("GetCapabilities", ["application/vnd.ogc.wms_xml"], url)}${operation("GetMap", images, url)}${operation("GetFeatureInfo", infos, url)}${hasLegends && version === "1.1.1" && operation("GetLegendGraphic", images, url)}</Request>
`;
}

function operation(name: string, formats: readonly string[], url: string): Markup {
  return xml`<${markup(name)}>
${formats.map((format) => element("Format", format))}<DCPType><HTTP><Get>${onlineResource(`${url}?`, UNDECLARED)}</Get></HTTP></DCPType>
</${markup(name)}>
`;
}

function layer(
  entry: LayerEntry,
  about: { document: Document; version: Version; isRoot: boolean },
): Markup {
  const { document, version, isRoot } = about;
  const { node, geographic, boxes, range } = entry;
  const { metadata } = node;
  const [minx, miny, maxx, maxy] = geographic;
  const isLast = version === "1.1.1";
  return xml`<Layer${entry.isQueryable && xml` queryable="1"`}>
${optional("Name", node.name)}${element("Title", entry.title)}${isLast && [optional("Abstract", metadata.abstract), keywordList(metadata.keywordList)]}${isRoot && systems(document, version)}<LatLonBoundingBox minx="${decimal(minx)}" miny="${decimal(miny)}" maxx="${decimal(maxx)}" maxy="${decimal(maxy)}"/>
${boxes.map(boundingBox)}${dimensions(node.dimensions, { version, strictOgc: document.settings.strictOgc })}${isLast && [attribution(metadata), metadataLinks(metadata)]}${entry.hasStyle && style(entry, document)}${scaleHint(range)}${entry.children.map((child) => layer(child, { document, version, isRoot: false }))}</Layer>
`;
}

function systems({ settings }: Document, version: Version): Markup | readonly Markup[] {
  const codes = [...settings.srs.keys()];
  return version === "1.1.0"
    ? element("SRS", codes.join(" "))
    : codes.map((code) => element("SRS", code));
}

/** x and y in this order, whatever the reference system says. */
export function boundingBox({ code, bbox: [minx, miny, maxx, maxy] }: LayerBox): Markup {
  return xml`<BoundingBox SRS="${code}" minx="${decimal(minx)}" miny="${decimal(miny)}" maxx="${decimal(maxx)}" maxy="${decimal(maxy)}"/>
`;
}

/** Resolutions along the diagonal of a pixel, in metres (01-068r3, 7.1.4.5.8). */
export function scaleHint(range: LayerEntry["range"]): Markup | undefined {
  if (!range) return undefined;
  const diagonal = (resolution: number | undefined) =>
    resolution === undefined ? undefined : decimal(Math.sqrt(2 * resolution * resolution));
  return xml`<ScaleHint${attribute("min", diagonal(range.max))}${attribute("max", diagonal(range.min))}/>
`;
}

/** Version 1.1.1 has no vocabularies. */
function keywordList(lists: readonly Keywords[] | undefined | null): Markup | undefined {
  const keywords = (lists ?? []).flatMap((list) =>
    (list.keywords ?? []).map((keyword) => element("Keyword", keyword)),
  );
  if (keywords.length === 0) return undefined;
  return xml`<KeywordList>
${keywords}</KeywordList>
`;
}

function attribution({ attribution: about }: LayerMetadata): Markup | undefined {
  if (!about) return undefined;
  const { title, url, logo } = about;
  // The DTD wants size, format and link of a logo; one without them can only be left out.
  const isWhole = logo?.url && logo.format && logo.width && logo.height;
  return xml`<Attribution>
${optional("Title", title)}${url !== undefined && onlineResource(configured(url), UNDECLARED)}${
  isWhole &&
  xml`<LogoURL width="${logo.width}" height="${logo.height}">
${element("Format", logo.format)}${onlineResource(configured(logo.url), UNDECLARED)}</LogoURL>
`
}</Attribution>
`;
}

function metadataLinks({ metadata = [] }: LayerMetadata): readonly (Markup | undefined)[] {
  return metadata.map(({ url, type, format }) => {
    const name = METADATA_TYPES[type ?? ""];
    if (name === undefined) return undefined;
    return xml`<MetadataURL type="${name}">
${optional("Format", format)}${onlineResource(configured(url), UNDECLARED)}</MetadataURL>
`;
  });
}

function style({ node }: LayerEntry, { legendSizes, url }: Document): Markup {
  const [width, height] = legendSizes.get(node) ?? [1, 1];
  return xml`<Style>
<Name>default</Name>
<Title>default</Title>
<LegendURL width="${width}" height="${height}">
<Format>image/png</Format>
${onlineResource(legendUrl(url, node.name ?? ""), UNDECLARED)}</LegendURL>
</Style>
`;
}
