/** @module A JPEG file as a small picture: decoded no larger than needed, then scaled. */

import { readFileSync, statSync } from "node:fs";

import { JpegDecoder, type RgbPixels } from "./decoder.js";
import { plainJpeg } from "./header.js";

/** A picture fitted into a square, and what it was before. */
export interface FittedImage {
  /** Its longer side is that of the square. */
  readonly pixels: RgbPixels;
  /** Width and height of the file. */
  readonly size: readonly [number, number];
}

/** A file to decode, by its path or its contents. */
export type JpegSource = string | Uint8Array;

// Progressive files are held whole while they are decoded, 6 bytes a pixel.
const MAX_PIXELS = 25_000_000;
const MAX_BYTES = 64 * 2 ** 20;
const EIGHTHS = 8;
// What is decoded is at least this many times as large as what is wanted; the rest is filtered.
const MARGIN = 1.5;

let decoder: JpegDecoder | null = null;

/** The bytes of a file; `null` for folders, devices and what cannot be read. */
function read(path: string): Buffer | null {
  const info = statSync(path, { throwIfNoEntry: false });
  return info?.isFile() && info.size <= MAX_BYTES ? readFileSync(path) : null;
}

function bytesOf(source: JpegSource): Buffer | null {
  if (typeof source !== "string") {
    return Buffer.from(source.buffer, source.byteOffset, source.length);
  }
  try {
    return read(source);
  } catch {
    // The image library meets the same trouble and names it.
    return null;
  }
}

/**
 * Decodes a plain JPEG and fits it into a square.
 *
 * @returns `null` for what is no plain JPEG, has anything wrong with it, is huge, or would have to be
 *   enlarged: those are the image library's.
 */
export function fitJpeg(source: JpegSource, side: number): FittedImage | null {
  const bytes = bytesOf(source);
  const header = bytes && plainJpeg(bytes);
  if (!header) return null;
  const longer = Math.max(header.width, header.height);
  if (longer < side || header.width * header.height > MAX_PIXELS) return null;
  decoder ??= new JpegDecoder();
  const eighths = Math.min(EIGHTHS, Math.ceil((EIGHTHS * MARGIN * side) / longer));
  const fitted = (length: number): number => Math.max(1, Math.round((length * side) / longer));
  const pixels = decoder.decode(bytes, header, eighths, {
    width: fitted(header.width),
    height: fitted(header.height),
  });
  if (!pixels) return null;
  return { pixels, size: [header.width, header.height] };
}
