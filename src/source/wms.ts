import { defineSource } from "../model/define.ts";
import { wmsOptions } from "./wms-options.ts";
import { createWms } from "./wms-source.ts";

/** Maps, feature information and legends of a WMS server. */
export const wmsSource = defineSource({
  type: "wms",
  needs: [],
  options: wmsOptions,
  create: (options, deps) => createWms(options, deps, deps.http),
});
