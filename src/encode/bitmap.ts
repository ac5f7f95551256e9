/** @module Windows bitmaps, which the image library does not read. */

import { readFile } from "node:fs/promises";

import { decode } from "bmp-ts";

import type { ImageSource } from "../data/dataset.js";

const HEADER = 26;

/** A bitmap's width and height by its header; `null` for other files. */
function bitmapSize(bytes: Buffer): readonly [number, number] | null {
  if (bytes.length < HEADER || bytes.toString("latin1", 0, 2) !== "BM") return null;
  return [Math.abs(bytes.readInt32LE(18)), Math.abs(bytes.readInt32LE(22))];
}

/**
 * The pixels of a Windows bitmap.
 *
 * @param mostPixels - A larger one is not decoded.
 * @returns `null` for what is no bitmap, or too large a one.
 * @throws {Error} where the bitmap is malformed.
 */
export async function readBitmap(
  source: ImageSource,
  mostPixels: number,
): Promise<Extract<ImageSource, { kind: "pixels" }> | null> {
  if (source.kind !== "file" && source.kind !== "bytes") return null;
  const bytes = source.kind === "file" ? await readFile(source.path) : Buffer.from(source.bytes);
  const size = bitmapSize(bytes);
  if (!size || size[0] * size[1] > mostPixels) return null;
  const { data, width, height } = decode(bytes, { toRGBA: true });
  const pixels = new Uint8Array(3 * width * height);
  for (let at = 0; at < width * height; at++) pixels.set(data.subarray(4 * at, 4 * at + 3), 3 * at);
  return { kind: "pixels", pixels, width, height };
}
