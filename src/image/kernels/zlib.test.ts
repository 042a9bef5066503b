/** The kernel's zlib streams against those of the runtime's zlib, an independent program. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constants, deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { seeded } from "../../../test/pictures.ts";
import { withArena } from "./arena.ts";

const OK = 0;
const TOO_LONG = 2;

/** What the kernel makes of a stream: bytes, or the number of a fault. */
function inflated(stream: Uint8Array, length: number): Uint8Array | number {
  return withArena((arena) => {
    const from = arena.alloc(stream.length);
    const to = arena.alloc(length);
    const guard = arena.alloc(16);
    arena.bytes.set(stream, from);
    arena.bytes.fill(0xa5, guard, guard + 16);
    const fault = arena.kernel.inflate(from, stream.length, to, length);
    assert.ok(
      arena.bytes.subarray(guard, guard + 16).every((byte) => byte === 0xa5),
      "wrote beyond its memory",
    );
    return fault === OK ? arena.bytes.slice(to, to + length) : fault;
  });
}

function deflated(bytes: Uint8Array): Uint8Array {
  return withArena((arena) => {
    const from = arena.alloc(bytes.length);
    const to = arena.alloc(bytes.length + (bytes.length >> 3) + 1024);
    arena.bytes.set(bytes, from);
    const length = arena.kernel.deflateRuns(from, bytes.length, to);
    return arena.bytes.slice(to, to + length);
  });
}

/** Bytes of runs and noise: `levels` values, changing with probability `change`. */
function content(length: number, levels: number, change: number): Uint8Array {
  const random = seeded(length + levels);
  let last = 0;
  return Uint8Array.from({ length }, () => {
    if (random() < change) last = Math.floor(random() * levels);
    return last;
  });
}

const kinds = fc.record({
  length: fc.oneof(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 90_000 })),
  levels: fc.constantFrom(1, 2, 3, 17, 200, 256),
  change: fc.constantFrom(0.002, 0.05, 0.4, 1),
});

describe("deflateRuns()", () => {
  it("writes streams that zlib reads, for any content", () => {
    fc.assert(
      fc.property(kinds, ({ length, levels, change }) => {
        const bytes = content(length, levels, change);
        assert.ok(Buffer.from(inflateSync(deflated(bytes))).equals(bytes));
      }),
    );
  });

  it("writes no more than zlib does by the same strategy, but for half a percent", () => {
    for (const change of [0.002, 0.05, 0.4, 1]) {
      const bytes = content(300_000, 200, change);
      const options = { level: 6, strategy: constants.Z_RLE, memLevel: 9 };
      const [own, theirs] = [deflated(bytes).length, deflateSync(bytes, options).length];
      assert.ok(own <= theirs * 1.005 + 16, `${own} bytes, zlib ${theirs}`);
    }
  });

  it("keeps codes within their longest length", () => {
    // Counts that grow like Fibonacci's numbers make the deepest trees.
    const parts: number[] = [];
    for (let [a, b, value] = [1, 1, 0]; value < 22; [a, b, value] = [b, a + b, value + 1]) {
      for (let i = 0; i < a; i++) parts.push(value * 7 + (i & 1) * 128);
    }
    const bytes = Uint8Array.from(parts);
    assert.ok(Buffer.from(inflateSync(deflated(bytes))).equals(bytes));
  });
});

describe("inflate()", () => {
  it("reads what zlib writes, by every strategy", () => {
    const options = fc.record({
      level: fc.integer({ min: 0, max: 9 }),
      strategy: fc.constantFrom(
        constants.Z_DEFAULT_STRATEGY,
        constants.Z_FILTERED,
        constants.Z_HUFFMAN_ONLY,
        constants.Z_RLE,
        constants.Z_FIXED,
      ),
    });
    fc.assert(
      fc.property(kinds, options, ({ length, levels, change }, how) => {
        const bytes = content(length, levels, change);
        const back = inflated(deflateSync(bytes, how), length);
        assert.ok(typeof back !== "number" && Buffer.from(back).equals(bytes));
      }),
    );
  });

  it("repeats what is shorter than a vector, at any distance and length", () => {
    for (let distance = 1; distance <= 20; distance++) {
      for (let length = distance + 3; length < distance + 300; length += 7) {
        const bytes = Uint8Array.from({ length }, (_, i) => 17 * (i % distance) + distance);
        assert.deepEqual(inflated(deflateSync(bytes, { level: 9 }), length), bytes);
      }
    }
  });

  it("refuses streams that hold more or fewer bytes, and writes no further", () => {
    const bytes = content(5000, 9, 0.1);
    const stream = deflateSync(bytes);
    assert.equal(inflated(stream, 4999), TOO_LONG);
    assert.equal(typeof inflated(stream, 5001), "number");
    // a bomb: a megabyte out of a kilobyte
    assert.equal(inflated(deflateSync(new Uint8Array(1 << 20)), 1000), TOO_LONG);
  });

  it("refuses streams cut off anywhere", () => {
    const stream = deflateSync(content(3000, 60, 0.3));
    for (let length = 0; length < stream.length; length++) {
      assert.equal(typeof inflated(stream.subarray(0, length), 3000), "number");
    }
  });

  it("answers any damage with a fault or, where the checksum cannot tell, the same bytes", () => {
    const bytes = content(2000, 40, 0.3);
    const stream = deflateSync(bytes);
    fc.assert(
      fc.property(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Uint8Array.from(stream);
        damaged[at]! ^= flip;
        const back = inflated(damaged, 2000);
        assert.ok(typeof back === "number" || Buffer.from(back).equals(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it("survives random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (rest) => {
        const stream = Uint8Array.of(0x78, 0x9c, ...rest);
        const back = inflated(stream, 500);
        assert.ok(typeof back === "number" || back.length === 500);
      }),
      { numRuns: 2000 },
    );
  });
});
