import * as v from "valibot";
import {
  httpConfig,
  onErrorConfig,
  sourceEntries,
  sourceImageConfig,
  strings,
} from "../model/options.ts";

/** A value that can stand in a query string. */
const scalar = v.union([v.string(), v.number(), v.boolean(), v.null(), v.date()]);

/** Text of a parameter. Numbers need no quotes: servers that count their layers are asked for `layers: 0`. */
const text = v.pipe(v.union([v.string(), v.number()]), v.transform(String));

/** Parameters that are sent with every request, next to the keys that a kind names itself. */
export function requestOptions<T extends v.ObjectEntries>(entries: T) {
  return v.objectWithRest(entries, scalar);
}

const wmsEntries = {
  version: v.optional(v.string(), "1.1.1"),
  map: v.optional(v.boolean(), true),
  featureinfo: v.optional(v.boolean(), false),
  featureinfo_format: v.optional(v.string()),
  featureinfo_xslt: v.optional(v.string()),
  featureinfo_out_format: v.optional(v.string()),
  query_layers: v.optional(v.string()),
  legendgraphic: v.optional(v.boolean(), false),
  legendurl: v.optional(v.string()),
};

/** Options that sources speaking WMS have in common. */
export const wmsCommon = {
  ...sourceEntries,
  wms_opts: v.optional(v.strictObject(wmsEntries), {}),
  image: v.optional(sourceImageConfig),
  supported_formats: v.optional(strings),
  supported_srs: v.optional(strings),
  forward_req_params: v.optional(strings),
  http: v.optional(httpConfig),
  on_error: v.optional(onErrorConfig),
};

const requestEntries = {
  layers: v.optional(text),
  styles: v.optional(v.nullable(text)),
  format: v.optional(v.string()),
  transparent: v.optional(v.union([v.boolean(), v.string(), v.number()])),
  sld: v.optional(v.string()),
  sld_body: v.optional(v.string()),
};

/** Options of a `wms` source. */
export const wmsOptions = v.strictObject({
  type: v.literal("wms"),
  ...wmsCommon,
  req: requestOptions({ url: v.string(), ...requestEntries }),
});

/** Options of a `mapserver` source. */
export const mapserverOptions = v.strictObject({
  type: v.literal("mapserver"),
  ...wmsCommon,
  req: requestOptions({ map: v.string(), url: v.optional(v.string()), ...requestEntries }),
  mapserver: v.optional(
    v.strictObject({ binary: v.optional(v.string()), working_dir: v.optional(v.string()) }),
  ),
});

/** What {@linkcode createWms} needs of the options of both. */
export type WmsConfig = Omit<v.InferOutput<typeof wmsOptions>, "type" | "req"> & {
  readonly req: Readonly<Record<string, unknown>> & {
    readonly url: string;
    readonly format?: string | undefined;
    readonly transparent?: unknown;
  };
};
