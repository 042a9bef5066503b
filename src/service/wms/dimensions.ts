/** Values of dimensions: which of them a layer gets, and what of that may be stored. */
import { RequestError } from "../../core/errors.ts";
import type { Dimension, MapLayer } from "../../model/layer.ts";
import type { Dimensions, MapQuery } from "../../model/source.ts";
import { echo } from "../ows.ts";

/** Asks each layer of a map for what concerns it. */
export interface DimensionQueries {
  /** `undefined`: the query of the map as it is. */
  queryFor(layer: MapLayer, declared: readonly Dimension[]): MapQuery | undefined;
  /** Texts of the warnings that tell the client what it got (06-042, C.4.2). */
  readonly warnings: ReadonlySet<string>;
}

/**
 * Splits the dimension values of a map between its layers.
 *
 * A value that the layer declares is kept. A name that it does not declare is of no concern to it, unless
 * a server behind it gets the parameter; that, and a value that is not among those declared, is
 * passed on, but nothing that comes of it is stored: clients can make up values without number.
 *
 * @param strict values are checked and defaults filled in, as 06-042, C.4 wants it
 * @throws RequestError `InvalidDimensionValue`, by `queryFor`, if strict
 */
export function dimensionQueries(
  query: MapQuery,
  { strict }: { readonly strict: boolean },
): DimensionQueries {
  const warnings = new Set<string>();
  // Layers that get the same are given the same query, so that they can be asked for together.
  const known = new Map<string, MapQuery>();

  function queryFor(layer: MapLayer, declared: readonly Dimension[]): MapQuery | undefined {
    if (!query.dimensions && !strict) return undefined;
    const sent = query.dimensions ?? {};
    const wanted = Object.create(null) as Record<string, string>;
    let keep = true;
    for (const [name, value] of Object.entries(sent)) {
      const dimension = declared.find((each) => requestName(each) === name);
      if (!dimension && !layer.passesOn?.includes(name)) continue;
      const own = dimension && strict ? checked(dimension, value) : value;
      if (!dimension || !isDeclared(dimension, own)) keep = false;
      wanted[name] = own;
    }
    if (strict) fillDefaults(wanted, declared, warnings);
    return differing(wanted, keep);
  }

  function differing(dimensions: Dimensions, keep: boolean): MapQuery | undefined {
    const key = JSON.stringify([Object.entries(dimensions), keep]);
    if (key === JSON.stringify([Object.entries(query.dimensions ?? {}), true])) return undefined;
    const own = known.get(key) ?? { ...query, dimensions, keep: keep ? undefined : false };
    known.set(key, own);
    return own;
  }

  return { queryFor, warnings };
}

/** Name of the parameter (06-042, C.3.2): `dim_` before all but the two that the standard knows. */
function requestName({ name }: Dimension): string {
  const lower = name.toLowerCase();
  return lower === "time" || lower === "elevation" || lower.startsWith("dim_")
    ? lower
    : `dim_${lower}`;
}

/** The default need not be among the values. */
function isDeclared({ values, default: preset }: Dimension, value: string): boolean {
  return value === preset || values.includes(value);
}

/** `current` is the last of a series in time. */
function checked(dimension: Dimension, value: string): string {
  const { name, values } = dimension;
  const own = value === "current" && isTime(name) ? (values.at(-1) ?? value) : value;
  if (isDeclared(dimension, own)) return own;
  const lower = name.toLowerCase();
  throw new RequestError("InvalidDimensionValue", `invalid ${lower}: ${echo(value)}`, lower);
}

function fillDefaults(
  wanted: Record<string, string>,
  declared: readonly Dimension[],
  warnings: Set<string>,
): void {
  for (const dimension of declared) {
    const name = requestName(dimension);
    if (wanted[name] !== undefined) continue;
    wanted[name] = dimension.default;
    const units = isTime(dimension.name) ? " ISO8601" : "";
    warnings.add(
      `99 Default value used: ${dimension.name.toLowerCase()}=${dimension.default}${units}`,
    );
  }
}

function isTime(name: string): boolean {
  return name.toLowerCase().includes("time");
}
