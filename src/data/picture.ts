/** @module Pictures as programs give them. */

import { DataError } from "../errors.js";
import type { ImageSource } from "./dataset.js";

/** Decoded pixels: RGB interleaved, `width * height * 3` bytes. */
export interface Pixels {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A picture: the path of a file, the bytes of a file (PNG, JPEG, ...), decoded pixels, or a source. */
export type Picture = string | Uint8Array | Pixels | ImageSource;

/** The bytes of a buffer that says of itself only that it is an array. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function pixelSource({ pixels, width, height }: Pixels, where: string): ImageSource {
  if (pixels instanceof Uint8Array && pixels.length === width * height * 3) {
    return { kind: "pixels", pixels, width, height };
  }
  throw new DataError(
    `${where}: expected ${width} x ${height} pixels as width * height * 3 bytes, got ${pixels.length}.`,
    "The bytes of each pixel are red, green and blue; leave an alpha channel out.",
  );
}

/**
 * A picture as data sets hold it.
 *
 * @param where - Place of the picture, for errors.
 * @throws {DataError} for a value that is no picture.
 */
export function pictureSource(picture: Picture, where: string): ImageSource {
  if (typeof picture === "string" && picture !== "") return { kind: "file", path: picture };
  if (picture instanceof Uint8Array) return { kind: "bytes", bytes: bytesOf(picture) };
  if (typeof picture === "object" && (picture as object | null) !== null) {
    if ("kind" in picture) return picture;
    if ("pixels" in picture) return pixelSource(picture, where);
  }
  throw new DataError(
    `${where}: expected a picture, got ${picture === "" ? "an empty text" : typeof picture}.`,
    "Give the path of a file, the bytes of a file, or { pixels, width, height }.",
  );
}
