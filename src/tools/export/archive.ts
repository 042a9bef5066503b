import { isWebMercator } from "../../cache/pmtiles-grid.ts";
import { type PmtilesWriter, pmtilesWriter } from "../../cache/pmtiles-writer.ts";
import type { BBox } from "../../geo/bbox.ts";
import type { Grid } from "../../grid/grid.ts";
import type { TileCache } from "../../model/cache.ts";
import { type ToolDeps, ToolFailure } from "../tool.ts";

/** The PMTiles archive that an export writes. */
export interface ExportArchive {
  /** @throws ToolFailure if archives cannot hold tiles of this grid */
  readonly store: (grid: Grid) => TileCache;
  /** @param bbox in degrees */
  finish(bbox: BBox): Promise<void>;
  /** Removes what is not finished. */
  discard(): Promise<void>;
}

/** @param path absolute */
export function archiveAt(
  path: string,
  name: string,
  { platform, terminal }: ToolDeps,
): ExportArchive {
  const { files } = platform;
  if (!files) throw new ToolFailure(2, "ERROR: Cannot write an archive: there are no files here");
  let writer: PmtilesWriter | undefined;
  return {
    store(grid) {
      if (!isWebMercator(grid)) {
        const wanted = "a PMTiles archive holds tiles of GLOBAL_WEBMERCATOR and grids like it only";
        throw new ToolFailure(2, `ERROR: cannot export grid '${grid.name}': ${wanted}`);
      }
      writer = pmtilesWriter({ path, files, name, grid });
      return writer.cache;
    },
    async finish(bbox) {
      const written = await writer?.finish(bbox);
      if (!written) terminal.err("WARN: there is no tile to export: no archive was written");
    },
    async discard() {
      await writer?.discard();
    },
  };
}
