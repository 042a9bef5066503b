import { compactCache } from "./compact.ts";
import { fileCache } from "./file.ts";
import { geopackageCache } from "./geopackage.ts";
import { mbtilesCache } from "./mbtiles.ts";
import { memoryCache } from "./memory.ts";
import { sqliteCache } from "./sqlite.ts";

/** Every kind of tile store. A new one is one file and one line here. */
export const cacheTypes = [
  fileCache,
  mbtilesCache,
  sqliteCache,
  geopackageCache,
  compactCache,
  memoryCache,
] as const;
