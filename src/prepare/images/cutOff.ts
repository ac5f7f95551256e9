/** @module Tells pictures whose file ends too early from those that are broken otherwise. */

import type { PictureFormat } from "../../data/signature.js";
import { TIFF_TAGS, tiffEntries } from "./tiff.js";

const [SOI, EOI, SOS] = [0xd8, 0xd9, 0xda];

/** JPEG: segments up to the scan lie in the file, and the mark of the end follows. */
function jpegEnds(bytes: Buffer): boolean {
  let at = 0;
  for (;;) {
    // Any number of filling bytes may stand before a marker.
    while (bytes.readUInt8(at) === 0xff && bytes.readUInt8(at + 1) === 0xff) at++;
    const marker = bytes.readUInt8(at + 1);
    if (bytes[at] !== 0xff) return true;
    if (marker === SOS) return bytes.indexOf(Buffer.of(0xff, EOI), at) >= 0;
    at += marker === SOI ? 2 : 2 + bytes.readUInt16BE(at + 2);
  }
}

/** PNG: chunks up to the last one lie in the file. */
function pngEnds(bytes: Buffer): boolean {
  let at = 8;
  while (bytes.toString("latin1", at + 4, at + 8) !== "IEND") at += 12 + bytes.readUInt32BE(at);
  return at + 12 <= bytes.length;
}

/** GIF: blocks up to the trailer lie in the file. */
function gifEnds(bytes: Buffer): boolean {
  const table = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + table(bytes.readUInt8(10));
  for (;;) {
    const block = bytes.readUInt8(at);
    if (block === 0x3b) return true;
    if (block === 0x2c) at += 11 + table(bytes.readUInt8(at + 9));
    else if (block === 0x21) at += 2;
    else return true;
    while (bytes.readUInt8(at) !== 0) at += 1 + bytes.readUInt8(at);
    at++;
  }
}

/** TIFF: the first directory, and the strips or tiles that it lists, lie in the file. */
function tiffEnds(bytes: Buffer): boolean {
  const entries = tiffEntries(bytes);
  const { stripStarts, stripLengths, tileStarts, tileLengths } = TIFF_TAGS;
  const parts = [
    [stripStarts, stripLengths],
    [tileStarts, tileLengths],
  ] as const;
  return parts.every(([starts, lengths]) => {
    const sizes = entries?.get(lengths) ?? [];
    return (entries?.get(starts) ?? []).every(
      (start, at) => start + (sizes[at] ?? 0) <= bytes.length,
    );
  });
}

/** AVIF: boxes lie in the file. */
function avifEnds(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    // 0: up to the end of the file. 1: the size has 64 bits.
    if (size === 0) return true;
    const length = size === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : size;
    if (length < 8 || at + length > bytes.length) return length < 8;
    at += length;
  }
  return true;
}

const ENDS: Readonly<Record<PictureFormat, (bytes: Buffer) => boolean>> = {
  jpeg: jpegEnds,
  png: pngEnds,
  gif: gifEnds,
  tiff: tiffEnds,
  webp: (bytes) => bytes.readUInt32LE(4) + 8 <= bytes.length,
  bmp: () => true,
  avif: avifEnds,
  svg: (bytes) => /<\/svg\s*>|\/>\s*$/i.test(bytes.toString("latin1")),
};

/**
 * Whether a picture's file ends before the picture does, as after a download that broke off.
 *
 * @param bytes - The whole file.
 */
export function isCutOff(bytes: Buffer, format: PictureFormat): boolean {
  try {
    return !ENDS[format](bytes);
  } catch (error) {
    // A part that would lie behind the end.
    if (error instanceof RangeError) return true;
    throw error;
  }
}
