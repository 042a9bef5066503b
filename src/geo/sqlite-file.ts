const MAGIC = "SQLite format 3\0";

/** A value of a column. */
export type SqliteValue = number | string | Uint8Array | undefined;

/** A table of a database file. */
export interface SqliteTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqliteValue[])[];
}

/** Whether bytes are those of an SQLite database. */
export function isSqlite(bytes: Uint8Array): boolean {
  return bytes.length >= 100 && String.fromCharCode(...bytes.subarray(0, 16)) === MAGIC;
}

/**
 * A whole table of an SQLite database file, without a database engine (SQLite Database File Format).
 * What a write-ahead log beside the file holds is not seen. Whole numbers beyond 2^53 lose digits.
 *
 * @returns `undefined` if there is no such table
 * @throws RangeError if the file is damaged
 */
export function readSqliteTable(bytes: Uint8Array, name: string): SqliteTable | undefined {
  try {
    const file = openFile(bytes);
    for (const [type, , table, page, sql] of walk(file, 1).map(({ values }) => values)) {
      if (type !== "table" || String(table).toLowerCase() !== name.toLowerCase()) continue;
      const columns = columnsOf(String(sql));
      // an integer primary key is not stored in the record: it is the row's number
      const key = columns.findIndex(({ isKey }) => isKey);
      const rows = walk(file, Number(page)).map(({ id, values }) =>
        columns.map((_, i) => (i === key ? id : values[i])),
      );
      return { columns: columns.map((column) => column.name), rows };
    }
    return undefined;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError("Cannot read SQLite file: it is damaged", { cause });
  }
}

interface File {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly pageSize: number;
  /** Bytes of a page that hold data. */
  readonly usable: number;
  readonly decoder: TextDecoder;
}

function openFile(bytes: Uint8Array): File {
  if (!isSqlite(bytes)) throw new RangeError("Cannot read SQLite file: wrong magic");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint16(16);
  const pageSize = size === 1 ? 65536 : size;
  const encoding = ["utf-8", "utf-8", "utf-16le", "utf-16be"][view.getUint32(56)] ?? "utf-8";
  const usable = pageSize - (bytes[20] ?? 0);
  return { bytes, view, pageSize, usable, decoder: new TextDecoder(encoding) };
}

interface Row {
  readonly id: number;
  readonly values: readonly SqliteValue[];
}

/** All rows of a table, in the order of their numbers. */
function walk(file: File, root: number): Row[] {
  const rows: Row[] = [];
  const seen = new Set<number>();
  const visit = (page: number): void => {
    // a damaged file could send us round in circles
    if (seen.has(page)) throw new RangeError("page is used twice");
    seen.add(page);
    const start = (page - 1) * file.pageSize;
    const head = page === 1 ? start + 100 : start;
    const type = file.view.getUint8(head);
    const cells = file.view.getUint16(head + 3);
    if (type !== 5 && type !== 13) throw new RangeError("page is not of a table");
    for (let i = 0; i < cells; i++) {
      const cell = start + file.view.getUint16(head + (type === 5 ? 12 : 8) + i * 2);
      if (type === 5) visit(file.view.getUint32(cell));
      else rows.push(readRow(file, cell));
    }
    if (type === 5) visit(file.view.getUint32(head + 8));
  };
  visit(root);
  return rows;
}

function readRow(file: File, cell: number): Row {
  const length = varint(file.view, cell);
  const id = varint(file.view, length.next);
  const payload = readPayload(file, id.next, length.value);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const header = varint(view, 0);
  const values: SqliteValue[] = [];
  let at = header.next;
  let body = header.value;
  while (at < header.value) {
    const type = varint(view, at);
    at = type.next;
    const { value, size } = readValue(file, { view, payload, body }, type.value);
    values.push(value);
    body += size;
  }
  return { id: id.value, values };
}

/** The record's bytes, put together from the cell and its overflow pages. */
function readPayload(
  { bytes, view, pageSize, usable }: File,
  at: number,
  length: number,
): Uint8Array {
  if (length > bytes.length) throw new RangeError("record is longer than the file");
  const most = usable - 35;
  if (length <= most) return bytes.subarray(at, at + length);
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((length - least) % (usable - 4));
  const local = wanted <= most ? wanted : least;
  const payload = new Uint8Array(length);
  payload.set(bytes.subarray(at, at + local));
  let page = view.getUint32(at + local);
  for (let done = local; done < length; ) {
    const start = (page - 1) * pageSize;
    const part = bytes.subarray(start + 4, start + 4 + Math.min(usable - 4, length - done));
    if (part.length === 0) throw new RangeError("overflow page is missing");
    payload.set(part, done);
    done += part.length;
    page = view.getUint32(start);
  }
  return payload;
}

const INTEGER_SIZES = [0, 1, 2, 3, 4, 6, 8] as const;

function readValue(
  file: File,
  { view, payload, body }: { view: DataView; payload: Uint8Array; body: number },
  type: number,
): { value: SqliteValue; size: number } {
  if (type === 0) return { value: undefined, size: 0 };
  if (type === 7) return { value: view.getFloat64(body), size: 8 };
  if (type === 8 || type === 9) return { value: type - 8, size: 0 };
  const integer = INTEGER_SIZES[type];
  if (integer !== undefined) {
    let value = view.getInt8(body);
    for (let i = 1; i < integer; i++) value = value * 256 + view.getUint8(body + i);
    return { value, size: integer };
  }
  if (type < 12) throw new RangeError("value is of an unknown type");
  const size = Math.floor((type - 12) / 2);
  if (body + size > payload.length) throw new RangeError("value is cut off");
  const part = payload.subarray(body, body + size);
  return { value: type % 2 === 0 ? part : file.decoder.decode(part), size };
}

/** Big-endian number of 7 bits a byte, 9 bytes at most. */
function varint(view: DataView, at: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = view.getUint8(at + i);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  return { value: value * 256 + view.getUint8(at + 8), next: at + 9 };
}

/** Columns of a CREATE TABLE statement. */
function columnsOf(sql: string): { name: string; isKey: boolean }[] {
  const body = sql.slice(sql.indexOf("(") + 1, sql.lastIndexOf(")"));
  // commas in parentheses and quotes do not part columns
  const parts =
    body.match(/(?:'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\)|[^,])+/g) ?? [];
  return parts.flatMap((part) => {
    const [, a, b, c, d] = /^\s*(?:"([^"]*)"|`([^`]*)`|\[([^\]]*)\]|([^\s(]+))/.exec(part) ?? [];
    const name = a ?? b ?? c ?? d;
    if (name === undefined) return [];
    if (d !== undefined && /^(?:constraint|primary|unique|check|foreign)$/i.test(d)) return [];
    return [{ name, isKey: /\binteger\b[^,]*\bprimary\s+key\b/i.test(part) }];
  });
}
