import { demoService } from "./demo/index.ts";
import { kmlService } from "./kml/index.ts";
import { ogcApiService } from "./ogcapi/index.ts";
import { tmsService } from "./tms/index.ts";
import { wmsService } from "./wms/index.ts";
import { wmtsService } from "./wmts/index.ts";

/** Every protocol. A new one is one folder and one line here. */
export const serviceTypes = [
  wmsService,
  wmtsService,
  tmsService,
  kmlService,
  ogcApiService,
  demoService,
] as const;
