/**
 * Baseline decoder. The caller reads the headers and says what is in them; here are the scans.
 *
 * A picture in one scan is decoded in bands of a few rows of MCUs, so that memory does not grow with its height; where
 * components come in scans of their own, their planes are held whole.
 */
import { decodeBlock, isBroken, isOverrun, openSegment, PAD, setCleanTop, unreadBytes } from "./bits";
import { BLOCK, inverse, inverseFlat, inverseSparse, SPARSE_END } from "./dct";
import { forgetTables, readTable, tableAt } from "./huffman";
import { release, reserve } from "./memory";
import { NATURAL } from "./tables";
import { expand } from "../raster/convert";
import { interleaveRgb, interleaveRgba, yccToRgb, yccToRgba } from "./to-rgb";
import { doubleBoth, doubleHeight, doubleWidth, repeat } from "./upsample";

/** Pixels of a band: they stay in the second-level cache. */
const BAND_PIXELS: i32 = 1 << 17;
/** Pixels decoded around the window for the filters across its edge: one sample of a component halved twice. */
const WINDOW_MARGIN: i32 = 4;
/** Rows kept above a band, for the filter across its edge and rows not yet handed out. */
const CARRIED_ROWS: i32 = 8;
/** Whole bytes that may be left behind the last MCU: some writers fill up to words. */
const TOLERATED_REST: i32 = 8;

// answers of `decodeBand`
const OK: i32 = 0;
const BROKEN_CODE: i32 = 1;
const TOO_SHORT: i32 = 2;
const NO_RESTART: i32 = 3;
const CUT_OFF: i32 = 4;
const TOO_LONG: i32 = 5;

const GREY: i32 = 0;
const YCC: i32 = 1;

@unmanaged
class Component {
  h: i32;
  v: i32;
  quant: usize;
  dc: usize;
  ac: usize;
  lastDc: i32;
  plane: usize;
  stride: i32;
  /** Samples of the picture itself. */
  width: i32;
  height: i32;
  /** Row of full width made last. */
  wide: usize;
}

const COMPONENTS: usize = memory.data(3 * 64, 16);
const QUANTS: usize = memory.data(4 * 128, 16);
/** Components of the scan, in its order. */
const IN_SCAN: usize = memory.data(3 * 4, 4);

let file: usize = 0;
let fileEnd: usize = 0;
let position: usize = 0;

let imageWidth: i32 = 0;
let imageHeight: i32 = 0;
let componentCount: i32 = 0;
let color: i32 = 0;
let maxH: i32 = 1;
let maxV: i32 = 1;

let scanCount: i32 = 0;
let mcuColumns: i32 = 0;
let mcuRows: i32 = 0;
let restartInterval: i32 = 0;
let untilRestart: i32 = 0;
let restartNumber: i32 = 0;

let bandRows: i32 = 0;
/** First MCU row of the band, and the first that is not decoded. */
let bandFirst: i32 = 0;
let decodedRows: i32 = 0;

// the part of the picture that is wanted: first pixel and the one behind the last
let windowLeft: i32 = 0;
let windowTop: i32 = 0;
let windowRight: i32 = 0;
let windowBottom: i32 = 0;
/** MCUs of the scan that hold it. */
let firstColumn: i32 = 0;
let endColumn: i32 = 0;
let firstRow: i32 = 0;
let endRow: i32 = 0;

let sums: usize = 0;
let rowRoom: usize = 0;
let emitted: i32 = 0;

// @ts-ignore: decorator
@inline
function componentAt(index: i32): Component {
  return changetype<Component>(COMPONENTS + (<usize>index << 6));
}

/** Makes room for a file of `length` bytes; answers where to put it, 0 if there is not enough memory. */
export function openFile(length: i32): usize {
  release();
  forgetTables();
  restartInterval = 0;
  file = reserve(length);
  const clean = reserve(length + PAD + 64);
  if (!file || !clean) return 0;
  fileEnd = file + length;
  setCleanTop(clean + length + PAD + 32);
  return file;
}

/** Reads a Huffman table `at` bytes into the file; answers its length, 0 if it is none. */
export function defineHuffman(at: i32, length: i32): i32 {
  return readTable(file + at, length);
}

/** Reads a quantisation table of `bytes` (1 or 2) bytes a step `at` bytes into the file. */
export function defineQuant(id: i32, at: i32, bytes: i32): void {
  let from = file + at;
  for (let k = 0; k < 64; k++) {
    const step = bytes == 1 ? <i32>load<u8>(from) : (<i32>load<u8>(from) << 8) | load<u8>(from, 1);
    store<i16>(QUANTS + id * 128 + (<i32>load<u8>(NATURAL + k) << 1), <i16>step);
    from += bytes;
  }
}

/** Sets the number of MCUs between restart markers; 0: there are none. */
export function defineRestart(interval: i32): void {
  restartInterval = interval;
}

/** Describes a component: sampling factors 1 to 4 and quantisation table. */
export function defineComponent(index: i32, h: i32, v: i32, quant: i32): void {
  const c = componentAt(index);
  c.h = h;
  c.v = v;
  c.quant = QUANTS + quant * 128;
  c.plane = 0;
}

/**
 * Begins the picture, after its components were described.
 *
 * @param colors 0 grey, 1 YCbCr, 2 RGB
 * @param whole whether one scan holds everything
 * @param left with `upper`, `right` and `lower` the part that is wanted, in pixels, without the last column and row
 * @returns false if there is not enough memory
 */
export function frameStart(
  width: i32,
  height: i32,
  components: i32,
  colors: i32,
  whole: bool,
  left: i32,
  upper: i32,
  right: i32,
  lower: i32,
): bool {
  windowLeft = left;
  windowTop = upper;
  windowRight = right;
  windowBottom = lower;
  imageWidth = width;
  imageHeight = height;
  componentCount = components;
  color = colors;
  maxH = maxV = 1;
  for (let i = 0; i < components; i++) {
    maxH = max(maxH, componentAt(i).h);
    maxV = max(maxV, componentAt(i).v);
  }
  const columns = ceilDiv(width, 8 * maxH);
  const rows = ceilDiv(height, 8 * maxV);
  bandRows = whole ? min(rows, max(1, BAND_PIXELS / (columns * maxH * 8 * maxV * 8))) : rows;
  bandFirst = decodedRows = emitted = 0;
  for (let i = 0; i < components; i++) {
    const c = componentAt(i);
    c.width = ceilDiv(width * c.h, maxH);
    c.height = ceilDiv(height * c.v, maxV);
    c.stride = columns * c.h * 8 + 32;
    c.plane = reserve((CARRIED_ROWS + bandRows * c.v * 8) * c.stride);
    c.wide = reserve(columns * maxH * 8 + 64);
    if (!c.plane || !c.wide) return false;
  }
  sums = reserve(2 * (columns * maxH * 8) + 128);
  rowRoom = reserve(width * 4 + 128);
  return sums && rowRoom ? true : false;
}

/** Says which component comes next in the scan, with which tables; false if a table is missing. */
export function scanComponent(slot: i32, index: i32, dc: i32, ac: i32): bool {
  const c = componentAt(index);
  c.dc = tableAt(0, dc);
  c.ac = tableAt(1, ac);
  c.lastDc = 0;
  store<i32>(IN_SCAN + slot * 4, index);
  return c.dc && c.ac ? true : false;
}

/** Begins a scan of `count` components, whose data start `at` bytes into the file. */
export function scanStart(count: i32, at: i32): void {
  scanCount = count;
  if (count == 1) {
    // not interleaved: blocks of the component itself, none beside it (T.81, A.2.2)
    const c = componentAt(load<i32>(IN_SCAN));
    mcuColumns = ceilDiv(c.width, 8);
    mcuRows = ceilDiv(c.height, 8);
  } else {
    mcuColumns = ceilDiv(imageWidth, 8 * maxH);
    mcuRows = ceilDiv(imageHeight, 8 * maxV);
  }
  // a scan that does not hold everything is decoded whole
  const isWhole = count == componentCount;
  const unitWidth = 8 * maxH;
  const unitHeight = 8 * maxV;
  firstColumn = isWhole ? max(0, windowLeft - WINDOW_MARGIN) / unitWidth : 0;
  firstRow = isWhole ? max(0, windowTop - WINDOW_MARGIN) / unitHeight : 0;
  endColumn = isWhole ? min(mcuColumns, ceilDiv(windowRight + WINDOW_MARGIN, unitWidth)) : mcuColumns;
  endRow = isWhole ? min(mcuRows, ceilDiv(windowBottom + WINDOW_MARGIN, unitHeight)) : mcuRows;
  bandFirst = decodedRows = 0;
  restartNumber = 0;
  untilRestart = restartInterval;
  position = openSegment(file + at, fileEnd);
}

/** Position behind the scan that was decoded last, in bytes into the file. */
export function scanEnd(): i32 {
  return <i32>(position - file);
}

/** Whether all of the scan that is wanted has been decoded. */
export function isScanDone(): bool {
  return decodedRows >= endRow;
}

/** Decodes the next band of the scan. Answers 0 or what is wrong. */
export function decodeBand(): i32 {
  if (!position) return CUT_OFF;
  if (decodedRows > 0) carryRows();
  bandFirst = decodedRows;
  const rows = scanCount == 1 && componentCount > 1 ? mcuRows : bandRows;
  const end = min(endRow, decodedRows + rows);
  while (decodedRows < end) {
    const isRowWanted = decodedRows >= firstRow;
    for (let x = 0; x < mcuColumns; x++) {
      if (restartInterval && untilRestart == 0) {
        const fault = restart();
        if (fault) return fault;
      }
      if (!isRowWanted || x < firstColumn || x >= endColumn) passMcu();
      else if (scanCount == 1) decodeSingle(x);
      else decodeMcu(x);
      if (isOverrun()) return TOO_SHORT;
      untilRestart--;
    }
    if (isBroken) return BROKEN_CODE;
    decodedRows++;
  }
  // The rest of a scan that is left early was not looked at.
  return decodedRows < mcuRows ? OK : checkRest();
}

function checkRest(): i32 {
  const rest = unreadBytes();
  return rest < 0 ? TOO_SHORT : rest > TOLERATED_REST ? TOO_LONG : OK;
}

/** Passes a restart marker (T.81, F.2.1.3). */
function restart(): i32 {
  const rest = checkRest();
  if (rest) return rest;
  if (load<u8>(position, 1) != 0xd0 + restartNumber) return NO_RESTART;
  restartNumber = (restartNumber + 1) & 7;
  untilRestart = restartInterval;
  for (let i = 0; i < scanCount; i++) componentAt(load<i32>(IN_SCAN + i * 4)).lastDc = 0;
  position = openSegment(position + 2, fileEnd);
  return position ? OK : CUT_OFF;
}

/** Reads the blocks of a unit that nobody looks at: the code of later ones depends on them. */
function passMcu(): void {
  for (let i = 0; i < scanCount; i++) {
    const c = componentAt(load<i32>(IN_SCAN + i * 4));
    const blocks = scanCount == 1 ? 1 : c.h * c.v;
    for (let n = 0; n < blocks; n++) {
      decodeBlock(c.dc, c.ac, c.lastDc);
      c.lastDc = <i32>load<i16>(BLOCK);
    }
  }
}

function decodeSingle(x: i32): void {
  const c = componentAt(load<i32>(IN_SCAN));
  const row = CARRIED_ROWS + (decodedRows - bandFirst) * 8;
  decodeTo(c, c.plane + row * c.stride + x * 8);
}

function decodeMcu(x: i32): void {
  for (let i = 0; i < scanCount; i++) {
    const c = componentAt(load<i32>(IN_SCAN + i * 4));
    let row = c.plane + (CARRIED_ROWS + (decodedRows - bandFirst) * c.v * 8) * c.stride;
    row += x * c.h * 8;
    for (let v = 0; v < c.v; v++) {
      for (let h = 0; h < c.h; h++) decodeTo(c, row + h * 8);
      row += c.stride * 8;
    }
  }
}

// @ts-ignore: decorator
@inline
function decodeTo(c: Component, to: usize): void {
  const end = decodeBlock(c.dc, c.ac, c.lastDc);
  const dc = <i32>load<i16>(BLOCK);
  c.lastDc = dc;
  if (end == 1) inverseFlat(dc * load<i16>(c.quant), to, c.stride);
  else if (end <= SPARSE_END) inverseSparse(c.quant, to, c.stride);
  else inverse(c.quant, to, c.stride);
}

/** Moves the last rows of the band above it. */
function carryRows(): void {
  for (let i = 0; i < componentCount; i++) {
    const c = componentAt(i);
    memory.copy(c.plane, c.plane + bandRows * c.v * 8 * c.stride, CARRIED_ROWS * c.stride);
  }
}

/**
 * Makes the next rows of pixels, `most` at most, as far as they are decoded: their wanted part, where the row is in the window,
 * goes to `to` and on in steps of `stride` bytes, and nothing beside it is written.
 *
 * @param complete whether all scans have been decoded
 * @param channels samples a pixel: 4, or 1 of grey pictures and 3 of others
 * @returns rows made so far, those above the window included
 */
export function emitRows(
  complete: bool,
  most: i32,
  to: usize,
  stride: i32,
  channels: i32,
): i32 {
  // rows at the lower edge of a band need the one below
  const ready = complete ? windowBottom : min(windowBottom, decodedRows * 8 * maxV - maxV);
  const end = min(ready, emitted + most);
  for (; emitted < end; emitted++) {
    if (emitted >= windowTop) emitRow(emitted, to, channels);
    to += stride;
  }
  return emitted;
}

function emitRow(y: i32, to: usize, channels: i32): void {
  const width = windowRight - windowLeft;
  const a = wideRow(componentAt(0), y) + windowLeft;
  if (color == GREY) {
    if (channels == 1) memory.copy(to, a, width);
    else expand(a, to, width, 1);
    return;
  }
  const b = wideRow(componentAt(1), y) + windowLeft;
  const c = wideRow(componentAt(2), y) + windowLeft;
  // Whole vectors are converted. The last one overlaps that before it, so that nothing beside the window is written; what is
  // too narrow, and RGB, which writes more than it should, is made in a room of its own.
  const whole = channels == 4 ? width & ~15 : 0;
  if (whole) convertRow(a, b, c, whole, to, channels);
  if (whole == width) return;
  const rest = width < 16 || !whole ? 0 : width - 16;
  convertRow(a + rest, b + rest, c + rest, width - rest, rowRoom, channels);
  memory.copy(to + rest * channels, rowRoom, (width - rest) * channels);
}

// @ts-ignore: decorator
@inline
function convertRow(a: usize, b: usize, c: usize, width: i32, to: usize, channels: i32): void {
  if (channels == 4) {
    if (color == YCC) yccToRgba(a, b, c, width, to);
    else interleaveRgba(a, b, c, width, to);
  } else {
    if (color == YCC) yccToRgb(a, b, c, width, to);
    else interleaveRgb(a, b, c, width, to);
  }
}

/** Samples of a component for picture row `y`, as wide as the picture. */
function wideRow(c: Component, y: i32): usize {
  const times = maxH / c.h;
  const down = maxV / c.v;
  const y0 = y / down;
  let near = rowOf(c, y0);
  if (times == 1 && down == 1) return near;
  // What lies far beside the window is left out; near it, it is made from what is next to it.
  const first = max(0, windowLeft / times - 16) & ~15;
  const width = min(c.width, windowRight / times + 16) - first;
  near += first;
  const to = c.wide + first * times;
  // The filter is used where libjpeg uses it: not for components 1 or 2 samples wide.
  const isUpper = y % down == 0;
  if (down == 2 && times == 1) {
    doubleHeight(near, neighbour(c, y0, isUpper) + first, width, to, isUpper ? 1 : 2);
  } else if (down == 2 && times == 2 && c.width > 2) {
    doubleBoth(near, neighbour(c, y0, isUpper) + first, width, to, sums);
  } else if (down == 1 && times == 2 && c.width > 2) {
    doubleWidth(near, width, to, sums);
  } else {
    repeat(near, width, times, to);
  }
  return c.wide;
}

/** The row above or below row `y` of the component; itself at the edge of the picture. */
function neighbour(c: Component, y: i32, isUpper: bool): usize {
  return rowOf(c, isUpper ? max(0, y - 1) : min(c.height - 1, y + 1));
}

// @ts-ignore: decorator
@inline
function rowOf(c: Component, y: i32): usize {
  return c.plane + (y - bandFirst * c.v * 8 + CARRIED_ROWS) * c.stride;
}

// @ts-ignore: decorator
@inline
function ceilDiv(a: i32, b: i32): i32 {
  return (a + b - 1) / b;
}
