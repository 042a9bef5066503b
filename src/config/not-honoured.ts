import type { Finding } from "./finding.ts";
import type { GlobalsConfig } from "./schema-parts.ts";

const AXIS_ORDER =
  "the axis order of registered systems is that of the EPSG registry; those of globals.srs.definitions and of init files follow it";

/**
 * Options that are read, so that a configuration which has them loads, but that change nothing here: each is
 * told of, with what holds instead.
 */
export function notHonoured({ srs, image }: GlobalsConfig): Finding[] {
  const own = Object.keys(srs.definitions).map((code) => code.toUpperCase());
  /** The codes if there is one among them that the configuration does not define itself. */
  const registered = (codes: readonly string[] | undefined) =>
    codes?.some((code) => !own.includes(code.toUpperCase())) ? codes : undefined;
  const told: (readonly [path: readonly string[], value: unknown, instead: string])[] = [
    [["srs", "axis_order_ne"], registered(srs.axis_order_ne), AXIS_ORDER],
    [["srs", "axis_order_en"], registered(srs.axis_order_en), AXIS_ORDER],
    [["image", "font_dir"], image.font_dir, "texts are written in a font of Rhumb's own"],
  ];
  return told
    .filter(([, value]) => value !== undefined)
    .map(([path, , instead]) => ({
      path: ["globals", ...path],
      message: `Has no effect: ${instead}`,
      severity: "warning",
    }));
}
