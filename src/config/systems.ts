import type { Log } from "../core/context.ts";
import type { Fault } from "../core/errors.ts";
import { directoryOf, joinPath } from "../core/path.ts";
import type { Platform } from "../platform/platform.ts";
import { type GridFiles, gridNames } from "../srs/datum.ts";
import { tableGrids, wellKnownDefinition } from "../srs/definitions/lookup.ts";
import { readNtv2 } from "../srs/ntv2.ts";
import { isFixed, normalCode, parseSrs } from "../srs/srs.ts";
import { readInitFile, type Systems } from "../srs/systems.ts";
import type { Config } from "./schema.ts";

/** Init files that are looked for, and the authority of their codes. */
const INIT_FILES = [
  ["epsg", "EPSG"],
  ["esri", "ESRI"],
] as const;

/**
 * The reference systems of a configuration: `globals.srs.definitions`, the init files in
 * `globals.srs.proj_data_dir`, the grid files that any of them or the table names, and the axis orders.
 *
 * A code of an init file is taken only if the table lacks it, as in PROJ since version 6; a file of its own in
 * the configuration goes before the table.
 */
export async function loadSystems(
  config: Config,
  platform: Pick<Platform, "resource">,
  log: Log,
): Promise<{ readonly systems: Systems; readonly faults: readonly Fault[] }> {
  const { srs } = config.globals;
  const base = directoryOf(config.file);
  const directory = srs.proj_data_dir === undefined ? undefined : joinPath(base, srs.proj_data_dir);
  const read = (name: string) => platform.resource(joinPath(directory ?? base, name));
  const definitions = new Map(
    Object.entries(srs.definitions).map(([code, text]) => [normalCode(code), text] as const),
  );
  if (directory !== undefined) await addInitFiles(definitions, read, log);
  const wanted = [...definitions.values()].flatMap(gridNames);
  const grids = await readGrids(
    [...wanted, ...(directory === undefined ? [] : tableGrids())],
    read,
    log,
  );
  if (directory !== undefined && definitions.size === 0 && grids.size === 0) {
    log.warn("proj-data-dir-empty", {
      path: directory,
      hint: "no init file epsg or esri, and no NTv2 grid (.gsb) that a reference system uses",
    });
  }
  const systems: Systems = {
    definitions,
    grids,
    northEast: codes(srs.axis_order_ne),
    eastNorth: codes(srs.axis_order_en),
  };
  return { systems, faults: faultsOf(Object.keys(srs.definitions), systems) };
}

type Read = (name: string) => Promise<Uint8Array | undefined>;

async function addInitFiles(definitions: Map<string, string>, read: Read, log: Log): Promise<void> {
  for (const [name, authority] of INIT_FILES) {
    const bytes = await read(name);
    if (!bytes) continue;
    const file = readInitFile(authority, new TextDecoder("latin1").decode(bytes));
    for (const fault of file.faults) log.warn("init-file-line", { file: name, ...fault });
    let known = 0;
    for (const [code, text] of file.definitions) {
      if (definitions.has(code) || isFixed(code)) continue;
      if (wellKnownDefinition(code)) known++;
      else definitions.set(code, text);
    }
    if (known > 0) {
      log.info("init-file-known-codes", {
        file: name,
        codes: known,
        hint: "they stay as the registry has them; globals.srs.definitions goes before it",
      });
    }
  }
}

/** Reads each file that is there; one that cannot be used is kept with the reason, for who asks for it. */
async function readGrids(names: readonly string[], read: Read, log: Log): Promise<GridFiles> {
  const grids = new Map<string, ReturnType<typeof readNtv2> | { fault: string }>();
  for (const name of new Set(names)) {
    const bytes = await read(name);
    if (!bytes) continue;
    const grid = readOrFault(name, bytes);
    if ("fault" in grid) log.warn("proj-grid-broken", { file: name, reason: grid.fault });
    grids.set(name, grid);
  }
  return grids;
}

function readOrFault(
  name: string,
  bytes: Uint8Array,
): ReturnType<typeof readNtv2> | { fault: string } {
  try {
    return readNtv2(name, bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { fault: error.message };
  }
}

function codes(list: readonly string[] | undefined): ReadonlySet<string> {
  return new Set((list ?? []).map(normalCode));
}

/** What is wrong with the systems that the configuration itself defines. */
function faultsOf(codes: readonly string[], systems: Systems): Fault[] {
  return codes.flatMap((code) => {
    const message = isFixed(normalCode(code))
      ? `Cannot define ${code}: the other systems are measured by it`
      : reasonAgainst(code, systems);
    if (message === undefined) return [];
    return [{ path: `globals.srs.definitions.${code}`, message, severity: "error" as const }];
  });
}

function reasonAgainst(code: string, systems: Systems): string | undefined {
  try {
    parseSrs(code, systems);
    return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
}
