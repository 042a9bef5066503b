import { type Markup, markup, xml } from "../../core/xml.ts";
import { type Grid, resolution } from "../../grid/grid.ts";
import { levelBBox } from "../../grid/tiles.ts";
import type { Contact, Keywords, ServiceMetadata } from "../../model/metadata.ts";
import { toAxisOrder } from "../../srs/axis.ts";
import { extentBBox } from "../../srs/extent.ts";
import { parseSrs } from "../../srs/srs.ts";
import { configured, floatText } from "../metadata.ts";
import { publicGrid, publicLevels } from "../tile-grid.ts";
import { extentInGrid } from "../tile-limits.ts";
import { levelName, type WmtsLayer } from "./layers.ts";
import type { MetadataQuestion } from "./operations.ts";
import { fillTemplate } from "./template.ts";

/** A way in which features can be described. */
export interface InfoFormat {
  readonly mimetype: string;
  readonly suffix: string | undefined;
}

/** What the service metadata document tells, besides what belongs to one request. */
export interface MetadataContents {
  readonly metadata: ServiceMetadata;
  readonly infoFormats: readonly InfoFormat[];
  /** `strict_ogc`: vocabularies are told where the schema has a place for them. */
  readonly isStrict: boolean;
  /** Path templates below the service's URL. */
  readonly templates: { readonly tile: string; readonly info: string };
  /** URL of a layer's legend; `undefined` if it has none. */
  legendUrl(layer: WmtsLayer, question: MetadataQuestion): string | undefined;
}

/** Pixel size of the standard's scale denominators (OGC 07-057r7, 6.1), metres. */
const PIXEL = 0.00028;
/** Metres in a degree at the equator of WGS 84, as the standard counts. */
const METRES_PER_DEGREE = 111319.4907932736;

/**
 * The service metadata document (OGC 07-057r7, 7.1).
 *
 * @param layers those that the client may see
 * @param grids tile matrix sets by name
 */
export function capabilities(
  contents: MetadataContents,
  { layers, grids }: { layers: readonly WmtsLayer[]; grids: Iterable<Grid> },
  question: MetadataQuestion,
): string {
  const { metadata } = contents;
  const has = (section: string) => question.sections?.has(section) ?? true;
  const isRestful = question.binding === "RESTful";
  const all = has("contents");
  const document = xml`<?xml version="1.0"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:gml="http://www.opengis.net/gml" xsi:schemaLocation="http://www.opengis.net/wmts/1.0 http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd" version="1.0.0">
${has("serviceidentification") && identification(contents)}${
  has("serviceprovider") && metadata.contact && provider(metadata, metadata.contact)
}${has("operationsmetadata") && operations(question)}${
  all &&
  xml`  <Contents>
${layers.map((layer) => layerElement(layer, contents, question))}${[...grids].map(tileMatrixSet)}  </Contents>
`
}${isRestful && xml`  <ServiceMetadataURL xlink:href="${question.url}/1.0.0/WMTSCapabilities.xml"/>\n`}</Capabilities>`;
  return document.text;
}

function identification({ metadata, isStrict }: MetadataContents): Markup {
  return xml`  <ows:ServiceIdentification>
    <ows:Title>${configured(metadata.title)}</ows:Title>
    <ows:Abstract>${configured(metadata.abstract)}</ows:Abstract>
${isStrict ? keywordLists(metadata.keyword_list) : keywords(metadata.keyword_list)}    <ows:ServiceType>OGC WMTS</ows:ServiceType>
    <ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion>
    <ows:Fees>${configured(metadata.fees ?? "none")}</ows:Fees>
    <ows:AccessConstraints>${configured(metadata.access_constraints ?? "none")}</ows:AccessConstraints>
  </ows:ServiceIdentification>
`;
}

/** Keywords of all vocabularies in one list, as clients of the reference know it; the schema has no such attribute. */
function keywords(list: readonly Keywords[] | null | undefined): Markup | undefined {
  const words = (list ?? []).flatMap(({ vocabulary, keywords: names }) =>
    (names ?? []).map((name) => {
      const from = vocabulary && xml` vocabulary="${configured(vocabulary)}"`;
      return xml`      <ows:Keyword${from}>${configured(name)}</ows:Keyword>\n`;
    }),
  );
  return words.length > 0 ? xml`    <ows:Keywords>\n${words}    </ows:Keywords>\n` : undefined;
}

/** A list for each vocabulary, which is its type (OGC 06-121r3, table 15). */
function keywordLists(list: readonly Keywords[] | null | undefined): readonly Markup[] {
  const filled = (list ?? []).filter(({ keywords: names }) => names?.length);
  return filled.map(({ vocabulary, keywords: names = [] }) => {
    const words = (names ?? []).map(
      (name) => xml`      <ows:Keyword>${configured(name)}</ows:Keyword>\n`,
    );
    const type = vocabulary && xml`      <ows:Type>${configured(vocabulary)}</ows:Type>\n`;
    return xml`    <ows:Keywords>\n${words}${type}    </ows:Keywords>\n`;
  });
}

function provider(metadata: ServiceMetadata, contact: Contact): Markup {
  const site = metadata.online_resource;
  const line = (name: string, value: unknown, indent: string) =>
    present(value) &&
    xml`${markup(indent)}<ows:${markup(name)}>${configured(value)}</ows:${markup(name)}>\n`;
  return xml`  <ows:ServiceProvider>
    <ows:ProviderName>${configured(contact.organization)}</ows:ProviderName>
${site && xml`    <ows:ProviderSite xlink:href="${configured(site)}"/>\n`}    <ows:ServiceContact>
${line("IndividualName", contact.person, "      ")}${line("PositionName", contact.position, "      ")}      <ows:ContactInfo>
        <ows:Phone>
${line("Voice", contact.phone, "          ")}${line("Facsimile", contact.fax, "          ")}        </ows:Phone>
        <ows:Address>
${line("DeliveryPoint", contact.address, "          ")}${line("City", contact.city, "          ")}${line(
  "AdministrativeArea",
  contact.state,
  "          ",
)}${line("PostalCode", contact.postcode, "          ")}${line("Country", contact.country, "          ")}${line(
  "ElectronicMailAddress",
  contact.email,
  "          ",
)}        </ows:Address>
      </ows:ContactInfo>
    </ows:ServiceContact>
  </ows:ServiceProvider>
`;
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function operations({ url, binding }: MetadataQuestion): Markup {
  const names = ["GetCapabilities", "GetTile", "GetFeatureInfo"];
  return xml`  <ows:OperationsMetadata>
${names.map(
  (name) => xml`    <ows:Operation name="${name}">
      <ows:DCP>
        <ows:HTTP>
          <ows:Get xlink:href="${url}?">
            <ows:Constraint name="GetEncoding">
              <ows:AllowedValues>
                <ows:Value>${binding}</ows:Value>
              </ows:AllowedValues>
            </ows:Constraint>
          </ows:Get>
        </ows:HTTP>
      </ows:DCP>
    </ows:Operation>
`,
)}  </ows:OperationsMetadata>
`;
}

function layerElement(
  layer: WmtsLayer,
  contents: MetadataContents,
  question: MetadataQuestion,
): Markup {
  const { layer: first, extension } = layer.first;
  const legend = contents.legendUrl(layer, question);
  const infoFormats = layer.infos.length > 0 ? contents.infoFormats : [];
  const [west, south, east, north] = extentBBox(first.extent, parseSrs("EPSG:4326"));
  return xml`    <Layer>
      <ows:Title>${configured(first.title)}</ows:Title>
      <ows:Abstract>${configured(first.metadata.abstract)}</ows:Abstract>
      <ows:WGS84BoundingBox>
        <ows:LowerCorner>${floatText(west)} ${floatText(south)}</ows:LowerCorner>
        <ows:UpperCorner>${floatText(east)} ${floatText(north)}</ows:UpperCorner>
      </ows:WGS84BoundingBox>
      <ows:Identifier>${layer.name}</ows:Identifier>
${boundingBoxes(layer)}      <Style isDefault="true">
        <ows:Identifier>default</ows:Identifier>
${legend !== undefined && xml`        <LegendURL format="image/png" xlink:href="${legend}"/>\n`}      </Style>
      <Format>image/${extension}</Format>
${infoFormats.map(({ mimetype }) => xml`      <InfoFormat>${mimetype}</InfoFormat>\n`)}${dimensionElements(
  layer,
  contents,
)}${[...layer.sets.keys()].map(
  (name) => xml`      <TileMatrixSetLink>
        <TileMatrixSet>${name}</TileMatrixSet>
      </TileMatrixSetLink>
`,
)}${question.binding === "RESTful" && resourceUrls(layer, contents, question)}    </Layer>
`;
}

/**
 * What the layer covers in the system of each of its sets, once a system. Without, clients that
 * work in that system guess from degrees, or take the whole grid.
 */
function boundingBoxes({ sets }: WmtsLayer): Markup[] {
  const elements = new Map<string, Markup>();
  for (const { layer } of sets.values()) {
    const { srs } = layer.grid;
    if (elements.has(srs.code)) continue;
    const [minx, miny, maxx, maxy] = toAxisOrder(extentInGrid(layer.grid, layer.extent), srs);
    elements.set(
      srs.code,
      xml`      <ows:BoundingBox crs="${crsUrn(layer.grid)}">
        <ows:LowerCorner>${floatText(minx)} ${floatText(miny)}</ows:LowerCorner>
        <ows:UpperCorner>${floatText(maxx)} ${floatText(maxy)}</ows:UpperCorner>
      </ows:BoundingBox>
`,
    );
  }
  return [...elements.values()];
}

function dimensionElements(layer: WmtsLayer, { templates }: MetadataContents): Markup[] {
  return layer.dimensions.map(({ name, values, default: standard }) => {
    const variable = new RegExp(`\\{(${name.replace(/\W/g, "\\$&")})\\}`, "i");
    const spelled = variable.exec(templates.tile)?.[1] ?? name;
    return xml`      <Dimension>
        <ows:Identifier>${spelled}</ows:Identifier>
        <Default>${standard}</Default>
${values.map((value) => xml`        <Value>${value}</Value>\n`)}      </Dimension>
`;
  });
}

function resourceUrls(
  layer: WmtsLayer,
  { templates, infoFormats }: MetadataContents,
  { url }: MetadataQuestion,
): Markup {
  const { extension } = layer.first;
  const tile = url + fillTemplate(templates.tile, { Layer: layer.name, Format: extension });
  const infos = layer.infos.length > 0 ? infoFormats : [];
  return xml`      <ResourceURL format="image/${extension}" resourceType="tile" template="${tile}"/>
${infos
  .filter(({ suffix }) => suffix !== undefined)
  .map(({ mimetype, suffix = "" }) => {
    const info = url + fillTemplate(templates.info, { Layer: layer.name, InfoFormat: suffix });
    return xml`      <ResourceURL format="${mimetype}" resourceType="FeatureInfo" template="${info}"/>\n`;
  })}`;
}

function tileMatrixSet(grid: Grid): Markup {
  const view = publicGrid(grid);
  return xml`    <TileMatrixSet>
      <ows:Identifier>${grid.name}</ows:Identifier>
      <ows:SupportedCRS>${crsUrn(grid)}</ows:SupportedCRS>
${publicLevels(view).map((level, order) => tileMatrix(grid, level, levelName(view, order)))}    </TileMatrixSet>
`;
}

function tileMatrix(grid: Grid, level: number, name: string): Markup {
  const [columns = 0, rows = 0] = grid.sizes[level] ?? [];
  const metres = grid.srs.isGeographic ? METRES_PER_DEGREE : 1;
  const scale = (resolution(grid, level) / PIXEL) * metres;
  const [minx, , , maxy] = levelBBox(grid, level);
  const corner = grid.srs.northEast ? [maxy, minx] : [minx, maxy];
  return xml`      <TileMatrix>
        <ows:Identifier>${name}</ows:Identifier>
        <ScaleDenominator>${Number(scale.toFixed(10))}</ScaleDenominator>
        <TopLeftCorner>${floatText(corner[0]!)} ${floatText(corner[1]!)}</TopLeftCorner>
        <TileWidth>${grid.tileSize[0]}</TileWidth>
        <TileHeight>${grid.tileSize[1]}</TileHeight>
        <MatrixWidth>${columns}</MatrixWidth>
        <MatrixHeight>${rows}</MatrixHeight>
      </TileMatrix>
`;
}

/** The URN under which the reference's clients know a system: the code as it is, without version. */
function crsUrn({ srs }: Grid): string {
  return `urn:ogc:def:crs:${srs.code}`;
}
