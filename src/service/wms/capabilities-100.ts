import { type Markup, markup, xml } from "../../core/xml.ts";
import { boundingBox, scaleHint } from "./capabilities-11x.ts";
import { type Document, mimes } from "./document.ts";
import { subtype } from "./format.ts";
import type { LayerEntry } from "./layer-entry.ts";
import { configured, dimensions, element, legendUrl, optional } from "./markup.ts";
import { decimal } from "./numbers.ts";

/** Image formats that the DTD of 1.0.0 has elements for; others cannot be listed. */
const FORMAT_ELEMENTS = ["PNG", "TIFF", "GIF", "JPEG"];

/** Capabilities of version 1.0.0 (OGC 00-028, 6.2.4 and B.1). */
export function capabilities100(document: Document): string {
  const { settings, url } = document;
  const { metadata, title } = settings;
  const resource = metadata.online_resource ? configured(metadata.online_resource) : url;
  return xml`<?xml version="1.0"?>
<!DOCTYPE WMT_MS_Capabilities SYSTEM "http://schemas.opengis.net/wms/1.0.0/WMS_MS_Capabilities.dtd" [
<!ELEMENT VendorSpecificCapabilities EMPTY>
]>
<WMT_MS_Capabilities version="1.0.0">
<Service>
<Name>OGC:WMS</Name>
${element("Title", title)}${element("Abstract", metadata.abstract)}<OnlineResource>${resource}</OnlineResource>
${element("Fees", metadata.fees ?? "none")}${element("AccessConstraints", metadata.access_constraints ?? "none")}</Service>
<Capability>
${request(document)}<Exception>
<Format><INIMAGE/><BLANK/><WMS_XML/></Format>
</Exception>
${layer(document.root, document)}</Capability>
</WMT_MS_Capabilities>
`.text;
}

function request({ settings, url }: Document): Markup {
  const images = mimes(settings.formats)
    .map((mime) => subtype(mime).toUpperCase())
    .filter((name) => FORMAT_ELEMENTS.includes(name));
  const infos = settings.infoTypes.map((type) => (type === "xml" ? "GML.1" : "MIME"));
  return xml`<Request>
${operation("Capabilities", ["WMS_XML"], url)}${operation("Map", images, url)}${operation("FeatureInfo", infos, url)}</Request>
`;
}

function operation(name: string, formats: readonly string[], url: string): Markup {
  return xml`<${markup(name)}>
<Format>${formats.map((format) => markup(`<${format}/>`))}</Format>
<DCPType><HTTP><Get onlineResource="${url}?"/></HTTP></DCPType>
</${markup(name)}>
`;
}

function layer(entry: LayerEntry, document: Document): Markup {
  const { node, geographic, boxes, range } = entry;
  const [minx, miny, maxx, maxy] = geographic;
  return xml`<Layer${entry.isQueryable && xml` queryable="1"`}>
${optional("Name", node.name)}${element("Title", entry.title)}${element("SRS", [...document.settings.srs.keys()].join(" "))}<LatLonBoundingBox minx="${decimal(minx)}" miny="${decimal(miny)}" maxx="${decimal(maxx)}" maxy="${decimal(maxy)}"/>
${boxes.map(boundingBox)}${dimensions(node.dimensions, { version: "1.0.0", strictOgc: document.settings.strictOgc })}${entry.hasStyle && style(entry, document)}${scaleHint(range)}${entry.children.map((child) => layer(child, document))}</Layer>
`;
}

function style({ node }: LayerEntry, { url }: Document): Markup {
  return xml`<Style>
<Name>default</Name>
<Title>default</Title>
<StyleURL>${legendUrl(url, node.name ?? "")}</StyleURL>
</Style>
`;
}
