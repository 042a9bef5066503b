import { azureblobCache } from "./azureblob.ts";
import { compactCache } from "./compact.ts";
import { couchdbCache } from "./couchdb.ts";
import { fileCache } from "./file.ts";
import { geopackageCache } from "./geopackage.ts";
import { mbtilesCache } from "./mbtiles.ts";
import { memoryCache } from "./memory.ts";
import { pmtilesCache } from "./pmtiles.ts";
import { r2Cache } from "./r2.ts";
import { redisCache } from "./redis.ts";
import { s3Cache } from "./s3.ts";
import { sqliteCache } from "./sqlite.ts";

/** Every kind of tile store. A new one is one file and one line here. */
export const cacheTypes = [
  fileCache,
  mbtilesCache,
  sqliteCache,
  geopackageCache,
  compactCache,
  couchdbCache,
  redisCache,
  s3Cache,
  azureblobCache,
  r2Cache,
  pmtilesCache,
  memoryCache,
] as const;
