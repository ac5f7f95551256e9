/** @module Pictures as arrays: decoded and resized off the main thread. */

import { realpathSync } from "node:fs";

import type { ImageSource } from "../../data/dataset.js";
import { isInside } from "../../data/paths.js";
import { DataError } from "../../errors.js";
import { fitJpegInThread } from "./jpeg/threads.js";
import type { ImagePreparation, DecodedImage } from "../preparation.js";
import { type ReadyImage, renderImage } from "./render.js";

const WHITE = 255;

/**
 * Interleaved RGB of at most `side` x `side` as planes of exactly that size, in the middle of white.
 * Doing it here is twice as fast as letting the image library pad.
 */
function toPlanes(
  pixels: Uint8Array,
  [width, height]: readonly [number, number],
  side: number,
): Uint8Array {
  const area = side * side;
  const planes = new Uint8Array(area * 3);
  if (width < side || height < side) planes.fill(WHITE);
  const left = Math.floor((side - width) / 2);
  const top = Math.floor((side - height) / 2);
  let from = 0;
  for (let y = top; y < top + height; y++) {
    for (let at = y * side + left; at < y * side + left + width; at++) {
      planes[at] = pixels[from]!;
      planes[at + area] = pixels[from + 1]!;
      planes[at + 2 * area] = pixels[from + 2]!;
      from += 3;
    }
  }
  return planes;
}

/** A path with all links followed; `null` where it leads nowhere. */
function realpath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

/** @throws {DataError} for a file that leads out of its folder, by a link or by dots. */
export function assertInside(source: ReadyImage): void {
  if (source.kind !== "file" || source.root === undefined) return;
  // A promise for each of so short calls would take several times as long.
  const [real, root] = [realpath(source.path), realpath(source.root)];
  // A missing file is named by the decoder.
  if (real === null || root === null) return;
  if (!isInside(root, real)) {
    throw new DataError("the image file leads out of the data set's folder");
  }
}

/**
 * Decodes a picture to planar RGB, `[3, side, side]`, 0..255. It is fitted whole into the square;
 * the rest, and what is transparent, is white.
 *
 * @throws {DataError} when the file is missing, broken, truncated, too large or outside its folder; the
 *   message has no path, the caller knows the sample.
 */
export async function decodeImage(given: ImageSource, side: number): Promise<DecodedImage> {
  if (given.kind === "deferred") return decodeImage(await given.load(), side);
  if (given.kind === "pixels" && given.width === side && given.height === side) {
    return { planes: toPlanes(given.pixels, [side, side], side), size: [side, side] };
  }
  assertInside(given);
  const jpeg = await decodeJpeg(given, side);
  if (jpeg) return jpeg;
  const { pixels, ...about } = await renderImage(given, { side, enlarge: true });
  return { planes: toPlanes(pixels.data, [pixels.width, pixels.height], side), ...about };
}

/** Pictures for an image encoder that is trained from scratch: fitted whole into a white square. */
export const scratchImages = (side: number): ImagePreparation => ({
  shape: [3, side, side],
  identity: `fitted into ${side} pixels`,
  decode: (image) => decodeImage(image, side),
});

/** A plain JPEG on a way several times as fast; `null` leaves the picture to the image library. */
async function decodeJpeg(given: ReadyImage, side: number): Promise<DecodedImage | null> {
  if (given.kind === "pixels") return null;
  const source = given.kind === "file" ? given.path : given.bytes;
  const fitted = await fitJpegInThread(source, side);
  if (!fitted) return null;
  const { data, width, height } = fitted.pixels;
  return { planes: toPlanes(data, [width, height], side), size: fitted.size };
}

/** A whole picture, upright, on white. */
export interface WholeImage extends Omit<DecodedImage, "planes"> {
  /** RGB, interleaved. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes a picture without fitting it into anything; one with a longer side than `longest` is scaled down
 * to that.
 *
 * @throws {DataError} as {@link decodeImage} does.
 */
export async function decodeWhole(given: ImageSource, longest: number): Promise<WholeImage> {
  if (given.kind === "deferred") return decodeWhole(await given.load(), longest);
  assertInside(given);
  const { pixels, ...about } = await renderImage(given, { side: longest, enlarge: false });
  return { pixels: pixels.data, width: pixels.width, height: pixels.height, ...about };
}
