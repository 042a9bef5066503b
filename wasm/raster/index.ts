/**
 * Kernels on 8-bit RGBA pixels. All pointers are byte offsets; the caller lays out the memory from
 * `heapBase` on and grows it first. Nothing here allocates or keeps state.
 */
export function heapBase(): usize {
  return __heap_base;
}

export { over, scaleAlpha, blend } from "./over";
export { expand, pack, premultiply, unpremultiply } from "./convert";
export { warpNearest, warpBilinear, warpBicubic } from "./warp";
