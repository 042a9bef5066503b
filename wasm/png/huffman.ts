/** Huffman codes of deflate (RFC 1951, 3.2): from counts to lengths, from lengths to codes. */

/** Symbols that a tree may have at most. */
export const MOST_SYMBOLS: i32 = 288;

// nodes of the tree being built: weights and parents, leaves first, both in the order of weight
const WEIGHTS: usize = memory.data(4 * 2 * 288, 16);
const PARENTS: usize = memory.data(2 * 2 * 288, 16);
/** Leaves in the order of weight: weight << 9 | symbol. */
const LEAVES: usize = memory.data(8 * 288, 16);
const DEPTHS: usize = memory.data(2 * 2 * 288, 16);
const LENGTH_COUNTS: usize = memory.data(4 * 64, 16);

/**
 * Lengths of the best code for `symbols` symbols with the `u32` counts at `counts`, none longer than `most`, as bytes to
 * `lengths`. A symbol that does not occur has length 0; a lone one 1.
 */
export function codeLengths(counts: usize, symbols: i32, most: i32, lengths: usize): void {
  memory.fill(lengths, 0, symbols);
  let leaves = 0;
  for (let s = 0; s < symbols; s++) {
    const weight = <u64>load<u32>(counts + (s << 2));
    if (weight) store<u64>(LEAVES + (leaves++ << 3), (weight << 9) | s);
  }
  sortLeaves(leaves);
  if (leaves < 2) {
    if (leaves == 1) store<u8>(lengths + <usize>(load<u64>(LEAVES) & 511), 1);
    return;
  }
  joinNodes(leaves);
  memory.fill(LENGTH_COUNTS, 0, 4 * 64);
  const root = 2 * leaves - 2;
  store<u16>(DEPTHS + (root << 1), 0);
  for (let n = root - 1; n >= 0; n--) {
    const depth = load<u16>(DEPTHS + (<usize>load<u16>(PARENTS + (n << 1)) << 1)) + 1;
    store<u16>(DEPTHS + (n << 1), depth);
    if (n < leaves) {
      const at = LENGTH_COUNTS + (<usize>min<u32>(depth, most) << 2);
      store<i32>(at, load<i32>(at) + 1);
    }
  }
  shorten(most);
  // The lightest leaves get the longest codes.
  let leaf = 0;
  for (let length = most; length > 0; length--) {
    for (let n = load<i32>(LENGTH_COUNTS + (length << 2)); n > 0; n--) {
      store<u8>(lengths + <usize>(load<u64>(LEAVES + (leaf << 3)) & 511), <u8>length);
      leaf++;
    }
  }
}

/** Shell's sort, with the gaps of Ciura. */
function sortLeaves(leaves: i32): void {
  for (let gap = 132; gap > 0; gap = gap == 132 ? 57 : gap == 57 ? 23 : gap == 23 ? 10 : gap == 10 ? 4 : gap == 4 ? 1 : 0) {
    for (let i = gap; i < leaves; i++) {
      const key = load<u64>(LEAVES + (i << 3));
      let at = i;
      while (at >= gap && load<u64>(LEAVES + ((at - gap) << 3)) > key) {
        store<u64>(LEAVES + (at << 3), load<u64>(LEAVES + ((at - gap) << 3)));
        at -= gap;
      }
      store<u64>(LEAVES + (at << 3), key);
    }
  }
}

/** Joins the two lightest nodes until one is left; new ones come in the order of weight by themselves. */
function joinNodes(leaves: i32): void {
  for (let n = 0; n < leaves; n++) {
    store<u32>(WEIGHTS + (n << 2), <u32>(load<u64>(LEAVES + (n << 3)) >> 9));
  }
  let leaf = 0;
  let joined = leaves;
  for (let made = leaves; made < 2 * leaves - 1; made++) {
    let weight: u32 = 0;
    for (let i = 0; i < 2; i++) {
      const takesLeaf =
        leaf < leaves &&
        (joined >= made || load<u32>(WEIGHTS + (leaf << 2)) <= load<u32>(WEIGHTS + (joined << 2)));
      const node = takesLeaf ? leaf++ : joined++;
      weight += load<u32>(WEIGHTS + (node << 2));
      store<u16>(PARENTS + (node << 1), <u16>made);
    }
    store<u32>(WEIGHTS + (made << 2), weight);
  }
}

/** Mends counts of lengths after longer ones were cut to `most`: until the codes fit, a shorter one grows by a bit. */
function shorten(most: i32): void {
  let sum = 0;
  for (let length = 1; length <= most; length++) {
    sum += load<i32>(LENGTH_COUNTS + (length << 2)) << (most - length);
  }
  while (sum > 1 << most) {
    let length = most - 1;
    while (!load<i32>(LENGTH_COUNTS + (length << 2))) length--;
    const at = LENGTH_COUNTS + (length << 2);
    // it becomes two of the next length: itself, and one that was of the greatest
    store<i32>(at, load<i32>(at) - 1);
    store<i32>(at + 4, load<i32>(at + 4) + 2);
    const last = LENGTH_COUNTS + (most << 2);
    store<i32>(last, load<i32>(last) - 1);
    sum--;
  }
}

const NEXT_CODES: usize = memory.data(4 * 17, 16);

/** Codes for lengths, turned round as deflate writes them: `code | length << 16`, a `u32` a symbol, to `codes`. */
export function assignCodes(lengths: usize, symbols: i32, codes: usize): void {
  memory.fill(LENGTH_COUNTS, 0, 4 * 17);
  for (let s = 0; s < symbols; s++) {
    const at = LENGTH_COUNTS + (<usize>load<u8>(lengths + s) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
  store<i32>(LENGTH_COUNTS, 0);
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    code = (code + load<i32>(LENGTH_COUNTS + ((length - 1) << 2))) << 1;
    store<i32>(NEXT_CODES + (length << 2), code);
  }
  for (let s = 0; s < symbols; s++) {
    const length = <i32>load<u8>(lengths + s);
    if (!length) {
      store<u32>(codes + (s << 2), 0);
      continue;
    }
    const at = NEXT_CODES + (length << 2);
    const next = load<i32>(at);
    store<i32>(at, next + 1);
    store<u32>(codes + (s << 2), reversed(next, length) | (length << 16));
  }
}

// @ts-ignore: decorator
@inline
export function reversed(code: i32, length: i32): u32 {
  let out: u32 = 0;
  for (let i = 0; i < length; i++) out |= ((code >> i) & 1) << (length - 1 - i);
  return out;
}
