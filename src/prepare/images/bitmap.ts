/** @module Windows bitmaps, which the image library does not read. */

import { DataError } from "../../errors.js";
import type { RgbPixels } from "./jpeg/decoder.js";

/** How a bitmap says that its pixels are stored. */
const COMPRESSION = { none: 0, rle8: 1, rle4: 2, masks: 3, alphaMasks: 6 } as const;

/** What a bitmap's header says. */
interface Header {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** First byte of the pixels. */
  readonly pixels: number;
  /** First byte of the colour table, bytes of one colour, number of colours. */
  readonly table: readonly [start: number, width: number, colours: number];
  /** Red, green, blue, opacity; 0 where there is none. */
  readonly masks: readonly number[];
}

const FILE_HEADER = 14;
const CORE_HEADER = 12;
const INFO_HEADER = 40;
// The masks follow the plain header, and are part of longer ones at the same place.
const MASKS = FILE_HEADER + INFO_HEADER;

function readMasks(bytes: Buffer, size: number, bits: number, compression: number): number[] {
  const count = compression === COMPRESSION.alphaMasks || size > 52 ? 4 : 3;
  if (compression === COMPRESSION.masks || compression === COMPRESSION.alphaMasks) {
    return [0, 1, 2, 3].map((at) => (at < count ? bytes.readUInt32LE(MASKS + 4 * at) : 0));
  }
  return bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
}

function readHeader(bytes: Buffer): Header {
  const size = bytes.readUInt32LE(FILE_HEADER);
  const pixels = bytes.readUInt32LE(10);
  if (size === CORE_HEADER) {
    const [width, height] = [bytes.readUInt16LE(18), bytes.readUInt16LE(20)];
    const bits = bytes.readUInt16LE(24);
    const table = [FILE_HEADER + size, 3, bits <= 8 ? 2 ** bits : 0] as const;
    const masks = readMasks(bytes, size, bits, COMPRESSION.none);
    return { width, height, topDown: false, bits, compression: 0, pixels, table, masks };
  }
  if (size < INFO_HEADER) throw new DataError("the bitmap has an unknown header");
  const [width, height] = [bytes.readInt32LE(18), bytes.readInt32LE(22)];
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  const masks = readMasks(bytes, size, bits, compression);
  const apart =
    size === INFO_HEADER
      ? ({ [COMPRESSION.masks]: 12, [COMPRESSION.alphaMasks]: 16 }[compression] ?? 0)
      : 0;
  const colours = bits > 8 ? 0 : Math.min(bytes.readUInt32LE(46) || 2 ** bits, 256);
  const table = [FILE_HEADER + size + apart, 4, colours] as const;
  const topDown = height < 0;
  return { width, height: Math.abs(height), topDown, bits, compression, pixels, table, masks };
}

/** Colours of the table, red first; those that it lacks are black. */
function readTable(bytes: Buffer, [start, width, colours]: Header["table"]): Uint8Array {
  const table = new Uint8Array(3 * 256);
  for (let at = 0; at < colours; at++) {
    const from = start + at * width;
    table.set([bytes.readUInt8(from + 2), bytes[from + 1]!, bytes[from]!], 3 * at);
  }
  return table;
}

/** Numbers of colours, packed several to a byte, the first in the highest bits. */
function unpackIndices(bytes: Buffer, { width, height, bits, pixels }: Header): Uint8Array {
  const stride = ((bits * width + 31) >> 5) << 2;
  const indices = new Uint8Array(width * height);
  const mask = 2 ** bits - 1;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const byte = bytes.readUInt8(pixels + y * stride + (bit >> 3));
      indices[to++] = (byte >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return indices;
}

/** Numbers of colours, stored as runs: of one colour, of two in turn, or of given ones. */
function unpackRuns(bytes: Buffer, { width, height, bits, pixels }: Header): Uint8Array {
  const indices = new Uint8Array(width * height);
  const half = bits === 4;
  const colour = (byte: number, at: number): number =>
    half ? (at % 2 === 0 ? byte >> 4 : byte & 15) : byte;
  let [x, y, from] = [0, 0, pixels];
  const put = (value: number): void => {
    if (x < width && y < height) indices[y * width + x] = value;
    x++;
  };
  while (y < height) {
    const [length, value] = [bytes.readUInt8(from), bytes.readUInt8(from + 1)];
    from += 2;
    if (length > 0) for (let at = 0; at < length; at++) put(colour(value, at));
    else if (value === 0) [x, y] = [0, y + 1];
    else if (value === 1) break;
    else if (value === 2) {
      [x, y] = [x + bytes.readUInt8(from), y + bytes.readUInt8(from + 1)];
      from += 2;
    } else {
      for (let at = 0; at < value; at++) {
        put(colour(bytes.readUInt8(from + (half ? at >> 1 : at)), at));
      }
      // Given colours fill whole words.
      from += 2 * Math.ceil((half ? Math.ceil(value / 2) : value) / 2);
    }
  }
  return indices;
}

/** Reads one channel of a pixel, 0..255; `otherwise` where the mask is empty. */
function channel(mask: number, otherwise: number): (pixel: number) => number {
  if (mask === 0) return () => otherwise;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / most);
}

/** Pixels with their colours in them, on white where they are transparent. */
function unpackColours(bytes: Buffer, { width, height, bits, pixels, masks }: Header): Uint8Array {
  const stride = ((bits * width + 31) >> 5) << 2;
  const size = bits / 8;
  const [red, green, blue] = masks.map((mask) => channel(mask, 0));
  const opacity = channel(masks[3]!, 255);
  const values = new Uint32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      values[to++] = bytes.readUIntLE(pixels + y * stride + x * size, size);
  }
  // Many programs state a mask of opacity and leave it at 0 everywhere: that is opaque.
  const isOpaque = masks[3] === 0 || values.every((value) => opacity(value) === 0);
  const data = new Uint8Array(3 * values.length);
  values.forEach((value, at) => {
    const share = isOpaque ? 1 : opacity(value) / 255;
    const onWhite = (part: number): number => Math.round(part * share + 255 * (1 - share));
    data.set([onWhite(red!(value)), onWhite(green!(value)), onWhite(blue!(value))], 3 * at);
  });
  return data;
}

/** Rows from top to bottom: files have the lowest first. */
function upright(data: Uint8Array, { width, height, topDown }: Header): Uint8Array {
  if (topDown) return data;
  const turned = new Uint8Array(data.length);
  const row = 3 * width;
  for (let y = 0; y < height; y++) {
    turned.set(data.subarray(y * row, (y + 1) * row), (height - 1 - y) * row);
  }
  return turned;
}

function unpack(bytes: Buffer, header: Header): Uint8Array {
  const { bits, compression, table } = header;
  const isRuns =
    (compression === COMPRESSION.rle8 && bits === 8) ||
    (compression === COMPRESSION.rle4 && bits === 4);
  const isPlain = compression === COMPRESSION.none;
  const isMasked = compression === COMPRESSION.masks || compression === COMPRESSION.alphaMasks;
  if (isRuns || (isPlain && [1, 2, 4, 8].includes(bits))) {
    const colours = readTable(bytes, table);
    const indices = isRuns ? unpackRuns(bytes, header) : unpackIndices(bytes, header);
    const data = new Uint8Array(3 * indices.length);
    indices.forEach((index, at) => {
      data.set(colours.subarray(3 * index, 3 * index + 3), 3 * at);
    });
    return data;
  }
  if ((isPlain && [16, 24, 32].includes(bits)) || (isMasked && [16, 32].includes(bits))) {
    return unpackColours(bytes, header);
  }
  throw new DataError(`a bitmap of ${bits} bits and compression ${compression} cannot be read`);
}

/** Reads a bitmap; where its bytes end too early, that is what is thrown. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DataError("the image is cut off: the file ends before the picture does");
  }
}

/**
 * Width and height that a bitmap's header says.
 *
 * @throws {DataError} where the header is malformed or cut off.
 */
export const bitmapSize = (bytes: Buffer): readonly [number, number] =>
  reading(() => {
    const { width, height } = readHeader(bytes);
    return [width, height];
  });

/**
 * Decodes a Windows bitmap: 1 to 32 bits a pixel, colour tables, masks, run lengths.
 *
 * Source: Microsoft, "Bitmap Storage", https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
 *
 * @param mostPixels - A larger one is refused before anything is decoded.
 * @throws {DataError} where it is malformed, cut off or too large.
 */
export const decodeBitmap = (bytes: Buffer, mostPixels: number): RgbPixels =>
  reading(() => {
    const header = readHeader(bytes);
    const { width, height } = header;
    if (width < 1 || height < 1) throw new DataError("the bitmap has no pixels");
    if (width * height > mostPixels) {
      throw new DataError(`the image has more than ${mostPixels / 1e6} million pixels`);
    }
    return { data: upright(unpack(bytes, header), header), width, height };
  });
