import type { PlainMap } from "../../config/plain.ts";
import { ToolFailure } from "../tool.ts";

/** Options of the store that is written, by the name of `--type`; `path` is absolute. */
const STORES: Readonly<Record<string, (path: string) => PlainMap>> = {
  tms: (directory) => ({ type: "file", directory_layout: "tms", directory }),
  tc: (directory) => ({ type: "file", directory_layout: "tc", directory }),
  mapproxy: (directory) => ({ type: "file", directory_layout: "tc", directory }),
  arcgis: (directory) => ({ type: "file", directory_layout: "arcgis", directory }),
  mbtile: (filename) => ({ type: "mbtiles", filename }),
  sqlite: (directory) => ({ type: "sqlite", directory }),
  geopackage: (filename) => ({ type: "geopackage", filename }),
  "compact-v1": (directory) => ({ type: "compact", version: 1, directory }),
  "compact-v2": (directory) => ({ type: "compact", version: 2, directory }),
};

/** Names of `--type` that make a store of their own. */
export const STORE_TYPES = Object.keys(STORES);

/** @throws ToolFailure for an unknown type */
export function storeOptions(type: string, path: string): PlainMap {
  const make = Object.hasOwn(STORES, type) ? STORES[type] : undefined;
  if (!make) throw new ToolFailure(2, `ERROR: unsupported --type ${type}`);
  return make(path);
}
