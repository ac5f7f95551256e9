/** @module Makes bitmaps that are decoded in JavaScript, one pixel after the other. */

/** Bytes before the pixels: of the file's header, the picture's and a table of two colours. */
const HEAD = 14 + 40 + 8;

/** A black Windows bitmap of one bit a pixel. */
export function bitmapOf(side: number): Buffer {
  const stride = 4 * Math.ceil(side / 32);
  const bytes = Buffer.alloc(HEAD + side * stride);
  bytes.write("BM");
  bytes.writeUInt32LE(HEAD, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(side, 18);
  bytes.writeInt32LE(side, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(1, 28);
  return bytes;
}
