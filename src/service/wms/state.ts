import type { ImageOptions } from "../../image/options.ts";
import type { ServiceDeps } from "../../model/define.ts";
import type { tileSender } from "../tile-send.ts";
import type { CapabilitiesStore } from "./get-capabilities.ts";
import type { InfoStore } from "./info-store.ts";
import type { LegendStore } from "./legend-store.ts";
import type { WmsSettings } from "./settings.ts";

/** What all requests to one WMS share. */
export interface WmsState {
  readonly settings: WmsSettings;
  readonly deps: ServiceDeps;
  /** Options of `image/png`, which exceptions and legends need even where it is not offered. */
  readonly png: ImageOptions;
  /** Text of the stylesheets for feature information, by type of document. */
  readonly stylesheets: { readonly html?: string; readonly xml?: string };
  readonly legends: LegendStore;
  readonly infos: InfoStore;
  readonly capabilities: CapabilitiesStore;
  /** Answers with single stored tiles (WMS-C). */
  readonly sendTile: ReturnType<typeof tileSender>;
}
