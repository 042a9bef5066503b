import { type Markup, xml } from "../../core/xml.ts";
import type { Contact, Keywords, ServiceMetadata } from "../../model/metadata.ts";
import { configured, floatText } from "../metadata.ts";
import type { PublishedTiles } from "../published.ts";
import { tileSets } from "../tile-grid.ts";
import { extentInGrid } from "../tile-limits.ts";

const PROLOG = `<?xml version="1.0"?>`;

/** What `/tms` answers: the one version there is. */
export function rootDocument({ title }: ServiceMetadata, url: string): string {
  const href = `${withoutSlash(url)}/1.0.0/`;
  return `${PROLOG}
${xml`<Services>
  <TileMapService title="${configured(title)}" version="1.0.0" href="${href}" />
</Services>`}`;
}

/**
 * What `/tms/1.0.0` answers: all tile maps.
 *
 * @param tiles those that the client may see
 */
export function serviceDocument(
  metadata: ServiceMetadata,
  tiles: readonly PublishedTiles[],
  url: string,
): string {
  return `${PROLOG}
${xml`<TileMapService version="1.0.0">
  <Title>${configured(metadata.title)}</Title>
  <Abstract>${configured(metadata.abstract)}</Abstract>
${keywordList(metadata.keyword_list)}${
  metadata.contact && contactInformation(metadata.contact)
}  <TileMaps>
${tiles.map(({ layer, view, spec }) => {
  const href = `${withoutSlash(url)}/${encodeURIComponent(layer.name)}/${encodeURIComponent(spec)}`;
  return xml`    <TileMap title="${configured(layer.title)}" srs="${view.srsName}" profile="${view.profile}" href="${href}" />
`;
})}  </TileMaps>
</TileMapService>`}`;
}

/** What `/tms/1.0.0/LAYER` answers: the levels of one tile map. */
export function tileMapDocument({ layer, view, extension }: PublishedTiles, url: string): string {
  const { grid } = layer;
  const bbox = extentInGrid(grid, layer.extent);
  const [minx, miny, maxx, maxy] = bbox.map(floatText) as [string, string, string, string];
  const [width, height] = grid.tileSize;
  return `${PROLOG}
${xml`<TileMap version="1.0.0">
  <Title>${configured(layer.title)}</Title>
  <Abstract></Abstract>
  <SRS>${view.srsName}</SRS>
  <BoundingBox minx="${minx}" miny="${miny}" maxx="${maxx}" maxy="${maxy}" />
  <Origin x="${minx}" y="${miny}" />
  <TileFormat width="${width}" height="${height}" mime-type="image/${extension}" extension="${extension}" />
  <TileSets profile="${view.profile}">
${tileSets(view).map(
  ({ order, resolution }) =>
    xml`    <TileSet href="${withoutSlash(url)}/${order}" units-per-pixel="${floatText(resolution)}" order="${order}" />
`,
)}  </TileSets>
</TileMap>`}`;
}

/** What an error is told in. */
export function errorDocument(message: string): string {
  return `${PROLOG}
${xml`<TileMapServerError>
  <Message>${message}</Message>
</TileMapServerError>`}`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

/** One list for all vocabularies, each word in quotes. */
function keywordList(list: readonly Keywords[] | null | undefined): Markup | undefined {
  const groups = (list ?? [])
    .map(({ keywords }) => (keywords ?? []).map((word) => `"${word}"`).join(" "))
    .filter((group) => group !== "");
  return groups.length > 0 ? xml`  <KeywordList>${groups.join(" ")}</KeywordList>\n` : undefined;
}

function contactInformation(contact: Contact): Markup {
  return xml`  <ContactInformation>
    <ContactPersonPrimary>
      <ContactPerson>${configured(contact.person)}</ContactPerson>
      <ContactOrganization>${configured(contact.organization)}</ContactOrganization>
    </ContactPersonPrimary>
    <ContactPosition>${configured(contact.position)}</ContactPosition>
    <ContactAddress>
      <Address>${configured(contact.address)}</Address>
      <City>${configured(contact.city)}</City>
      <PostCode>${configured(contact.postcode)}</PostCode>
      <Country>${configured(contact.country)}</Country>
    </ContactAddress>
    <ContactVoiceTelephone>${configured(contact.phone)}</ContactVoiceTelephone>
    <ContactFacsimileTelephone>${configured(contact.fax)}</ContactFacsimileTelephone>
    <ContactElectronicMailAddress>${configured(contact.email)}</ContactElectronicMailAddress>
  </ContactInformation>
`;
}
