/** @module Pictures as arrays: decoded and resized by a native library, off the main thread. */

import sharp, { type Sharp } from "sharp";

import type { ImageSource } from "../data/dataset.js";
import { DataError } from "../errors.js";

// A picture of this many pixels takes 300 MB decoded; larger ones are refused, not tried.
const MAX_PIXELS = 100_000_000;

/** Opens a source with the limits that hostile files need. */
function open(source: ImageSource): Sharp {
  const options = { limitInputPixels: MAX_PIXELS, failOn: "error" } as const;
  switch (source.kind) {
    case "file":
      return sharp(source.path, options);
    case "bytes":
      return sharp(source.bytes, options);
    case "pixels": {
      const { width, height } = source;
      return sharp(source.pixels, { raw: { width, height, channels: 3 } });
    }
  }
}

/** Interleaved RGB as planes. */
function toPlanes(interleaved: Uint8Array, side: number): Uint8Array {
  const area = side * side;
  const planes = new Uint8Array(area * 3);
  for (let at = 0; at < area; at++) {
    planes[at] = interleaved[at * 3]!;
    planes[at + area] = interleaved[at * 3 + 1]!;
    planes[at + 2 * area] = interleaved[at * 3 + 2]!;
  }
  return planes;
}

/**
 * Decodes a picture to planar RGB, `[3, side, side]`, 0..255. It is fitted whole into the square;
 * the rest, and what is transparent, is white.
 *
 * @throws {DataError} when the file is missing, broken, truncated or too large; the message has no
 *   path, the caller knows the sample.
 */
export async function decodeImage(source: ImageSource, side: number): Promise<Uint8Array> {
  if (source.kind === "pixels" && source.width === side && source.height === side) {
    return toPlanes(source.pixels, side);
  }
  try {
    const pixels = await open(source)
      .rotate()
      .resize(side, side, { fit: "contain", background: "#ffffff" })
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (pixels.info.channels !== 3) {
      throw new Error(`${pixels.info.channels} channels instead of 3`);
    }
    return toPlanes(pixels.data, side);
  } catch (error) {
    throw new DataError(reason(error as Error));
  }
}

/** Says in words what the library's terse messages mean. */
function reason({ message }: Error): string {
  if (/missing/i.test(message)) return "the image file does not exist";
  if (/pixel limit/i.test(message)) {
    return `the image has more than ${MAX_PIXELS / 1e6} million pixels`;
  }
  if (/unsupported image format/i.test(message)) return "not an image of a known format";
  return `the image cannot be decoded (${message.split("\n")[0]!.trim()})`;
}
