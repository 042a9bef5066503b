import * as v from "valibot";
import { bbox, integer, number, serviceMetadata, strings } from "../../model/options.ts";

const resourceLocator = v.strictObject({ url: v.string(), media_type: v.string() });
const languages = v.strictObject({ default: v.string() });
/** YAML 1.2 reads dates as text, TOML as dates. */
const date = v.union([v.string(), v.date()]);
const dates = {
  date_of_publication: v.optional(date),
  date_of_creation: v.optional(date),
  date_of_last_revision: v.optional(date),
};
/** What a conformity and a keyword say about the document they refer to. */
const specification = {
  ...dates,
  uris: v.optional(strings),
};

/** `services.wms.inspire_md` with a link to metadata that lie elsewhere. */
const linkedMetadata = v.strictObject({
  type: v.literal("linked"),
  metadata_url: resourceLocator,
  languages,
});

/** `services.wms.inspire_md` with the metadata themselves. */
const embeddedMetadata = v.strictObject({
  type: v.literal("embedded"),
  resource_locators: v.array(resourceLocator),
  temporal_reference: v.strictObject(dates),
  conformities: v.array(
    v.strictObject({
      title: v.optional(v.string()),
      ...specification,
      resource_locators: v.array(resourceLocator),
      degree: v.string(),
    }),
  ),
  metadata_points_of_contact: v.array(
    v.strictObject({ organisation_name: v.optional(v.string()), email: v.optional(v.string()) }),
  ),
  mandatory_keywords: strings,
  keywords: v.optional(
    v.array(
      v.strictObject({
        title: v.string(),
        ...specification,
        resource_locators: v.optional(v.array(resourceLocator)),
        keyword_value: v.string(),
      }),
    ),
  ),
  metadata_date: date,
  metadata_url: v.optional(resourceLocator),
  languages,
});

export const inspireMetadata = v.variant("type", [linkedMetadata, embeddedMetadata]);
export type InspireMetadata = v.InferOutput<typeof inspireMetadata>;
export type EmbeddedMetadata = v.InferOutput<typeof embeddedMetadata>;

/** Options of `services.wms`; what is absent here may stand under the same name in `globals.wms`. */
export const wmsOptions = v.strictObject({
  /** Absent: a title of our own. Given without `title`: no title. */
  md: v.optional(v.nullable(serviceMetadata)),
  /** For the INSPIRE view service; version 1.3.0 only. */
  inspire_md: v.optional(v.nullable(inspireMetadata)),
  /** Reference systems that are accepted and advertised. */
  srs: v.optional(v.nullable(strings)),
  /** Systems for which each layer lists a bbox; those with a bbox of their own are cut to it. */
  bbox_srs: v.optional(
    v.nullable(v.array(v.union([v.string(), v.strictObject({ srs: v.string(), bbox })]))),
  ),
  /** MIME types, or names from `globals.image.formats`, in the order of the capabilities. */
  image_formats: v.optional(v.nullable(strings)),
  /** Drawn into the lower right corner of each map. */
  attribution: v.optional(v.nullable(v.strictObject({ text: v.optional(v.string()) }))),
  /** Advertised only; clients may ask for others. */
  featureinfo_types: v.optional(v.nullable(v.array(v.picklist(["text", "html", "xml", "json"])))),
  /** Stylesheets for the joined answers. */
  featureinfo_xslt: v.optional(
    v.nullable(v.strictObject({ html: v.optional(v.string()), xml: v.optional(v.string()) })),
  ),
  /** `raise`: one failing source fails the map; anything else: the reason is drawn onto the map. */
  on_source_errors: v.optional(v.nullable(v.string())),
  /** Pixels, or `[width, height]` whose product counts. */
  max_output_pixels: v.optional(v.nullable(v.union([number, v.array(number)]))),
  /** Whether GetFeatureInfo and GetLegendGraphic need all parameters of the standard. */
  strict: v.optional(v.nullable(v.boolean())),
  /**
   * Where the reference and the tests of the OGC disagree, do as the OGC wants: see
   * docs/wms-conformance.md.
   */
  strict_ogc: v.optional(v.nullable(v.boolean())),
  /** Seconds for which answers about features are kept in memory; 0 (default): not at all. */
  featureinfo_cache: v.optional(v.nullable(number)),
  versions: v.optional(v.nullable(strings)),
  /** Layers of one map that are drawn at the same time. */
  concurrent_layer_renderer: v.optional(v.nullable(integer)),
});

export type WmsOptions = v.InferOutput<typeof wmsOptions>;
