import type { BBox } from "../../geo/bbox.ts";
import type { ImageOptions } from "../../image/options.ts";
import { largestMap } from "../../layer/cost.ts";
import { ConfigFault, type ServiceDeps } from "../../model/define.ts";
import type { ServiceMetadata } from "../../model/metadata.ts";
import type { InfoDocument } from "../../model/source.ts";
import type { Srs } from "../../srs/srs.ts";
import type { InspireMetadata, WmsOptions } from "./options.ts";
import { VERSIONS, type WmsVersion } from "./version.ts";

/** As clients of the reference know it. */
const DEFAULT_TITLE = "MapProxy WMS";
const DEFAULT_SRS = ["EPSG:4326", "EPSG:4258", "CRS:84", "EPSG:900913", "EPSG:3857"];
const DEFAULT_FORMATS = ["image/png", "image/jpeg", "image/gif", "image/GeoTIFF", "image/tiff"];
const DEFAULT_INFO_TYPES: readonly InfoDocument["type"][] = ["text", "html", "xml"];
/** Systems with a bbox in each layer unless `bbox_srs` names others. */
const DEFAULT_BOXES = ["EPSG:3857", "EPSG:4326", "EPSG:900913"];
const DEFAULT_MAX_PIXELS = 4000 * 4000;
/** Where the configuration sets no limit: what one picture may take (1 GiB of RGBA). */
const HARD_MAX_PIXELS = 2 ** 28;

/** A reference system for which each layer lists a bbox. */
export interface BoxSrs {
  /** As configured. */
  readonly code: string;
  readonly srs: Srs;
  /** x east, y north. Nothing beyond it is advertised or drawn; `undefined`: no such limit. */
  readonly limit: BBox | undefined;
}

/** Options of the service with all defaults filled in. */
export interface WmsSettings {
  readonly title: string;
  readonly metadata: ServiceMetadata;
  readonly inspire: InspireMetadata | undefined;
  /** Oldest first. */
  readonly versions: readonly WmsVersion[];
  /** By upper-case code, in the order of the configuration. */
  readonly srs: ReadonlyMap<string, Srs>;
  readonly boxes: readonly BoxSrs[];
  /** By MIME type as requests must spell it. */
  readonly formats: ReadonlyMap<string, ImageOptions>;
  readonly infoTypes: readonly InfoDocument["type"][];
  readonly attribution: string | undefined;
  readonly onSourceErrors: "notify" | "raise";
  /** As advertised; 0: no limit. */
  readonly maxPixels: number;
  /** As enforced. */
  readonly pixelLimit: number;
  readonly strict: boolean;
  readonly strictOgc: boolean;
  /** ms for which answers about features are kept; 0: not at all. */
  readonly infoAge: number;
  readonly concurrency: number;
}

/**
 * Fills in defaults: an option, else the same key below `globals.wms`, else what is built in.
 *
 * @throws ConfigFault if a reference system, bbox or version cannot be used
 */
export function wmsSettings(options: WmsOptions, deps: ServiceDeps): WmsSettings {
  const setting = <K extends keyof WmsOptions>(key: K): WmsOptions[K] =>
    options[key] ?? ((deps.global(`wms.${key}`) ?? undefined) as WmsOptions[K]);

  const metadata = (options.md ?? { title: DEFAULT_TITLE }) as ServiceMetadata;
  const srs = systems(setting("srs") ?? DEFAULT_SRS, deps);
  const maxPixels = pixels(setting("max_output_pixels"));
  return {
    title: metadata.title ?? "",
    metadata,
    inspire: options.inspire_md ?? undefined,
    versions: supportedVersions(options.versions ?? undefined),
    srs,
    boxes: boxSystems(options.bbox_srs ?? undefined, srs, deps),
    formats: imageFormats(setting("image_formats") ?? DEFAULT_FORMATS, deps),
    infoTypes: infoTypes(options),
    attribution: options.attribution?.text || undefined,
    onSourceErrors: setting("on_source_errors") === "raise" ? "raise" : "notify",
    maxPixels,
    pixelLimit: Math.min(
      maxPixels > 0 ? maxPixels : HARD_MAX_PIXELS,
      largestMap(deps.platform.budget),
    ),
    strict: setting("strict") ?? false,
    strictOgc: setting("strict_ogc") ?? false,
    infoAge: Math.max(0, setting("featureinfo_cache") ?? 0) * 1000,
    concurrency: Math.max(1, setting("concurrent_layer_renderer") ?? 1),
  };
}

function systems(codes: readonly string[], deps: ServiceDeps): Map<string, Srs> {
  const known = new Map<string, Srs>();
  for (const [i, code] of codes.entries()) {
    known.set(code.toUpperCase(), system(code, `srs[${i}]`, deps));
  }
  return known;
}

function system(code: string, path: string, deps: ServiceDeps): Srs {
  try {
    return deps.srs(code);
  } catch (error) {
    throw new ConfigFault(path, (error as Error).message);
  }
}

function boxSystems(
  configured: WmsOptions["bbox_srs"],
  supported: ReadonlyMap<string, Srs>,
  deps: ServiceDeps,
): BoxSrs[] {
  const boxes = new Map<string, BoxSrs>();
  for (const [i, item] of (configured ?? DEFAULT_BOXES).entries()) {
    const path = `bbox_srs[${i}]`;
    const code = typeof item === "string" ? item : item.srs;
    const srs = system(code, path, deps);
    const limit = typeof item === "string" ? undefined : readBBox(item.bbox, `${path}.bbox`);
    if (supported.has(code.toUpperCase())) boxes.set(code, { code, srs, limit });
  }
  return [...boxes.values()];
}

function readBBox(value: string | readonly number[], path: string): BBox {
  const [minx, miny, maxx, maxy, ...rest] =
    typeof value === "string" ? value.split(",").map(Number) : value;
  const bbox = [minx, miny, maxx, maxy];
  const isNumeric = bbox.every((edge) => edge !== undefined && Number.isFinite(edge));
  if (!isNumeric || rest.length > 0 || minx! >= maxx! || miny! >= maxy!) {
    throw new ConfigFault(
      path,
      `Cannot use bbox "${value}": expected minx, miny, maxx, maxy with minx < maxx and miny < maxy`,
    );
  }
  return bbox as unknown as BBox;
}

function imageFormats(names: readonly string[], deps: ServiceDeps): Map<string, ImageOptions> {
  const formats = new Map<string, ImageOptions>();
  for (const name of names) {
    const options = deps.imageOptions(name, undefined);
    if (formats.has(options.mime)) {
      deps.log.warn("duplicate-image-format", {
        message: `duplicate mime-type for WMS image_formats: "${options.mime}" already configured, will use last format`,
      });
    }
    formats.set(options.mime, options);
  }
  return formats;
}

function infoTypes(options: WmsOptions): readonly InfoDocument["type"][] {
  if (options.featureinfo_types) return options.featureinfo_types;
  const scripts = options.featureinfo_xslt;
  if (!scripts) return DEFAULT_INFO_TYPES;
  return (["html", "xml"] as const).filter((type) => scripts[type] !== undefined);
}

function supportedVersions(configured: readonly string[] | undefined): readonly WmsVersion[] {
  if (!configured || configured.length === 0) return VERSIONS;
  for (const [i, version] of configured.entries()) {
    if (!VERSIONS.includes(version as WmsVersion)) {
      throw new ConfigFault(
        `versions[${i}]`,
        `Cannot use version "${version}": expected one of ${VERSIONS.join(", ")}`,
      );
    }
  }
  return VERSIONS.filter((version) => configured.includes(version));
}

function pixels(configured: number | readonly number[] | null | undefined): number {
  if (configured === null || configured === undefined) return DEFAULT_MAX_PIXELS;
  const product =
    typeof configured === "number" ? configured : configured.reduce((a, b) => a * b, 1);
  if (!Number.isFinite(product) || product < 0) {
    throw new ConfigFault(
      "max_output_pixels",
      `Cannot use ${product}: expected a number of pixels`,
    );
  }
  return product;
}
