/**
 * Kernels on pictures, all in one module: so a picture stays in one memory from decoding to encoding.
 *
 * Addresses are byte offsets. The caller lays out the memory from `heapBase` on and grows it first; the JPEG codec takes
 * what lies above the place that `jpegBegin` names. Nothing is kept from one call from outside to the next.
 */
export function heapBase(): usize {
  return __heap_base;
}

export { over, scaleAlpha, blend } from "../raster/over";
export {
  expand,
  pack,
  packRows,
  premultiply,
  unpremultiply,
  makeOpaque,
  isOpaque,
} from "../raster/convert";
export { warpNearest, warpBilinear, warpBicubic } from "../raster/warp";
export { resizeNearest, resizeBilinear, resizeBicubic } from "../raster/resize";
export { maskOut } from "../raster/mask";
export { countCells, mapCells } from "../raster/quantize";
export { unfilter } from "../png/unfilter";
export { inflate } from "../png/inflate";
export { deflateRuns } from "../png/deflate";
export { filter } from "../png/filter";
export { unpackBits, packBits, highBytes, lookUp } from "../png/samples";
export { jpegBegin } from "../jpeg/memory";
export {
  clearOutput,
  encodeEnd,
  encodeStart,
  encodeStrip,
  isOutputFull,
  outputAddress,
  outputLength,
  stripAddress,
  stripRows,
} from "../jpeg/encode";
export {
  decodeBand,
  defineComponent,
  defineHuffman,
  defineQuant,
  defineRestart,
  emitRows,
  frameStart,
  isScanDone,
  openFile,
  scanComponent,
  scanEnd,
  scanStart,
} from "../jpeg/decode";
