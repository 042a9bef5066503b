/** Configured description of a layer (`layers[].md`). */
export interface LayerMetadata {
  readonly abstract?: string | undefined;
  readonly keywordList?: readonly Keywords[] | undefined;
  readonly attribution?:
    | {
        readonly title?: string | undefined;
        readonly url?: string | undefined;
        readonly logo?:
          | {
              readonly url?: string | undefined;
              readonly width?: number | undefined;
              readonly height?: number | undefined;
              readonly format?: string | undefined;
            }
          | undefined;
      }
    | undefined;
  readonly identifiers?: readonly { url?: string; name?: string; value?: string }[] | undefined;
  readonly metadata?: readonly { url?: string; type?: string; format?: string }[] | undefined;
  readonly data?: readonly { url?: string; format?: string }[] | undefined;
  readonly featureList?: readonly { url?: string; format?: string }[] | undefined;
  /** Legend URL templates of WMTS with `{base_url}` and `{layer_name}`. */
  readonly wmtsKvpLegendUrl?: string | undefined;
  readonly wmtsRestLegendUrl?: string | undefined;
  /** Ground resolution (m/px) the layer is meant for; OGC API Maps. */
  readonly nominalResolution?: number | undefined;
  /** Seconds for which clients may keep tiles; those of the service where absent. */
  readonly maxAge?: number | undefined;
  /** Formats into which tiles are turned for clients that ask for them by `Accept`. */
  readonly acceptFormats?: readonly "image/webp"[] | undefined;
}

export interface Keywords {
  readonly vocabulary?: string | undefined;
  readonly keywords: readonly string[];
}

/** Configured description of a service (`services.*.md`). */
export interface ServiceMetadata {
  readonly title?: string | undefined;
  readonly abstract?: string | undefined;
  readonly online_resource?: string | undefined;
  readonly fees?: string | undefined;
  readonly access_constraints?: string | undefined;
  readonly contact?: Contact | undefined;
  readonly keyword_list?: readonly Keywords[] | undefined;
}

export interface Contact {
  readonly person?: string | undefined;
  readonly position?: string | undefined;
  readonly organization?: string | undefined;
  readonly address_type?: string | undefined;
  readonly address?: string | undefined;
  readonly city?: string | undefined;
  readonly state?: string | undefined;
  readonly postcode?: string | undefined;
  readonly country?: string | undefined;
  readonly phone?: string | undefined;
  readonly fax?: string | undefined;
  readonly email?: string | undefined;
}
