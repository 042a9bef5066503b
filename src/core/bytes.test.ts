import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, equalBytes } from "./bytes.ts";

describe("concat()", () => {
  it("puts pieces behind each other", () => {
    const parts = [Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)];
    assert.deepEqual(concat(parts), Uint8Array.of(1, 2, 3));
  });
});

describe("equalBytes()", () => {
  it("tells pieces apart by each byte, wherever they lie", () => {
    const source = Uint8Array.from({ length: 40 }, (_, i) => i * 37);
    for (const length of [0, 1, 3, 4, 5, 8, 17]) {
      for (const offset of [0, 1, 2, 4]) {
        const a = source.subarray(4, 4 + length);
        const memory = new Uint8Array(40);
        memory.set(a, offset);
        const b = memory.subarray(offset, offset + length);
        assert.ok(equalBytes(a, b));
        assert.ok(!equalBytes(a, memory.subarray(offset, offset + length + 1)));
        for (let i = 0; i < length; i++) {
          b[i]! ^= 128;
          assert.ok(!equalBytes(a, b), `byte ${i} of ${length} at ${offset}`);
          b[i]! ^= 128;
        }
      }
    }
  });
});
