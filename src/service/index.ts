import type * as v from "valibot";
import { defineService, type ServiceType } from "../model/define.ts";
import { demoOptions } from "./demo/options.ts";
import { kmlOptions } from "./kml/options.ts";
import { ogcApiOptions } from "./ogcapi/options.ts";
import { tmsOptions } from "./tms/options.ts";
import { wmsOptions } from "./wms/options.ts";
import { wmtsOptions } from "./wmts/options.ts";

/** Every protocol: its options, and what answers, which is loaded when a configuration has it. A new one is one folder and one line here. */
export const serviceTypes = [
  lazy("wms", wmsOptions, async () => (await import("./wms/index.ts")).wmsService),
  lazy("wmts", wmtsOptions, async () => (await import("./wmts/index.ts")).wmtsService),
  lazy("tms", tmsOptions, async () => (await import("./tms/index.ts")).tmsService),
  lazy("kml", kmlOptions, async () => (await import("./kml/index.ts")).kmlService),
  lazy("ogcapi", ogcApiOptions, async () => (await import("./ogcapi/index.ts")).ogcApiService),
  lazy("demo", demoOptions, async () => (await import("./demo/index.ts")).demoService),
] as const;

function lazy<S extends v.GenericSchema>(
  type: string,
  options: S,
  load: () => Promise<ServiceType<S>>,
): ServiceType<S> {
  return defineService({
    type,
    options,
    create: async (own, deps) => (await load()).create(own, deps),
  });
}
