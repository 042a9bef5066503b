import { VERSION } from "../../core/version.ts";
import { type Markup, type XmlValue, xml } from "../../core/xml.ts";
import { configured } from "../metadata.ts";
import type {
  DemoContent,
  OgcApiDemo,
  OgcApiDemoLayer,
  TileDemoLayer,
  WmsDemo,
  WmsDemoLayer,
} from "./content.ts";
import { href } from "./page.ts";
import { type Preview, previewMap } from "./preview.ts";

/**
 * What runs, where its documents are, and each layer to look at.
 *
 * @param opening the map at the top
 * @param slots what plug-ins say before and after the services
 */
export function overview(
  content: DemoContent,
  opening: Preview | undefined,
  slots: { readonly before: Markup; readonly after: Markup },
): Markup {
  const { metadata, wms, wmts, tms } = content;
  return xml`<section class="card">
<h2>About</h2>
<p>Rhumb Version ${VERSION}</p>
${metadata.title !== "Rhumb" && metadata.title && xml`<p>${configured(metadata.title)}</p>\n`}${
  metadata.abstract && xml`<p class="quiet">${configured(metadata.abstract)}</p>\n`
}</section>
${opening && previewMap(opening, content)}${slots.before}${section("OGC API", content.ogcApi && ogcApi(content.ogcApi))}${section("WMS", wms && wmsSection(wms))}${section(
  "WMS-C",
  wms &&
    documents([
      [
        "Capabilities document",
        "../service?REQUEST=GetCapabilities&SERVICE=WMS&tiled=true",
        "wmsc_capabilities",
      ],
    ]),
)}${section(
  "WMTS",
  wmts && [
    documents([
      ...(wmts.kvp
        ? [
            [
              "KVP capabilities document",
              "../service?REQUEST=GetCapabilities&SERVICE=WMTS",
              "wmts_capabilities_kvp",
            ] as const,
          ]
        : []),
      ...(wmts.restful
        ? [
            [
              "RESTful capabilities document",
              "../wmts/1.0.0/WMTSCapabilities.xml",
              "wmts_capabilities",
            ] as const,
          ]
        : []),
    ]),
    tileTable("wmts", wmts.layers),
  ],
)}${section(
  "TMS",
  tms && [
    documents([["Capabilities document", "../tms/1.0.0/", "tms_capabilities"]]),
    tileTable("tms", tms.layers),
  ],
)}${slots.after}`;
}

function section(name: string, body: XmlValue): Markup {
  return xml`<section class="card">
<h2>${name}</h2>
${body || xml`<p class="quiet">${name} is not configured.</p>`}
</section>
`;
}

function ogcApi({ layers, extensions }: OgcApiDemo): Markup {
  const link = (url: string, text: string) => xml`<a href="${href(url)}">${text}</a>`;
  return xml`<ul class="links">
<li><span>Landing page</span>${link("../ogcapi", "HTML")}${link("../ogcapi?f=json", "JSON")}</li>
<li><span>API definition</span>${link("../ogcapi/api", "OpenAPI")}</li>
<li><span>Collections</span>${link("../ogcapi/collections", "HTML")}</li>
</ul>
${
  layers.length > 0 &&
  xml`<div class="wide"><table>
<thead><tr><th scope="col">Collection</th><th scope="col">Coordinate system</th><th scope="col">Image format</th></tr></thead>
<tbody>
${layers.map((layer) => collectionRow(layer, extensions))}</tbody>
</table></div>`
}`;
}

function collectionRow({ name, sets }: OgcApiDemoLayer, extensions: readonly string[]): Markup {
  return xml`<tr><th scope="row" rowspan="${sets.length}">${name}</th>
${sets.map(({ grid: { srs } }, index) => {
  const query = new URLSearchParams({ ogcapi_layer: name, srs: srs.code });
  const formats = extensions.map(
    (format) => xml`<a href="${href(`../demo/?${query}&format=${format}`)}">${format}</a> `,
  );
  return xml`${index > 0 && xml`<tr>`}<td><a href="${href(`../demo/?${query}`)}">${srs.code}</a></td><td>${formats}</td></tr>
`;
})}`;
}

/** Name of a document, its URL, and the parameter under which the demo shows it. */
type DocumentLink = readonly [name: string, url: string, view: string];

function documents(links: readonly DocumentLink[]): Markup {
  return xml`<ul class="links">
${links.map(
  ([name, url, view]) => xml`<li><span>${name}</span>
<a href="${href(url)}">download as xml</a>
<a href="${href(`../demo/?${view}`)}">view as html</a>
<a href="${href(`../demo/?${view}&type=external`)}">view as html (external URL)</a></li>
`,
)}</ul>`;
}

function wmsSection({ layers, formats }: WmsDemo): XmlValue {
  return [
    documents([
      [
        "Capabilities document",
        "../service?REQUEST=GetCapabilities&SERVICE=WMS",
        "wms_capabilities",
      ],
    ]),
    layers.length === 0
      ? xml`<p class="quiet">No previews: they need layers, and version 1.1.1 among the versions of the WMS.</p>`
      : xml`<div class="wide"><table>
<caption>Coordinate systems marked with * are supported without reprojection.</caption>
<thead><tr><th scope="col">Layer</th><th scope="col">Coordinate system and image format</th></tr></thead>
<tbody>
${layers.map((layer) => wmsRow(layer, formats))}</tbody>
</table></div>`,
  ];
}

function wmsRow({ name, systems }: WmsDemoLayer, formats: readonly string[]): Markup {
  const options = systems.map(
    ({ srs, isNative }) => xml`<option value="${srs.code}">${srs.code}${isNative && "*"}</option>`,
  );
  return xml`<tr><th scope="row" rowspan="${formats.length}">${name}</th>
${formats.map(
  (format, index) => xml`${index > 0 && xml`<tr>`}<td><form class="inline" action="" method="GET">
<select name="srs" aria-label="Coordinate system of ${name}">${options}</select>
<input type="hidden" name="format" value="${format}">
<input type="hidden" name="wms_layer" value="${name}">
<button type="submit">${format.replace(/^image\//, "")}</button>
</form></td></tr>
`,
)}`;
}

function tileTable(protocol: "wmts" | "tms", layers: readonly TileDemoLayer[]): Markup {
  if (layers.length === 0) return xml`<p class="quiet">No layer has tiles.</p>`;
  return xml`<div class="wide"><table>
<thead><tr><th scope="col">Layer</th><th scope="col">Coordinate system</th><th scope="col">Image format</th>${
    protocol === "tms" && xml`<th scope="col">Tile map</th>`
  }</tr></thead>
<tbody>
${layers.map((layer) => tileRow(protocol, layer))}</tbody>
</table></div>`;
}

function tileRow(protocol: "wmts" | "tms", { tiles, isCompatible }: TileDemoLayer): Markup {
  const { layer, spec, extension } = tiles;
  if (!isCompatible) {
    return xml`<tr><th scope="row">${layer.name}</th><td colspan="3" class="quiet">${layer.grid.name} not compatible with ${protocol.toUpperCase()}</td></tr>
`;
  }
  const { code } = layer.grid.srs;
  const name = encodeURIComponent(layer.name);
  const url = `../demo/?${protocol}_layer=${name}&format=${extension}&srs=${encodeURIComponent(code)}`;
  const document = `../demo/?tms_capabilities&layer=${name}&srs=${encodeURIComponent(spec)}`;
  return xml`<tr><th scope="row">${layer.name}</th><td><a href="${href(url)}">${code}</a></td><td><a href="${href(url)}">${extension}</a></td>${
    protocol === "tms" && xml`<td><a href="${href(document)}">view as html</a></td>`
  }</tr>
`;
}
