import { canvas } from "./canvas.ts";
import { compose } from "./kernels/compose.ts";
import type { RasterView } from "./picture.ts";
import { windowOf } from "./view.ts";

/**
 * Legends below each other, left aligned, the last of the list at the top, on a transparent ground.
 *
 * One legend is returned as it is; none give a single transparent pixel.
 */
export function stackLegends(legends: readonly RasterView[]): RasterView {
  const [only] = legends;
  if (!only) return canvas([1, 1], { mode: "RGBA", transparent: true, background: undefined });
  if (legends.length === 1) return only;
  const width = Math.max(...legends.map((legend) => legend.width));
  const height = legends.reduce((sum, legend) => sum + legend.height, 0);
  const stack = canvas([width, height], { mode: "RGBA", transparent: true, background: undefined });
  let y = 0;
  for (const legend of legends.toReversed()) {
    compose(windowOf(stack, 0, y, [legend.width, legend.height]), legend, { kind: "over" });
    y += legend.height;
  }
  return stack;
}
