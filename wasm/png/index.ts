/**
 * PNG row filters, both ways, and the spreading of samples. Pointers are byte offsets into memory that the
 * caller lays out from `heapBase` on.
 */
export function heapBase(): usize {
  return __heap_base;
}

export { unfilter } from "./unfilter";
export { filter } from "./filter";
export { unpackBits, packBits, highBytes, lookUp } from "./samples";
