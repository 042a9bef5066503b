import { deflateSync } from "node:zlib";

/** The compass star of `logo.svg` as a PNG, for whoever cannot show SVG. */
export function logoPng(size) {
  const rows = [];
  for (let y = 0; y < size; y++) {
    rows.push(0); // no filter
    for (let x = 0; x < size; x++) rows.push(...colorAt((x + 0.5) * (64 / size), (y + 0.5) * (64 / size)));
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.from(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function colorAt(x, y) {
  const [dx, dy] = [x - 32, y - 32];
  if (Math.hypot(dx, dy) > 30) return [0, 0, 0, 0];
  // In each quarter the star ends at the line from a tip (26 from the centre) to an inner corner (5, 5).
  const [near, far] = [Math.min(Math.abs(dx), Math.abs(dy)), Math.max(Math.abs(dx), Math.abs(dy))];
  if (near / 5 > (26 - far) / 21) return [0x0b, 0x5d, 0x66, 255];
  const isRight = Math.abs(dy) > Math.abs(dx) ? dx * dy < 0 : dx * dy > 0;
  return isRight ? [0xf2, 0xa5, 0x41, 255] : [0xe9, 0xf4, 0xf2, 255];
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** Checksum of PNG chunks (RFC 2083, 3.4); `node:zlib` has one only in newer versions. */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
