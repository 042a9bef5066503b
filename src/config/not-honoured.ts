import type { Finding } from "./finding.ts";
import type { GlobalsConfig } from "./schema-parts.ts";

/**
 * Options that are read, so that a configuration which has them loads, but that change nothing here: each is
 * told of, with what holds instead.
 */
export function notHonoured({ srs, image }: GlobalsConfig): Finding[] {
  const told: (readonly [path: readonly string[], value: unknown, instead: string])[] = [
    [
      ["srs", "proj_data_dir"],
      srs.proj_data_dir,
      "reference systems come from a table of Rhumb's own",
    ],
    [["srs", "axis_order_ne"], srs.axis_order_ne, "the axis order is that of the EPSG registry"],
    [["srs", "axis_order_en"], srs.axis_order_en, "the axis order is that of the EPSG registry"],
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
