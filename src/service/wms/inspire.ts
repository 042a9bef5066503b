import { type Markup, markup, xml } from "../../core/xml.ts";
import { element, optional } from "./markup.ts";
import type { EmbeddedMetadata, InspireMetadata } from "./options.ts";

/** Namespaces that the extension needs on the root. */
export const INSPIRE_NAMESPACES = markup(
  ' xmlns:inspire_common="http://inspire.ec.europa.eu/schemas/common/1.0" xmlns:inspire_vs="http://inspire.ec.europa.eu/schemas/inspire_vs/1.0"',
);

/** Pair for `xsi:schemaLocation`. */
export const INSPIRE_SCHEMA =
  "http://inspire.ec.europa.eu/schemas/inspire_vs/1.0 http://inspire.ec.europa.eu/schemas/inspire_vs/1.0/inspire_vs.xsd";

type Locator = EmbeddedMetadata["resource_locators"][number];
type Dates = EmbeddedMetadata["temporal_reference"];
type Conformity = EmbeddedMetadata["conformities"][number];
type Vocabulary = NonNullable<EmbeddedMetadata["keywords"]>[number];

/** `ExtendedCapabilities` of an INSPIRE view service (Technical Guidance 3.11, 4.2.3.3.1). */
export function extendedCapabilities(metadata: InspireMetadata): Markup {
  const body =
    metadata.type === "linked"
      ? xml`${metadataUrl(metadata.metadata_url)}${languages(metadata.languages.default)}`
      : embedded(metadata);
  return xml`<inspire_vs:ExtendedCapabilities>
${body}</inspire_vs:ExtendedCapabilities>
`;
}

function embedded(metadata: EmbeddedMetadata): Markup {
  return xml`${metadata.resource_locators.map(locator)}${common("ResourceType", "service")}<inspire_common:TemporalReference>
${dates(metadata.temporal_reference)}</inspire_common:TemporalReference>
${metadata.conformities.map(conformity)}${metadata.metadata_points_of_contact.map(
  ({ organisation_name, email }) => xml`<inspire_common:MetadataPointOfContact>
${common("OrganisationName", organisation_name)}${common("EmailAddress", email)}</inspire_common:MetadataPointOfContact>
`,
)}${common("MetadataDate", day(metadata.metadata_date))}${common("SpatialDataServiceType", "view")}${metadata.mandatory_keywords.map(
  (keyword) => xml`<inspire_common:MandatoryKeyword>
${common("KeywordValue", keyword)}</inspire_common:MandatoryKeyword>
`,
)}${(metadata.keywords ?? []).map(vocabularyKeyword)}${languages(metadata.languages.default)}${
  metadata.metadata_url && metadataUrl(metadata.metadata_url)
}`;
}

function common(name: string, value: unknown): Markup {
  return element(`inspire_common:${name}`, value);
}

function locator({ url, media_type }: Locator): Markup {
  return xml`<inspire_common:ResourceLocator>
${common("URL", url)}${common("MediaType", media_type)}</inspire_common:ResourceLocator>
`;
}

function conformity(item: Conformity): Markup {
  return xml`<inspire_common:Conformity>
<inspire_common:Specification>
${specification(item)}</inspire_common:Specification>
${common("Degree", item.degree)}</inspire_common:Conformity>
`;
}

function vocabularyKeyword(item: Vocabulary): Markup {
  return xml`<inspire_common:Keyword>
<inspire_common:OriginatingControlledVocabulary>
${specification(item)}</inspire_common:OriginatingControlledVocabulary>
${common("KeywordValue", item.keyword_value)}</inspire_common:Keyword>
`;
}

function specification(item: Conformity | Vocabulary): Markup {
  return xml`${optional("inspire_common:Title", item.title)}${dates(item)}${(item.uris ?? []).map(
    (uri) => common("URI", uri),
  )}${(item.resource_locators ?? []).map(locator)}`;
}

function dates(item: Dates): Markup {
  return xml`${optional("inspire_common:DateOfPublication", day(item.date_of_publication))}${optional(
    "inspire_common:DateOfCreation",
    day(item.date_of_creation),
  )}${optional("inspire_common:DateOfLastRevision", day(item.date_of_last_revision))}`;
}

/** A date as `YYYY-MM-DD`; texts stay as they are. */
function day(value: string | Date | undefined): string | undefined {
  return value instanceof Date ? value.toISOString().slice(0, 10) : value;
}

function metadataUrl({ url, media_type }: Locator): Markup {
  return xml`<inspire_common:MetadataUrl>
${common("URL", url)}${common("MediaType", media_type)}</inspire_common:MetadataUrl>
`;
}

function languages(preset: string): Markup {
  return xml`<inspire_common:SupportedLanguages>
<inspire_common:DefaultLanguage>
${common("Language", preset)}</inspire_common:DefaultLanguage>
</inspire_common:SupportedLanguages>
<inspire_common:ResponseLanguage>
${common("Language", preset)}</inspire_common:ResponseLanguage>
`;
}
