/** @module Pictures out of focus. */

import type { PictureShape } from "../impairment.js";
import { levelAt, type LevelsBySize, ofPictures, sizeOf } from "./pictures.js";

/** Side that the source's parameters for large pictures are made for. */
const REFERENCE = 224;

/** Standard deviations in pixels: those of CIFAR-10-C, and those of ImageNet-C for 224 pixels. */
const BLUR: LevelsBySize = {
  small: [0.4, 0.6, 0.7, 0.8, 1],
  large: [1, 2, 3, 4, 6],
};

/** Deviations beyond which a Gaussian counts as zero. */
const TRUNCATED = 4;

/** Weights of a Gaussian at whole distances, their sum over both sides 1; from distance 0 on. */
function gaussian(sigma: number): Float64Array {
  const radius = Math.max(1, Math.round(TRUNCATED * sigma));
  const half = Float64Array.from({ length: radius + 1 }, (_, distance) =>
    Math.exp(-(distance ** 2) / (2 * sigma ** 2)),
  );
  const sum = half.reduce((total, weight, distance) => total + (distance ? 2 : 1) * weight, 0);
  return half.map((weight) => weight / sum);
}

/** A position mirrored into a line, its end pixels repeated: so every pixel has the same weight in the sum. */
function mirrored(position: number, length: number): number {
  const period = 2 * length;
  const within = ((position % period) + period) % period;
  return within < length ? within : period - 1 - within;
}

/** Blurs along one axis: lines of `length` pixels, `step` apart, that start at `starts`. */
function blurLines(
  source: Float32Array,
  weights: Float64Array,
  { length, step, starts }: { length: number; step: number; starts: readonly number[] },
): Float32Array {
  const result = new Float32Array(source.length);
  const radius = weights.length - 1;
  const places = Array.from({ length: length + 2 * radius }, (_, position) =>
    mirrored(position - radius, length),
  );
  const line = new Float32Array(places.length);
  for (const start of starts) {
    places.forEach((place, position) => (line[position] = source[start + place * step]!));
    for (let position = 0; position < length; position++) {
      const middle = position + radius;
      let sum = weights[0]! * line[middle]!;
      for (let distance = 1; distance <= radius; distance++) {
        sum += weights[distance]! * (line[middle - distance]! + line[middle + distance]!);
      }
      result[start + position * step] = sum;
    }
  }
  return result;
}

const upTo = (count: number): number[] => [...Array(count).keys()];

function blur(
  planes: Uint8Array,
  [channels, height, width]: PictureShape,
  sigma: number,
): Uint8Array {
  const weights = gaussian(sigma);
  const rows = upTo(channels * height).map((row) => row * width);
  const columns = upTo(channels * width).map(
    (column) => Math.floor(column / width) * height * width + (column % width),
  );
  const across = { length: width, step: 1, starts: rows };
  const down = { length: height, step: width, starts: columns };
  const values = blurLines(Float32Array.from(planes), weights, across);
  return Uint8Array.from(blurLines(values, weights, down), Math.round);
}

/**
 * A Gaussian blur with the deviations of ImageNet-C, in proportion to the shorter side; below 64 pixels with those of
 * CIFAR-10-C.
 *
 * Source: Hendrycks and Dietterich, ICLR 2019, and their published generators.
 */
export const gaussianBlur = ofPictures(
  "gaussian-blur",
  "gaussian blur",
  (planes, shape, { strength }) => {
    const [, height, width] = shape;
    const size = sizeOf(shape);
    const scale = size === "small" ? 1 : Math.min(height, width) / REFERENCE;
    return blur(planes, shape, levelAt(BLUR[size], strength) * scale);
  },
);
