import { RequestError } from "../../core/errors.ts";
import { type Markup, type XmlValue, xml } from "../../core/xml.ts";
import type { BBox } from "../../geo/bbox.ts";
import { floatText } from "../metadata.ts";
import type { DemoContent } from "./content.ts";
import { doors } from "./doors.ts";
import type { Page } from "./page.ts";

/** A door to the maps. */
export type Protocol = "WMS" | "WMTS" | "TMS" | "OGC API";

/** Which library draws the map. */
export type Viewer = "openlayers" | "maplibre";

/** What MapLibre is told. */
export interface MapLibreMap {
  /** URL template with `{z}`, `{x}` and `{y}`, or `{bbox-epsg-3857}`, relative to the page. */
  readonly tiles: string;
  readonly tileSize: number;
  readonly maxZoom: number;
  /** West, south, east, north in degrees. */
  readonly bounds: BBox;
}

/** A map on a page: what `client/main.js` is told, and what is said around it. */
export interface Preview {
  readonly protocol: Protocol;
  readonly layer: string;
  /** Code of the reference system it is shown in. */
  readonly srs: string;
  /** Read by the script, as JSON. */
  readonly map: Readonly<Record<string, unknown>>;
  /** The same for MapLibre; absent where it cannot show the map: it draws web mercator only. */
  readonly mapLibre?: MapLibreMap | undefined;
  readonly viewer: Viewer;
  readonly controls: XmlValue;
  /** What may be copied into other programs. */
  readonly addresses: readonly { readonly label: string; readonly value: string }[];
  /** Below the map. */
  readonly details: XmlValue;
}

/** What a page with a map loads. */
export function viewerAssets(viewer: Viewer): Pick<Page, "scripts" | "styles"> {
  return viewer === "maplibre"
    ? { scripts: ["maplibre.js"], styles: ["maplibre.css"] }
    : { scripts: ["proj4.min.js", "ol.js"] };
}

/** The page of one layer. */
export function previewPage(preview: Preview, content: DemoContent): Page {
  const { layer, addresses } = preview;
  const { background } = content;
  return {
    title: `Layer Preview - ${layer}`,
    background,
    ...viewerAssets(preview.viewer),
    body: xml`<h2>Layer Preview - ${layer}</h2>
${doors(preview, content)}<div class="bar">
${preview.controls}
<button type="button" class="plain" id="full-extent">Full extent</button>
<button type="button" id="background" aria-pressed="${background === undefined ? "false" : "true"}"${
      background === undefined && xml` disabled title="No background map is configured"`
    }>Background</button>
</div>
${previewMap(preview, content)}<section class="card" id="info" aria-live="polite" hidden>
<h3>Here</h3>
<pre id="info-text" tabindex="0"></pre>
</section>
<section class="card">
<h3>Use it elsewhere</h3>
${addresses.map(
  ({ label, value }, index) => xml`<div class="copy"><label for="url-${index}">${label}
<input type="text" readonly id="url-${index}" value="${value}"></label>
<button type="button" class="plain" data-copy="url-${index}" hidden>Copy</button></div>
`,
)}</section>
${preview.details}`,
  };
}

/** The map itself, and the line that says where the pointer is. */
export function previewMap(
  { protocol, layer, map, mapLibre }: Preview,
  { background }: Pick<DemoContent, "background">,
): Markup {
  const data = JSON.stringify({ ...map, mapLibre, background });
  return xml`<div id="map" tabindex="0" role="application" aria-label="Map of ${layer}, by ${protocol}" data-preview="${data}"><noscript>The map needs scripts.</noscript></div>
<p id="state" role="status"></p>
`;
}

/** The choice of the library that draws the map, where there is one. */
export function viewerField({ viewer, mapLibre }: Pick<Preview, "viewer" | "mapLibre">): XmlValue {
  if (!mapLibre) return undefined;
  return selectField("viewer", "Drawn by", [
    { value: "openlayers", text: "OpenLayers", isChosen: viewer === "openlayers" },
    { value: "maplibre", text: "MapLibre", isChosen: viewer === "maplibre" },
  ]);
}

/** A choice that loads the page anew: by the script at once, without it by the button. */
export function selectField(
  name: string,
  label: string,
  options: readonly { readonly value: string; readonly text: string; readonly isChosen: boolean }[],
): Markup {
  return xml`<label>${label}<select name="${name}" data-submit>${options.map(optionElement)}</select></label>
`;
}

/** An entry of a list. */
export function optionElement(option: {
  readonly value: string;
  readonly text: string;
  readonly isChosen: boolean;
}): Markup {
  const { value, text, isChosen } = option;
  return xml`<option value="${value}"${isChosen && xml` selected`}>${text}</option>`;
}

/** Digits of a coordinate: centimetres, as far as the web's systems reach. */
const DIGITS = 10;

/** Four numbers on the page. */
export function bboxText(bbox: readonly number[]): string {
  return bbox.map((edge) => floatText(Number(edge.toPrecision(DIGITS)))).join(", ");
}

/** The error for a layer, system or format that there is no preview of. */
export function noPreview(message: string, status: 400 | 404): RequestError {
  return new RequestError(undefined, message, undefined, status);
}
