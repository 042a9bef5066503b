import type { Markup } from "../../core/xml.ts";
import type { ImageOptions } from "../../image/options.ts";
import type { LayerNode } from "../../model/layer.ts";
import type { LayerEntry } from "./layer-entry.ts";
import type { WmsSettings } from "./settings.ts";

/** Everything that a capabilities document is written from. */
export interface Document {
  /** URL of the service as the client called it, without query. */
  readonly url: string;
  readonly settings: WmsSettings;
  readonly root: LayerEntry;
  /** Whether any layer has a legend. */
  readonly hasLegends: boolean;
  /** Width and height in pixels of each advertised legend. */
  readonly legendSizes: ReadonlyMap<LayerNode, readonly [width: number, height: number]>;
  /** Vendor-specific part with tile sets (WMS-C), versions 1.1.0 and 1.1.1. */
  readonly tileSets: Markup | undefined;
}

/** Types of image formats as requests must spell them. */
export function mimes(formats: ReadonlyMap<string, ImageOptions>): readonly string[] {
  return [...formats.keys()];
}
