import { type Markup, markup, xml } from "../../core/xml.ts";
import { resolutionToScale } from "../../grid/scales.ts";
import type { Keywords, LayerMetadata } from "../../model/metadata.ts";
import { toAxisOrder } from "../../srs/axis.ts";
import { contactInformation } from "./contact.ts";
import { type Document, mimes } from "./document.ts";
import { extendedCapabilities, INSPIRE_NAMESPACES, INSPIRE_SCHEMA } from "./inspire.ts";
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

const SCHEMAS =
  "http://www.opengis.net/wms http://schemas.opengis.net/wms/1.3.0/capabilities_1_3_0.xsd " +
  "http://www.opengis.net/sld http://schemas.opengis.net/sld/1.1.0/sld_capabilities.xsd";

const DECLARED = { isDeclared: true };

/** Capabilities of version 1.3.0 (OGC 06-042, 7.2.4 and annex E.1). */
export function capabilities130(document: Document): string {
  const { settings, root } = document;
  const inspire = settings.inspire;
  return xml`<?xml version="1.0"?>
<WMS_Capabilities xmlns="http://www.opengis.net/wms" xmlns:sld="http://www.opengis.net/sld" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"${inspire && INSPIRE_NAMESPACES} version="1.3.0" xsi:schemaLocation="${SCHEMAS}${inspire && ` ${INSPIRE_SCHEMA}`}">
${service(document)}<Capability>
${request(document)}<Exception>
<Format>XML</Format>
<Format>INIMAGE</Format>
<Format>BLANK</Format>
</Exception>
${inspire && extendedCapabilities(inspire)}${layer(root, { document, above: undefined })}</Capability>
</WMS_Capabilities>
`.text;
}

function service({ settings, url }: Document): Markup {
  const { metadata, title, maxPixels } = settings;
  const side = Math.floor(Math.sqrt(maxPixels));
  return xml`<Service>
<Name>WMS</Name>
${element("Title", title)}${element("Abstract", metadata.abstract)}${keywordList(metadata.keyword_list)}${onlineResource(metadata.online_resource ? configured(metadata.online_resource) : url, DECLARED)}${contactInformation(metadata.contact)}${element("Fees", metadata.fees ?? "none")}${element("AccessConstraints", metadata.access_constraints ?? "none")}${
  side > 0 &&
  xml`<MaxWidth>${side}</MaxWidth>
<MaxHeight>${side}</MaxHeight>
`
}</Service>
`;
}

function request(document: Document): Markup {
  const { settings, url, hasLegends } = document;
  const images = mimes(settings.formats);
  const infos = settings.infoTypes.map((type) => infoMime(type, "1.3.0"));
  return xml`<Request>
${operation("GetCapabilities", ["text/xml"], url)}${operation("GetMap", images, url)}${operation("GetFeatureInfo", infos, url)}${hasLegends && operation("sld:GetLegendGraphic", images, url)}</Request>
`;
}

function operation(name: string, formats: readonly string[], url: string): Markup {
  return xml`<${markup(name)}>
${formats.map((format) => element("Format", format))}<DCPType><HTTP><Get>${onlineResource(`${url}?`, DECLARED)}</Get></HTTP></DCPType>
</${markup(name)}>
`;
}

/** What a layer is written in: the document, and the authorities named above it; `undefined`: the root. */
interface Place {
  readonly document: Document;
  readonly above: ReadonlySet<string> | undefined;
}

function layer(entry: LayerEntry, { document, above }: Place): Markup {
  const { node, geographic, boxes, range } = entry;
  const { metadata } = node;
  const names = (metadata.identifiers ?? []).flatMap(({ name, url }) =>
    url && name ? [name] : [],
  );
  const inside: Place = { document, above: new Set([...(above ?? []), ...names]) };
  const [west, south, east, north] = geographic;
  return xml`<Layer${entry.isQueryable && xml` queryable="1"`}>
${optional("Name", node.name)}${element("Title", entry.title)}${optional("Abstract", metadata.abstract)}${keywordList(metadata.keywordList)}${!above && [...document.settings.srs.keys()].map((code) => element("CRS", code))}<EX_GeographicBoundingBox>
<westBoundLongitude>${decimal(west)}</westBoundLongitude>
<eastBoundLongitude>${decimal(east)}</eastBoundLongitude>
<southBoundLatitude>${decimal(south)}</southBoundLatitude>
<northBoundLatitude>${decimal(north)}</northBoundLatitude>
</EX_GeographicBoundingBox>
${withCrs84(boxes, document).map(boundingBox)}${dimensions(node.dimensions, { version: "1.3.0", strictOgc: document.settings.strictOgc })}${attribution(metadata)}${identifiers(metadata, { document, above })}${linkedDocuments(metadata)}${entry.hasStyle && style(entry, document)}${
  range?.max !== undefined &&
  xml`<MinScaleDenominator>${decimal(resolutionToScale(range.max))}</MinScaleDenominator>
`
}${
  range?.min !== undefined &&
  xml`<MaxScaleDenominator>${decimal(resolutionToScale(range.min))}</MaxScaleDenominator>
`
}${entry.children.map((child) => layer(child, inside))}</Layer>
`;
}

/** EPSG:4326 in both orders of its axes, where clients may ask for both. */
function withCrs84(boxes: readonly LayerBox[], { settings }: Document): readonly LayerBox[] {
  const crs84 = settings.srs.get("CRS:84");
  const same = boxes.find(({ code }) => code.toUpperCase() === "EPSG:4326");
  if (!crs84 || !same || boxes.some(({ code }) => code.toUpperCase() === "CRS:84")) return boxes;
  return [{ code: "CRS:84", srs: crs84, bbox: same.bbox }, ...boxes];
}

/** The only place where boxes leave in the order of their axes. */
function boundingBox({ code, srs, bbox }: LayerBox): Markup {
  const [minx, miny, maxx, maxy] = toAxisOrder(bbox, srs);
  return xml`<BoundingBox CRS="${code}" minx="${decimal(minx)}" miny="${decimal(miny)}" maxx="${decimal(maxx)}" maxy="${decimal(maxy)}"/>
`;
}

function keywordList(lists: readonly Keywords[] | undefined | null): Markup | undefined {
  const keywords = (lists ?? []).flatMap((list) =>
    (list.keywords ?? []).map(
      (keyword) =>
        xml`<Keyword${attribute("vocabulary", list.vocabulary)}>${configured(keyword)}</Keyword>
`,
    ),
  );
  if (keywords.length === 0) return undefined;
  return xml`<KeywordList>
${keywords}</KeywordList>
`;
}

function attribution({ attribution: about }: LayerMetadata): Markup | undefined {
  if (!about) return undefined;
  const { title, url, logo } = about;
  return xml`<Attribution>
${optional("Title", title)}${url !== undefined && onlineResource(configured(url), DECLARED)}${
  logo &&
  xml`<LogoURL${attribute("width", logo.width)}${attribute("height", logo.height)}>
${optional("Format", logo.format)}${logo.url !== undefined && onlineResource(configured(logo.url), DECLARED)}</LogoURL>
`
}</Attribution>
`;
}

/**
 * Authorities and what they call the layer. With `strict_ogc` no layer names an authority once more that one
 * above it has named, and no identifier lacks its authority (06-042, 7.2.4.6.12).
 */
function identifiers({ identifiers: list = [] }: LayerMetadata, place: Place): Markup {
  const { above } = place;
  const isStrict = place.document.settings.strictOgc;
  const authorities = list.filter(({ name, url }) => url && !(isStrict && above?.has(name ?? "")));
  const known = new Set([...(above ?? []), ...authorities.map(({ name }) => name)]);
  const named = list.filter(({ name, value }) => value && (!isStrict || known.has(name ?? "")));
  return xml`${authorities.map(
    ({ name, url }) =>
      xml`<AuthorityURL${attribute("name", name)}>${onlineResource(configured(url), DECLARED)}</AuthorityURL>
`,
  )}${named.map(
    ({ name, value }) =>
      xml`<Identifier${attribute("authority", name)}>${configured(value)}</Identifier>
`,
  )}`;
}

function linkedDocuments({ metadata = [], data = [], featureList = [] }: LayerMetadata): Markup {
  return xml`${metadata.map(
    ({ url, type, format }) =>
      xml`<MetadataURL${attribute("type", type)}>
${optional("Format", format)}${onlineResource(configured(url), DECLARED)}</MetadataURL>
`,
  )}${data.map((link) => documentLink("DataURL", link))}${featureList.map((link) =>
    documentLink("FeatureListURL", link),
  )}`;
}

function documentLink(name: string, { url, format }: { url?: string; format?: string }): Markup {
  return xml`<${markup(name)}>
${optional("Format", format)}${onlineResource(configured(url), DECLARED)}</${markup(name)}>
`;
}

function style({ node }: LayerEntry, { settings, legendSizes, url }: Document): Markup {
  const [width, height] = legendSizes.get(node) ?? [1, 1];
  return xml`<Style>
<Name>${settings.inspire ? "inspire_common:DEFAULT" : "default"}</Name>
<Title>default</Title>
<LegendURL width="${width}" height="${height}">
<Format>image/png</Format>
${onlineResource(legendUrl(url, node.name ?? ""), DECLARED)}</LegendURL>
</Style>
`;
}
