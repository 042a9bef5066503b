import { arcgisSource } from "./arcgis.ts";
import { debugSource } from "./debug.ts";
import { imageSource } from "./image.ts";
import { mapnikSource } from "./mapnik.ts";
import { mapserverSource } from "./mapserver.ts";
import { ogcapiMapsSource } from "./ogcapi-maps.ts";
import { ogcapiTilesSource } from "./ogcapi-tiles.ts";
import { tileSource } from "./tile.ts";
import { wmsSource } from "./wms.ts";

/** Every kind of source. A new one is one file and one line here. */
export const sourceTypes = [
  wmsSource,
  mapserverSource,
  arcgisSource,
  tileSource,
  mapnikSource,
  ogcapiTilesSource,
  ogcapiMapsSource,
  imageSource,
  debugSource,
] as const;
