/** @module Corruptions of pictures as an encoder takes them: after resizing and cropping, before normalisation. */

import sharp from "sharp";

import { type Random, randomStream } from "../../random.js";
import type { Corrupted, ImageCorruption, Severity } from "./kinds.js";

/** Raised when the same picture, severity and seed give other pixels. */
export const PICTURE_FORMAT = 2;

/** `[3, height, width]`. */
type Shape = readonly [number, number, number];

/** A parameter by severity, from 1 on. */
type Levels = readonly [number, number, number, number, number];

const at = (levels: Levels, severity: Severity): number => levels[severity - 1]!;

/** Pictures with a shorter side below this get the parameters that the source has for 32 pixels. */
const SMALL = 64;

/** Side that the source's parameters for large pictures are made for. */
const REFERENCE = 224;

const isSmall = ([, height, width]: Shape): boolean => Math.min(height, width) < SMALL;

/** Standard deviations in pixels: those of CIFAR-10-C, and those of ImageNet-C for 224 pixels. */
const BLUR: Readonly<Record<"small" | "large", Levels>> = {
  small: [0.4, 0.6, 0.7, 0.8, 1],
  large: [1, 2, 3, 4, 6],
};

/** Qualities: those of CIFAR-10-C and of ImageNet-C. */
const QUALITY: Readonly<Record<"small" | "large", Levels>> = {
  small: [80, 65, 58, 50, 40],
  large: [25, 18, 15, 10, 7],
};

/** Share of the picture that is covered. */
const COVERED: Levels = [0.1, 0.2, 0.3, 0.4, 0.5];

/** What values are multiplied by. */
const DIMMED: Levels = [0.7, 0.5, 0.35, 0.2, 0.1];

/** Middle grey. */
const COVER = 128;

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

function blur(planes: Uint8Array, [channels, height, width]: Shape, sigma: number): Uint8Array {
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

/** Encodes a picture as JPEG, with half the resolution for colours, and decodes it again. */
async function compress(
  planes: Uint8Array,
  [channels, height, width]: Shape,
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

/** Covers a rectangle with the picture's proportions, wholly inside it; larger ones cover smaller ones. */
function occlude(
  planes: Uint8Array,
  [channels, height, width]: Shape,
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

/**
 * A corrupted copy of a picture.
 *
 * - `gaussian-blur`: deviations and `jpeg-compression`: qualities of ImageNet-C, the deviation in proportion to
 *   the shorter side; below 64 pixels those of CIFAR-10-C.
 * - `occlusion`: a grey rectangle somewhere; as Cutout (DeVries and Taylor, 2017) does it in training.
 * - `darkness`: all values times a factor, which lowers the brightness and leaves hue and saturation.
 *
 * Source: Hendrycks and Dietterich, ICLR 2019, and their published generators.
 *
 * @param planes - Planar RGB, 0..255.
 * @param row - Position of the sample in its split: with the seed it decides what is covered.
 */
export async function corruptPicture(
  planes: Uint8Array,
  shape: Shape,
  { corruption, severity }: Corrupted<ImageCorruption>,
  seed: number,
  row: number,
): Promise<Uint8Array> {
  const size = isSmall(shape) ? "small" : "large";
  switch (corruption) {
    case "gaussian-blur": {
      const [, height, width] = shape;
      const scale = size === "small" ? 1 : Math.min(height, width) / REFERENCE;
      return blur(planes, shape, at(BLUR[size], severity) * scale);
    }
    case "jpeg-compression":
      return compress(planes, shape, at(QUALITY[size], severity));
    case "occlusion":
      return occlude(planes, shape, at(COVERED, severity), randomStream(seed, "occlusion", row));
    case "darkness":
      return planes.map((value) => Math.round(value * at(DIMMED, severity)));
  }
}
