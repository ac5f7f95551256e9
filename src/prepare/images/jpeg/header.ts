/** @module What a JPEG file's header says: whether its pixels are plain RGB or grey. */

/** What is known of a plain JPEG before it is decoded. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
}

const [SOI, SOS, APP1, APP2, APP14] = [0xd8, 0xda, 0xe1, 0xe2, 0xee];
/** Start of frame: baseline, extended, progressive. */
const FRAMES = [0xc0, 0xc1, 0xc2];
const ORIENTATION = 0x0112;
const UPRIGHT = 1;
// A file of many passes over the picture takes long on purpose; cameras and libraries write about ten.
const MOST_SCANS = 32;

/** Orientation by the first directory of an Exif segment; upright where it says nothing. */
function orientation(exif: DataView): number {
  const little = exif.getUint16(0) === 0x4949;
  const directory = exif.getUint32(4, little);
  const entries = exif.getUint16(directory, little);
  for (let at = directory + 2; at < directory + 2 + 12 * entries; at += 12) {
    if (exif.getUint16(at, little) === ORIENTATION) return exif.getUint16(at + 8, little);
  }
  return UPRIGHT;
}

/** Whether a segment changes nothing about how the pixels are shown. */
function isHarmless(marker: number, bytes: Buffer): boolean {
  switch (marker) {
    case APP1: {
      if (bytes.toString("latin1", 0, 6) !== "Exif\0\0") return true;
      const { buffer, byteOffset, length } = bytes;
      return orientation(new DataView(buffer, byteOffset + 6, length - 6)) === UPRIGHT;
    }
    case APP2:
      return bytes.toString("latin1", 0, 12) !== "ICC_PROFILE\0" || bytes.includes("sRGB");
    case APP14:
      return bytes.toString("latin1", 0, 5) !== "Adobe" || bytes[11] === 1;
    default:
      return true;
  }
}

/** Size by a start-of-frame segment; `null` unless 8 bits of grey or YCbCr. */
function frame(bytes: Buffer): JpegHeader | null {
  const [precision, components] = [bytes[0], bytes[5]];
  if (precision !== 8 || (components !== 1 && components !== 3)) return null;
  return { height: bytes.readUInt16BE(1), width: bytes.readUInt16BE(3) };
}

function scans(bytes: Buffer): number {
  const mark = Buffer.of(0xff, SOS);
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 2)) count++;
  return count;
}

/** Walks the segments up to the picture itself. */
function readSegments(bytes: Buffer): JpegHeader | null {
  let header: JpegHeader | null = null;
  for (let at = 2; bytes.readUInt8(at) === 0xff;) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === SOS) return scans(bytes) > MOST_SCANS ? null : header;
    const length = bytes.readUInt16BE(at + 2);
    const segment = bytes.subarray(at + 4, at + 2 + length);
    if (FRAMES.includes(marker)) header = frame(segment);
    else if (!isHarmless(marker, segment)) return null;
    at += 2 + length;
  }
  return null;
}

/**
 * Reads the header of a JPEG whose pixels need no more than decoding: upright, grey or YCbCr in sRGB,
 * few scans.
 *
 * @returns `null` for everything else, other files among it.
 */
export function plainJpeg(bytes: Buffer): JpegHeader | null {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== SOI) return null;
  try {
    return readSegments(bytes);
  } catch (error) {
    // A segment that leads out of the file.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
