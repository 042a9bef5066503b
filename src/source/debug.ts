import * as v from "valibot";
import { bboxHeight, bboxWidth } from "../geo/bbox.ts";
import { messagePicture } from "../image/text.ts";
import { defineSource } from "../model/define.ts";
import type { MapQuery, Source } from "../model/source.ts";
import { extentOf } from "./limits.ts";

/** Transparent pictures that say which rectangle they are: for looking at grids and caches. */
export const debugSource = defineSource({
  type: "debug",
  needs: [],
  options: v.strictObject({ type: v.literal("debug") }),
  create(_options, { name, imageOptions }): Source {
    const options = { ...imageOptions("image/png", undefined), transparent: true };
    return {
      name,
      extent: extentOf(undefined),
      resolutions: undefined,
      coverage: undefined,
      options,
      map: {
        metaTiles: false,
        isOpaque: () => false,
        async get(query) {
          const view = messagePicture(debugText(query), query.size, options);
          return { picture: { kind: "raster", view }, options, cacheable: true };
        },
      },
    };
  },
});

/** Two lines: the rectangle, and the resolution in units of the reference system a pixel. */
export function debugText({ bbox, size }: Pick<MapQuery, "bbox" | "size">): string {
  const res = [bboxWidth(bbox) / size[0], bboxHeight(bbox) / size[1]].map((r) => r.toFixed(8));
  return `bbox: (${bbox.join(", ")})\nres: ${res[0]}(${res[1]})`;
}
