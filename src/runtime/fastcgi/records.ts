/** Records of FastCGI 1.0 as bytes, in and out. Numbers are unsigned and big-endian. */

/** Types of records (FastCGI 1.0, 8). */
export const BEGIN_REQUEST = 1;
export const ABORT_REQUEST = 2;
export const END_REQUEST = 3;
export const PARAMS = 4;
export const STDIN = 5;
export const STDOUT = 6;
export const STDERR = 7;
export const DATA = 8;
export const GET_VALUES = 9;
export const GET_VALUES_RESULT = 10;
export const UNKNOWN_TYPE = 11;

/** The role of an application that answers requests; the only one here. */
export const RESPONDER = 1;

/** Flag of BEGIN_REQUEST: the connection stays open for more requests. */
export const KEEP_CONNECTION = 1;

/** Protocol status of END_REQUEST. */
export const REQUEST_COMPLETE = 0;
export const OVERLOADED = 2;
export const UNKNOWN_ROLE = 3;

const VERSION = 1;
const HEADER = 8;

/** Bytes of content in the records we send: the most that is a multiple of 8, so that none needs padding. */
const LONGEST_CONTENT = 65528;

/** One record. */
export interface FastCgiRecord {
  readonly type: number;
  /** 0 for what concerns the connection. */
  readonly id: number;
  /** At most 65535 bytes, without padding. Valid only until the next bytes are read. */
  readonly content: Uint8Array;
}

/** The other side does not speak FastCGI 1.0. */
export class ProtocolError extends Error {}

const NOTHING = new Uint8Array();

/** Cuts a stream of bytes into records. Keeps at most one incomplete record: 66 kB. */
export class RecordReader {
  #pending: Uint8Array = NOTHING;

  /** Whether the stream could end here. */
  get isBetweenRecords(): boolean {
    return this.#pending.length === 0;
  }

  /**
   * The records that are complete with these bytes.
   *
   * @throws ProtocolError at a version other than 1
   */
  read(bytes: Uint8Array): FastCgiRecord[] {
    const buffer = this.#pending.length === 0 ? bytes : joined(this.#pending, bytes);
    const records: FastCgiRecord[] = [];
    let at = 0;
    while (buffer.length - at >= HEADER) {
      const version = buffer[at];
      if (version !== VERSION) throw new ProtocolError(`Cannot read FastCGI version ${version}`);
      const length = word(buffer, at + 4);
      const end = at + HEADER + length + (buffer[at + 6] ?? 0);
      if (end > buffer.length) break;
      const content = buffer.subarray(at + HEADER, at + HEADER + length);
      records.push({ type: buffer[at + 1] ?? 0, id: word(buffer, at + 2), content });
      at = end;
    }
    // A copy: the runtime may use its own buffer again.
    this.#pending = at === buffer.length ? NOTHING : buffer.slice(at);
    return records;
  }
}

/** One record with its header and padding; content of at most 65535 bytes. */
export function encodeRecord(type: number, id: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(recordSize(content.length));
  putRecord(bytes, 0, { type, id, content });
  return bytes;
}

/** A stretch of a stream (STDOUT, STDERR, PARAMS): as many records as it takes, none if it is empty. */
export function encodeStream(type: number, id: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(streamSize(content.length));
  putStream(bytes, 0, { type, id, content });
  return bytes;
}

/**
 * All of an answer in one piece: the parts on STDOUT, its end, and END_REQUEST. One piece is one write,
 * which is a third of what a small answer costs.
 */
export function encodeAnswer(id: number, parts: readonly Uint8Array[]): Uint8Array {
  const end = encodeEnd(id, REQUEST_COMPLETE);
  let size = HEADER + end.length;
  for (const { length } of parts) size += streamSize(length);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const content of parts) at = putStream(bytes, at, { type: STDOUT, id, content });
  putRecord(bytes, at, { type: STDOUT, id, content: new Uint8Array() });
  bytes.set(end, at + HEADER);
  return bytes;
}

/** @param status of the protocol, see {@linkcode REQUEST_COMPLETE} */
export function encodeEnd(id: number, status: number): Uint8Array {
  return encodeRecord(END_REQUEST, id, Uint8Array.of(0, 0, 0, 0, status, 0, 0, 0));
}

/** Role and flags of a BEGIN_REQUEST; @throws ProtocolError if it is too short */
export function decodeBegin(content: Uint8Array): { role: number; keepConnection: boolean } {
  if (content.length < 3) throw new ProtocolError("Cannot read BEGIN_REQUEST: too short");
  const flags = content[2] ?? 0;
  return { role: word(content, 0), keepConnection: (flags & KEEP_CONNECTION) !== 0 };
}

/**
 * Names and values (FastCGI 1.0, 3.4), in their order; of two values of a name the last. Text is UTF-8; broken bytes become
 * U+FFFD.
 *
 * @throws ProtocolError if a length reaches beyond the end
 */
export function decodePairs(bytes: Uint8Array): Map<string, string> {
  const textOf = textReader(bytes);
  const pairs = new Map<string, string>();
  let at = 0;
  const length = (): number => {
    const first = bytes[at];
    if (first === undefined) throw new ProtocolError("Cannot read parameters: they are cut off");
    if (first < 0x80) {
      at += 1;
      return first;
    }
    if (at + 4 > bytes.length) throw new ProtocolError("Cannot read parameters: they are cut off");
    const long = ((first & 0x7f) << 24) | ((bytes[at + 1] ?? 0) << 16) | word(bytes, at + 2);
    at += 4;
    return long;
  };
  while (at < bytes.length) {
    const nameLength = length();
    const valueLength = length();
    const end = at + nameLength + valueLength;
    if (end > bytes.length) throw new ProtocolError("Cannot read parameters: they are cut off");
    pairs.set(textOf(at, at + nameLength), textOf(at + nameLength, end));
    at = end;
  }
  return pairs;
}

/** Gives stretches of `bytes` as text. Decoding all at once and cutting is five times as fast as piece by piece. */
function textReader(bytes: Uint8Array): (from: number, to: number) => string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const all = decoder.decode(bytes);
  // A character of several bytes makes the text shorter: then offsets differ.
  if (all.length === bytes.length) return (from, to) => all.slice(from, to);
  return (from, to) => decoder.decode(bytes.subarray(from, to));
}

/** The inverse of {@linkcode decodePairs}. */
export function encodePairs(pairs: Iterable<readonly [name: string, value: string]>): Uint8Array {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const pair of pairs) {
    const [name, value] = pair.map((text) => encoder.encode(text)) as [Uint8Array, Uint8Array];
    for (const part of [lengthBytes(name.length), lengthBytes(value.length), name, value]) {
      parts.push(part);
      size += part.length;
    }
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  return Uint8Array.of((length >>> 24) | 0x80, length >>> 16, length >>> 8, length);
}

/** Bytes of all records of a stretch. */
function streamSize(length: number): number {
  const last = length % LONGEST_CONTENT;
  const full = (length - last) / LONGEST_CONTENT;
  return full * recordSize(LONGEST_CONTENT) + (last > 0 ? recordSize(last) : 0);
}

/** @returns where the next record goes */
function putStream(bytes: Uint8Array, from: number, stream: FastCgiRecord): number {
  let out = from;
  for (let at = 0; at < stream.content.length; at += LONGEST_CONTENT) {
    const content = stream.content.subarray(at, at + LONGEST_CONTENT);
    putRecord(bytes, out, { ...stream, content });
    out += recordSize(content.length);
  }
  return out;
}

function recordSize(length: number): number {
  return HEADER + length + padding(length);
}

/** Bytes that bring `length` to a multiple of 8. */
function padding(length: number): number {
  return -length & 7;
}

function putRecord(bytes: Uint8Array, at: number, { type, id, content }: FastCgiRecord): void {
  const { length } = content;
  bytes[at] = VERSION;
  bytes[at + 1] = type;
  bytes[at + 2] = id >> 8;
  bytes[at + 3] = id;
  bytes[at + 4] = length >> 8;
  bytes[at + 5] = length;
  bytes[at + 6] = padding(length);
  bytes.set(content, at + HEADER);
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
