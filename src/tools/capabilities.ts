import { childElements, descend, type Element, localName, textOf } from "../core/xml-tree.ts";
import type { BBox } from "../geo/bbox.ts";
import { fromAxisOrder } from "../srs/axis.ts";
import { parseSrs, type Srs } from "../srs/srs.ts";

/** What a WMS says of itself (OGC 01-068r3 and 06-042, clause 7.2.4). */
export interface WmsCapabilities {
  readonly version: "1.1.1" | "1.3.0";
  readonly title: string | undefined;
  readonly root: WmsLayer;
}

/** A layer with all that it inherits. */
export interface WmsLayer {
  readonly name: string | undefined;
  readonly title: string | undefined;
  readonly abstract: string | undefined;
  /** Where maps are asked for. */
  readonly url: string | undefined;
  /** Upper-case codes, sorted. */
  readonly srs: readonly string[];
  /** West, south, east, north in degrees. */
  readonly llbbox: BBox | undefined;
  /** Extents by code, x east, y north. */
  readonly bboxes: ReadonlyMap<string, BBox>;
  readonly queryable: boolean;
  readonly opaque: boolean;
  /** Legend of the style that is used unless another is asked for. */
  readonly legendUrl: string | undefined;
  /** Coarsest and finest resolution, from the scale hint of WMS 1.1.1. */
  readonly resolutions: { readonly min: number; readonly max: number } | undefined;
  readonly layers: readonly WmsLayer[];
}

/** The document is no description of a WMS, or misses something that it must have. */
export class CapabilitiesFault extends Error {
  readonly kind: "root" | "attribute" | "content";
  constructor(kind: CapabilitiesFault["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

const WMS_130 = "http://www.opengis.net/wms";

/**
 * Reads the capabilities of a WMS; the root element tells the version.
 *
 * @throws CapabilitiesFault
 */
export function parseWmsCapabilities(document: Element): WmsCapabilities {
  const version = versionOf(document);
  const capability = descend(document, "Capability");
  const root = capability && descend(capability, "Layer");
  if (!root) throw new CapabilitiesFault("content", "there is no layer");
  const url = hrefOf(
    descend(capability, "Request", "GetMap", "DCPType", "HTTP", "Get", "OnlineResource"),
  );
  return {
    version,
    title: textOf(descend(document, "Service", "Title")),
    root: readLayer(root, { version, url }, undefined),
  };
}

function versionOf(root: Element): WmsCapabilities["version"] {
  const prefix = root.name.includes(":") ? root.name.split(":")[0] : undefined;
  const namespace = root.attributes[prefix === undefined ? "xmlns" : `xmlns:${prefix}`];
  const name = localName(root);
  if (name === "WMT_MS_Capabilities") return "1.1.1";
  if (name === "WMS_Capabilities" && namespace === WMS_130) return "1.3.0";
  if (name === "Capabilities" && namespace?.startsWith("http://www.opengis.net/wmts/")) {
    throw new CapabilitiesFault("root", "Parsing of WMTS capabilities is not supported");
  }
  const full = namespace === undefined ? name : `{${namespace}}${name}`;
  throw new CapabilitiesFault("root", `unknown start tag in capabilities: ${full}`);
}

interface Document {
  readonly version: WmsCapabilities["version"];
  readonly url: string | undefined;
}

function readLayer(element: Element, document: Document, parent: WmsLayer | undefined): WmsLayer {
  const isNew = document.version === "1.3.0";
  const bboxes = readBBoxes(element, isNew ? "CRS" : "SRS");
  const own: WmsLayer = {
    name: textOf(descend(element, "Name")),
    title: textOf(descend(element, "Title")),
    abstract: textOf(descend(element, "Abstract")),
    url: document.url,
    srs: [...new Set([...codesOf(element, isNew ? "CRS" : "SRS"), ...(parent?.srs ?? [])])].sort(),
    llbbox: (isNew ? geographicBBox(element) : latLonBBox(element)) ?? parent?.llbbox,
    bboxes: bboxes.size > 0 ? bboxes : (parent?.bboxes ?? bboxes),
    queryable: element.attributes.queryable === "1",
    opaque: element.attributes.opaque === "1",
    legendUrl: legendOf(element),
    resolutions: scaleHint(element) ?? parent?.resolutions,
    layers: [],
  };
  const layers = childElements(element, "Layer").map((child) => readLayer(child, document, own));
  return { ...own, layers };
}

/** Several codes in one element are an old habit (1.1.0). */
function codesOf(element: Element, name: string): string[] {
  return childElements(element, name).flatMap((child) =>
    (textOf(child) ?? "")
      .toUpperCase()
      .split(/\s+/)
      .filter((code) => code !== ""),
  );
}

function latLonBBox(element: Element): BBox | undefined {
  const box = descend(element, "LatLonBoundingBox");
  return box && attributeBBox(box);
}

function geographicBBox(element: Element): BBox | undefined {
  const box = descend(element, "EX_GeographicBoundingBox");
  if (!box) return undefined;
  const side = (name: string) => numberOf(textOf(descend(box, name)), name);
  return [
    side("westBoundLongitude"),
    side("southBoundLatitude"),
    side("eastBoundLongitude"),
    side("northBoundLatitude"),
  ];
}

function readBBoxes(element: Element, attribute: "CRS" | "SRS"): Map<string, BBox> {
  const bboxes = new Map<string, BBox>();
  for (const box of childElements(element, "BoundingBox")) {
    const code = needAttribute(box, attribute).toUpperCase();
    const bbox = attributeBBox(box);
    const srs = attribute === "CRS" ? knownSrs(code) : undefined;
    bboxes.set(code, srs ? fromAxisOrder(bbox, srs) : bbox);
  }
  return bboxes;
}

/** `undefined`: nobody here knows it. */
export function knownSrs(code: string): Srs | undefined {
  try {
    return parseSrs(code);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function attributeBBox(box: Element): BBox {
  const side = (name: string) => numberOf(needAttribute(box, name), name);
  return [side("minx"), side("miny"), side("maxx"), side("maxy")];
}

function needAttribute({ attributes }: Element, name: string): string {
  const value = attributes[name];
  if (value !== undefined) return value;
  throw new CapabilitiesFault("attribute", `XML-Element has no such attribute (${name}).`);
}

function numberOf(text: string | undefined, name: string): number {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new CapabilitiesFault("content", `${name} is no number: ${text ?? "nothing"}`);
}

/** Diagonals of a pixel in metres to sides; the smallest diagonal is the finest resolution. */
function scaleHint(element: Element): WmsLayer["resolutions"] {
  const hint = descend(element, "ScaleHint");
  if (!hint) return undefined;
  const side = (name: string) => Math.sqrt(numberOf(needAttribute(hint, name), name) ** 2 / 2);
  return { min: side("max"), max: side("min") };
}

function legendOf(element: Element): string | undefined {
  const style = childElements(element, "Style").find((candidate) =>
    ["", "default"].includes(textOf(descend(candidate, "Name")) ?? ""),
  );
  return style && hrefOf(descend(style, "LegendURL", "OnlineResource"));
}

function hrefOf(element: Element | undefined): string | undefined {
  if (!element) return undefined;
  const name = Object.keys(element.attributes).find((key) => /(?:^|:)href$/.test(key));
  return name === undefined ? undefined : element.attributes[name];
}
