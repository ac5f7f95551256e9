/** @module Pictures of which a part is covered. */

import { type Random, randomStream } from "../../random.js";
import type { PictureShape } from "../impairment.js";
import { levelAt, type Levels, ofPictures } from "./pictures.js";

/** Share of the picture that is covered. */
const COVERED: Levels = [0.1, 0.2, 0.3, 0.4, 0.5];

/** Middle grey. */
const COVER = 128;

/** Covers a rectangle with the picture's proportions, wholly inside it; larger ones cover smaller ones. */
function occlude(
  planes: Uint8Array,
  [channels, height, width]: PictureShape,
  share: number,
  random: Random,
): Uint8Array {
  const [high, wide] = [height, width].map((side) => Math.round(side * Math.sqrt(share))) as [
    number,
    number,
  ];
  const top = Math.round(random.uniform() * (height - high));
  const left = Math.round(random.uniform() * (width - wide));
  const result = planes.slice();
  for (let line = 0; line < channels * high; line++) {
    const row = Math.floor(line / high) * height + top + (line % high);
    result.fill(COVER, row * width + left, row * width + left + wide);
  }
  return result;
}

/** A grey rectangle somewhere; as Cutout (DeVries and Taylor, 2017) does it in training. */
export const occlusion = ofPictures(
  "occlusion",
  "occlusion",
  (planes, shape, { strength, seed, row }) =>
    occlude(planes, shape, levelAt(COVERED, strength), randomStream(seed, "occlusion", row)),
);
