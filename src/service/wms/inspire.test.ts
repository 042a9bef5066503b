import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capabilitiesQuery, elementNames, richWms } from "../../../test/wms-service.ts";

describe("INSPIRE", () => {
  const dates = { date_of_publication: new Date("2020-01-02T00:00:00Z") };
  const locators = [{ url: "http://r?a&b", media_type: "text/html" }];
  const linked = {
    type: "linked" as const,
    metadata_url: { url: "http://md", media_type: "text/xml" },
    languages: { default: "eng" },
  };

  it("services-wms 22: linked metadata stand between exceptions and layers of 1.3.0", async () => {
    const { text } = await richWms({ inspire_md: linked });
    const document = await text(capabilitiesQuery("1.3.0"));
    const names = elementNames(
      document.slice(document.indexOf("</Exception>"), document.indexOf("<Layer")),
    );
    assert.deepEqual(
      names.map((name) => name.replace("inspire_common:", "")),
      [
        "inspire_vs:ExtendedCapabilities",
        ..."MetadataUrl URL MediaType SupportedLanguages DefaultLanguage Language ResponseLanguage Language".split(
          " ",
        ),
      ],
    );
    assert.match(document, /<Name>inspire_common:DEFAULT<\/Name>/);
    assert.ok(!(await text(capabilitiesQuery("1.1.1"))).includes("inspire"));
  });

  it("services-wms 22: embedded metadata in the order of the schema", async () => {
    const { text } = await richWms({
      inspire_md: {
        type: "embedded",
        resource_locators: locators,
        temporal_reference: dates,
        conformities: [
          {
            title: "C",
            ...dates,
            uris: ["OGC:1"],
            resource_locators: locators,
            degree: "conformant",
          },
        ],
        metadata_points_of_contact: [{ organisation_name: "Org", email: "a@b.de" }],
        mandatory_keywords: ["infoMapAccessService"],
        keywords: [{ title: "GEMET", ...dates, keyword_value: "Orthoimagery" }],
        metadata_date: "2021-03-04",
        metadata_url: { url: "http://md", media_type: "text/xml" },
        languages: { default: "ger" },
      },
    });
    const document = await text(capabilitiesQuery("1.3.0"));
    const names = elementNames(
      document.slice(document.indexOf("</Exception>"), document.indexOf("<Layer")),
    );
    assert.deepEqual(
      names.slice(1).map((name) => name.replace("inspire_common:", "")),
      (
        "ResourceLocator URL MediaType ResourceType TemporalReference DateOfPublication " +
        "Conformity Specification Title DateOfPublication URI ResourceLocator URL MediaType Degree " +
        "MetadataPointOfContact OrganisationName EmailAddress MetadataDate SpatialDataServiceType " +
        "MandatoryKeyword KeywordValue Keyword OriginatingControlledVocabulary Title DateOfPublication KeywordValue " +
        "SupportedLanguages DefaultLanguage Language ResponseLanguage Language MetadataUrl URL MediaType"
      ).split(" "),
    );
    assert.ok(document.includes("<inspire_common:DateOfPublication>2020-01-02<"));
    assert.ok(document.includes("http://r?a&amp;b"));
  });
});
