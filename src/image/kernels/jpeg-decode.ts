import { ImageError } from "../../core/errors.ts";
import type { Arena } from "./arena.ts";
import { FAULTS, type JpegKernel } from "./jpeg-kernel.ts";
import { nextMarker, standsAlone } from "./jpeg-markers.ts";

/** Most pixels decoded, whatever the caller allows: the address space of the kernel ends not far above. */
const MAX_PIXELS = 2 ** 28;

/** Colour of the components, as the kernel counts them. */
const GREY = 0;
const YCC = 1;
const RGB = 2;

interface Component {
  readonly id: number;
  readonly h: number;
  readonly v: number;
  readonly quant: number;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
}

/** The part of a picture that is wanted, in pixels; right column and lower row are not in it. */
export type JpegWindow = readonly [left: number, top: number, right: number, bottom: number];

/** What becomes of the pixels. */
export interface JpegOutput {
  /** Whether luminance and chrominance stay what they are; RGB, else. */
  readonly keepsYcc?: boolean;
  /**
   * Told the size and kind before any row: chooses the window, and makes room.
   *
   * @returns `undefined` if it does not want such a picture
   */
  begin(frame: {
    width: number;
    height: number;
    components: number;
    isYcc: boolean;
  }): JpegWindow | undefined;
  /**
   * Takes rows that are decoded out of the kernel.
   *
   * @param complete whether there are no more to come
   * @returns rows taken so far, those above the window included
   */
  take(kernel: JpegKernel, complete: boolean): number;
}

/** What has been read so far. */
interface State {
  readonly kernel: JpegKernel;
  readonly bytes: Uint8Array;
  readonly output: JpegOutput;
  frame: Frame | undefined;
  hasJfif: boolean;
  /** Colour transform that Adobe's marker names. */
  adobe: number | undefined;
  /** Quantisation tables that are there: bit `id`. */
  quants: number;
  /** Components that have been decoded: bit `index`. */
  decoded: number;
  /** What is wanted, as soon as a scan begins. */
  window: JpegWindow | undefined;
  rowsDone: number;
}

/**
 * Reads the segments of a JPEG file (ITU-T T.81, annex B) and has the kernel decode its scans, as far as the window of
 * `output` reaches. The arena must not be lent from before it is done.
 *
 * @returns false if it is a kind that the kernel does not decode, or `output` does not want; it is known before any row is made
 * @throws ImageError if it is cut off or corrupt
 */
export function readJpeg({ kernel, top }: Arena, bytes: Uint8Array, output: JpegOutput): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw corrupt("no start marker");
  kernel.jpegBegin(top);
  const at = kernel.openFile(bytes.length);
  if (!at) throw corrupt("not enough memory for it");
  new Uint8Array(kernel.memory.buffer).set(bytes, at);
  const state: State = {
    kernel,
    bytes,
    output,
    frame: undefined,
    hasJfif: false,
    adobe: undefined,
    quants: 0,
    decoded: 0,
    window: undefined,
    rowsDone: 0,
  };
  let position: number | undefined = 2;
  while (position !== undefined) {
    const code = nextMarker(bytes, position);
    if (code < 0) throw corrupt("ends before its end marker");
    const marker = bytes[code] ?? 0;
    if (marker === 0xd9) {
      finish(state);
      return true;
    }
    position = readSegment(state, marker, code + 1);
  }
  return false;
}

/** Reads a segment whose length stands at `at`. Answers where it ends; `undefined`: not our kind of JPEG. */
function readSegment(state: State, marker: number, at: number): number | undefined {
  if (marker === 0xd8) throw corrupt("second start marker");
  if (standsAlone(marker)) return at;
  const length = short(state.bytes, at);
  const end = at + length;
  if (length < 2) throw corrupt(`segment of length ${length}`);
  if (end > state.bytes.length) throw corrupt("ends within a header");
  const body = at + 2;
  switch (marker) {
    case 0xc0:
    case 0xc1:
      return readFrame(state, body, end) ? end : undefined;
    case 0xc4:
      readHuffman(state, body, end);
      return end;
    case 0xda:
      return readScan(state, body, end);
    case 0xdb:
      readQuant(state, body, end);
      return end;
    case 0xdd:
      if (length !== 4) throw corrupt("malformed restart interval");
      state.kernel.defineRestart(short(state.bytes, body));
      return end;
    case 0xe0:
      if (hasText(state.bytes, body, end, "JFIF\0")) state.hasJfif = true;
      return end;
    case 0xee:
      if (end - body >= 12 && hasText(state.bytes, body, end, "Adobe")) {
        state.adobe = state.bytes[body + 11];
      }
      return end;
    default:
      // other frames, arithmetic conditioning, hierarchies
      return (marker >= 0xc2 && marker <= 0xcf) || marker === 0xde || marker === 0xdf
        ? undefined
        : end;
  }
}

/** Reads SOF0 or SOF1. Answers whether the kernel can decode such a frame. */
function readFrame(state: State, at: number, end: number): boolean {
  const { bytes, kernel } = state;
  if (state.frame) throw corrupt("second frame");
  const count = bytes[at + 5] ?? 0;
  if (end - at !== 6 + 3 * count || count === 0) throw corrupt("malformed frame header");
  if (bytes[at] !== 8 || (count !== 1 && count !== 3)) return false;
  const height = short(bytes, at + 1);
  const width = short(bytes, at + 3);
  if (width === 0 || height === 0) throw corrupt(`size ${width}x${height}`);
  const components = Array.from({ length: count }, (_, i): Component => {
    const [id = 0, factors = 0, quant = 0] = bytes.subarray(at + 6 + 3 * i, at + 9 + 3 * i);
    // A lone component is not interleaved: its factors mean nothing (T.81, A.2.2).
    const [h, v] = [factors >> 4, factors & 15];
    if (h < 1 || h > 4 || v < 1 || v > 4 || quant > 3) throw corrupt("malformed component");
    return count === 1 ? { id, h: 1, v: 1, quant } : { id, h, v, quant };
  });
  const maxH = Math.max(...components.map((c) => c.h));
  const maxV = Math.max(...components.map((c) => c.v));
  if (components.some((c) => maxH % c.h !== 0 || maxV % c.v !== 0)) return false;

  const units = Math.ceil(width / (8 * maxH)) * Math.ceil(height / (8 * maxV));
  const blocks = units * components.reduce((sum, c) => sum + c.h * c.v, 0);
  // Non-interleaved scans leave out blocks beside the picture: at most every other one, each way.
  // A block takes two bits at least.
  if (blocks / 4 > bytes.length * 4) {
    throw corrupt(`too short for ${width}x${height} pixels`);
  }
  if (width * height > MAX_PIXELS) throw corrupt(`${width}x${height} pixels are too many`);
  state.frame = { width, height, components };
  components.forEach((c, index) => {
    kernel.defineComponent(index, c.h, c.v, c.quant);
  });
  return true;
}

function readQuant(state: State, from: number, end: number): void {
  let at = from;
  while (at < end) {
    const head = state.bytes[at] ?? 0;
    const bytes = head >> 4 === 0 ? 1 : 2;
    const id = head & 15;
    if (head >> 4 > 1 || id > 3 || at + 1 + 64 * bytes > end) {
      throw corrupt("malformed quantisation table");
    }
    state.kernel.defineQuant(id, at + 1, bytes);
    state.quants |= 1 << id;
    at += 1 + 64 * bytes;
  }
}

function readHuffman(state: State, from: number, end: number): void {
  let at = from;
  while (at < end) {
    const length = state.kernel.defineHuffman(at, end - at);
    if (length === 0) throw corrupt("malformed Huffman table");
    at += length;
  }
}

/** Reads a scan, header and data. Answers where it ends; `undefined`: the picture is not wanted. */
function readScan(state: State, at: number, end: number): number | undefined {
  const { bytes, kernel, frame } = state;
  if (!frame) throw corrupt("scan before its frame");
  const count = bytes[at] ?? 0;
  if (count < 1 || count > frame.components.length || end - at !== 4 + 2 * count) {
    throw corrupt("malformed scan header");
  }
  const isWhole = count === frame.components.length;
  if (!state.window && !startPicture(state, frame, isWhole)) return undefined;
  let samples = 0;
  for (let slot = 0; slot < count; slot++) {
    const [id, tables = 0] = bytes.subarray(at + 1 + 2 * slot, at + 3 + 2 * slot);
    const index = frame.components.findIndex((c) => c.id === id);
    const component = frame.components[index];
    if (!component || (state.decoded >> index) & 1) throw corrupt("scan of a wrong component");
    if (!((state.quants >> component.quant) & 1)) throw corrupt("quantisation table missing");
    if (!kernel.scanComponent(slot, index, tables >> 4, tables & 15)) {
      throw corrupt("Huffman table missing");
    }
    state.decoded |= 1 << index;
    samples += component.h * component.v;
  }
  // at most 10 blocks in an MCU (T.81, B.2.3)
  if (count > 1 && samples > 10) throw corrupt("too many blocks in a unit");
  kernel.scanStart(count, end);
  while (!kernel.isScanDone()) {
    const fault = kernel.decodeBand();
    if (fault) throw corrupt(FAULTS[fault] ?? "unknown fault");
    if (isWhole) takeRows(state, frame);
  }
  return kernel.scanEnd();
}

/** Reserves memory for the picture; false if it is not wanted. */
function startPicture(state: State, frame: Frame, isWhole: boolean): boolean {
  const { kernel, output } = state;
  const { width, height, components } = frame;
  const color = colorOf(state, frame);
  const isYcc = color === YCC;
  const window = output.begin({ width, height, components: components.length, isYcc });
  if (!window) return false;
  state.window = window;
  const made = isYcc && output.keepsYcc ? RGB : color;
  const whole = isWhole ? 1 : 0;
  if (!kernel.frameStart(width, height, components.length, made, whole, ...window)) {
    throw corrupt(`not enough memory for ${width}x${height} pixels`);
  }
  return true;
}

/** What three components are, by the marks that libjpeg goes by, in its order. */
function colorOf({ hasJfif, adobe }: State, { components }: Frame): number {
  if (components.length === 1) return GREY;
  if (hasJfif) return YCC;
  if (adobe !== undefined) return adobe === 0 ? RGB : YCC;
  const ids = String.fromCharCode(...components.map((c) => c.id));
  return ids === "RGB" ? RGB : YCC;
}

/** Has the rows taken that are ready. */
function takeRows(state: State, frame: Frame): void {
  const isComplete =
    state.decoded === (1 << frame.components.length) - 1 && state.kernel.isScanDone() !== 0;
  state.rowsDone = state.output.take(state.kernel, isComplete);
}

/** Ends the picture at its end marker. */
function finish(state: State): void {
  const { frame, window } = state;
  if (!frame || !window || state.decoded !== (1 << frame.components.length) - 1) {
    throw corrupt("ends before all of the picture was there");
  }
  takeRows(state, frame);
  if (state.rowsDone !== window[3]) throw corrupt("rows are missing");
}

function corrupt(what: string): ImageError {
  return new ImageError(`Cannot decode JPEG: ${what}`);
}

function short(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function hasText(bytes: Uint8Array, from: number, end: number, text: string): boolean {
  if (from + text.length > end) return false;
  for (let i = 0; i < text.length; i++) {
    if (bytes[from + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}
