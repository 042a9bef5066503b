import { type CacheDeps, ConfigFault } from "../model/define.ts";

/** `EPSG:900913` as `EPSG900913`: the code that the grid was configured with. */
export function srsSuffix(deps: CacheDeps): string {
  return deps.grid.srs.code.replaceAll(":", "");
}

/** Directory under which a cache keeps its files; absolute, without trailing slash. */
export function baseDirectory(directory: string | undefined, deps: CacheDeps): string {
  const base = directory === undefined ? deps.baseDirectory : deps.path(directory);
  return base.length > 1 && base.endsWith("/") ? base.slice(0, -1) : base;
}

/**
 * A directory that can hold the tiles of one grid only.
 *
 * @throws ConfigFault if the cache has several grids
 */
export function singleGridDirectory(directory: string, deps: CacheDeps): string {
  if (deps.gridCount > 1) {
    throw new ConfigFault(
      "directory",
      `using single directory for cache with multiple grids in ${deps.name}`,
    );
  }
  return baseDirectory(directory, deps);
}

/** Path of the one file of a cache: `./x` counts from the configuration, `x` from `base`. */
export function filePath(filename: string, base: string, deps: CacheDeps): string {
  if (filename.startsWith("./") || filename.startsWith("/")) return deps.path(filename);
  return `${base}/${filename}`;
}

/**
 * File of the tiles with dimensions beside the one without: `osm.mbtiles` has
 * `osm.dimensions/time-2020/osm.mbtiles`.
 *
 * @param below path of the dimensions with trailing slash
 */
export function dimensionFile(path: string, below: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return `${path.replace(/\.\w+$/, "")}.dimensions/${below}${name}`;
}
