/** @module Pictures that were saved as JPEG of low quality. */

import sharp from "sharp";

import type { PictureShape } from "../impairment.js";
import { levelAt, type LevelsBySize, ofPictures, sizeOf } from "./pictures.js";

/** Qualities: those of CIFAR-10-C and of ImageNet-C. */
const QUALITY: LevelsBySize = {
  small: [80, 65, 58, 50, 40],
  large: [25, 18, 15, 10, 7],
};

/** Encodes a picture as JPEG, with half the resolution for colours, and decodes it again. */
async function compress(
  planes: Uint8Array,
  [channels, height, width]: PictureShape,
  quality: number,
): Promise<Uint8Array> {
  const area = height * width;
  const interleaved = new Uint8Array(planes.length);
  planes.forEach((value, place) => {
    interleaved[channels * (place % area) + Math.floor(place / area)] = value;
  });
  const raw = { width, height, channels: 3 } as const;
  const jpeg = await sharp(interleaved, { raw })
    .jpeg({ quality, chromaSubsampling: "4:2:0" })
    .toBuffer();
  const pixels = await sharp(jpeg).raw().toBuffer();
  return planes.map((_, place) => pixels[channels * (place % area) + Math.floor(place / area)]!);
}

/**
 * JPEG with the qualities of ImageNet-C; below 64 pixels with those of CIFAR-10-C.
 *
 * Source: Hendrycks and Dietterich, ICLR 2019, and their published generators.
 */
export const jpegCompression = ofPictures(
  "jpeg-compression",
  "jpeg compression",
  (planes, shape, { strength }) =>
    compress(planes, shape, levelAt(QUALITY[sizeOf(shape)], strength)),
);
