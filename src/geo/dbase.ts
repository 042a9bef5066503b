/** A table of attributes. */
export interface Table {
  readonly fields: readonly string[];
  /** One record a feature; `undefined`: deleted. Missing values are absent. */
  readonly records: readonly (Readonly<Record<string, unknown>> | undefined)[];
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads a dBASE table (`.dbf`), the attributes of a shapefile.
 *
 * @param encoding name of the text encoding, from a `.cpg` file
 * @throws RangeError if the file is damaged or the encoding unknown
 */
export function parseDbase(bytes: Uint8Array, encoding = "windows-1252"): Table {
  if (bytes.length < 33) throw new RangeError("Cannot read dBASE file: it is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(4, true);
  const header = view.getUint16(8, true);
  const length = view.getUint16(10, true);
  if (length < 1 || header + count * length > bytes.length + 1) {
    throw new RangeError("Cannot read dBASE file: it is cut off");
  }
  const decoder = new TextDecoder(encodingOf(encoding));
  const fields = readFields(bytes, header, decoder);
  const records: (Record<string, unknown> | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    const record = bytes.subarray(header + i * length, header + (i + 1) * length);
    records.push(record[0] === 0x2a ? undefined : readRecord(record, fields, decoder));
  }
  return { fields: fields.map((field) => field.name), records };
}

/** Web name of what a `.cpg` file says: `UTF-8`, `1252`, `ISO-8859-15`, `ANSI 1251`. */
function encodingOf(name: string): string {
  const text = name.trim().toLowerCase();
  const page = /^(?:ansi |cp|windows-)?(125[0-8])$/.exec(text)?.[1];
  if (page) return `windows-${page}`;
  const part = /^(?:iso[- ]?)?8859[- ]?(\d{1,2})$/.exec(text)?.[1];
  return part ? `iso-8859-${part}` : text;
}

function readFields(bytes: Uint8Array, header: number, decoder: TextDecoder): Field[] {
  const fields: Field[] = [];
  let offset = 1;
  // descriptors of 32 bytes up to a carriage return
  for (let at = 32; at + 32 <= header && bytes[at] !== 0x0d; at += 32) {
    const name = bytes.subarray(at, at + 11);
    const end = name.indexOf(0);
    const length = bytes[at + 16] ?? 0;
    const type = String.fromCharCode(bytes[at + 11] ?? 0);
    fields.push({
      name: decoder.decode(end < 0 ? name : name.subarray(0, end)).trim(),
      type,
      offset,
      length,
    });
    offset += length;
  }
  return fields;
}

function readRecord(
  record: Uint8Array,
  fields: readonly Field[],
  decoder: TextDecoder,
): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null);
  for (const { name, type, offset, length } of fields) {
    const text = decoder.decode(record.subarray(offset, offset + length)).trim();
    if (text === "") continue;
    if (type === "N" || type === "F") {
      const number = Number(text);
      // asterisks: a number that was too long for its field
      if (Number.isFinite(number)) values[name] = number;
    } else if (type === "L") {
      if (/^[TYty]$/.test(text)) values[name] = true;
      else if (/^[FNfn]$/.test(text)) values[name] = false;
    } else values[name] = text;
  }
  return values;
}
