import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  decodeBegin,
  decodePairs,
  encodePairs,
  encodeRecord,
  encodeStream,
  type FastCgiRecord,
  ProtocolError,
  RecordReader,
  STDOUT,
} from "./records.ts";

const record = fc.record(
  {
    type: fc.integer({ min: 1, max: 11 }),
    id: fc.integer({ min: 0, max: 65535 }),
    content: fc.uint8Array({ maxLength: 300 }),
  },
  { noNullPrototype: true },
);

/** Records of `bytes` that come in pieces of these sizes, over and over. */
function readInPieces(bytes: Uint8Array, sizes: readonly number[]): FastCgiRecord[] {
  const reader = new RecordReader();
  const records: FastCgiRecord[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    for (const { type, id, content } of reader.read(bytes.slice(at, at + size))) {
      records.push({ type, id, content: content.slice() });
    }
    at += size;
  }
  assert.ok(reader.isBetweenRecords);
  return records;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe("RecordReader", () => {
  it("gives back every record, however the bytes are cut", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), sizes, (records, pieces) => {
        const bytes = concat(records.map((r) => encodeRecord(r.type, r.id, r.content)));
        assert.deepEqual(readInPieces(bytes, pieces), records);
      }),
    );
  });

  it("survives any bytes: it gives records or throws ProtocolError", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (parts) => {
        const reader = new RecordReader();
        try {
          for (const part of parts) for (const { content } of reader.read(part)) void content;
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
        }
      }),
    );
  });

  it("refuses another version", () => {
    assert.throws(() => new RecordReader().read(new Uint8Array(8).fill(2)), ProtocolError);
  });
});

describe("encodeStream()", () => {
  it("splits content of any length into records that join to it", () => {
    for (const length of [0, 1, 7, 8, 65527, 65528, 65529, 131056, 200_000]) {
      const content = Uint8Array.from({ length }, (_, i) => i % 251);
      const records = readInPieces(encodeStream(STDOUT, 5, content), [8192]);
      assert.ok(records.every(({ type, id }) => type === STDOUT && id === 5));
      assert.equal(records.length, Math.ceil(length / 65528));
      assert.deepEqual(concat(records.map((r) => r.content)), content);
    }
  });

  it("has records of whole 8 bytes, as the standard advises (3.3)", () => {
    for (let length = 1; length < 20; length++) {
      assert.equal(encodeStream(STDOUT, 1, new Uint8Array(length)).length % 8, 0);
    }
  });
});

describe("decodePairs()", () => {
  const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constant("x".repeat(200)));

  it("is the inverse of encodePairs(); of two values of a name the last counts", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 10 }), (pairs) => {
        assert.deepEqual([...decodePairs(encodePairs(pairs))], [...new Map(pairs)]);
      }),
    );
  });

  it("survives any bytes: it gives pairs or throws ProtocolError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodePairs(bytes);
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
        }
      }),
    );
  });

  it("refuses a length that reaches beyond the end", () => {
    for (const bytes of [[1], [0xff], [0xff, 0xff, 0xff, 0xff, 0], [5, 5, 65], [1, 0]]) {
      assert.throws(() => decodePairs(Uint8Array.from(bytes)), ProtocolError);
    }
  });
});

describe("decodeBegin()", () => {
  it("reads role and flags", () => {
    assert.deepEqual(decodeBegin(Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 0)), {
      role: 1,
      keepConnection: true,
    });
    assert.equal(decodeBegin(Uint8Array.of(0, 3, 0, 0, 0, 0, 0, 0)).keepConnection, false);
  });
  it("refuses half a body", () => {
    assert.throws(() => decodeBegin(Uint8Array.of(0, 1)), ProtocolError);
  });
});
