/** @module Decoded pictures for pages. */

import sharp from "sharp";

/** Length of the longer side on pages; larger pictures are shrunk. */
const LARGEST = 192;
/** Up to here every pixel counts; larger pictures are JPEG, a tenth of the bytes. */
const SMALL = 96;

/**
 * Pixels as a `data:` address.
 *
 * @param planes - `[3, height, width]`, `0..255`.
 */
export async function pictureAddress(
  planes: Uint8Array,
  [, height, width]: readonly number[],
): Promise<string> {
  const area = planes.length / 3;
  const pixels = new Uint8Array(3 * area);
  for (let at = 0; at < area; at++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[3 * at + channel] = planes[channel * area + at]!;
    }
  }
  const raw = { width: width!, height: height!, channels: 3 } as const;
  const picture = sharp(pixels, { raw }).resize(LARGEST, LARGEST, {
    fit: "inside",
    withoutEnlargement: true,
  });
  const isSmall = Math.max(width!, height!) <= SMALL;
  const bytes = await (isSmall ? picture.png() : picture.jpeg()).toBuffer();
  return `data:image/${isSmall ? "png" : "jpeg"};base64,${bytes.toString("base64")}`;
}
