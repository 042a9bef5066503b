/**
 * The memory that the JPEG codec works in. One picture is worked on at a time, from start to end within one
 * synchronous call from outside, so there is nothing to free: each picture begins at the bottom again.
 */

let bottom: usize = __heap_base;
let top: usize = __heap_base;

/** Says where the memory begins that the codec may use; what lies below is others'. */
export function jpegBegin(at: usize): void {
  bottom = at;
}

/** Forgets everything reserved. */
export function release(): void {
  top = bottom;
}

/** Reserves `length` bytes, aligned to 16; 0 if the engine gives no more memory. */
export function reserve(length: usize): usize {
  const at = (top + 15) & ~15;
  // Slack: the kernels read and write whole vectors, some of them beyond the end.
  const end = at + length + 64;
  const pages = <i32>((end + 0xffff) >>> 16);
  if (end < at) return 0;
  if (pages > memory.size() && memory.grow(pages - memory.size()) < 0) return 0;
  top = end;
  return at;
}
