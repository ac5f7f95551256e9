/** @module Pixels as numbers around zero. */

/** Normalisation of pixels: `(value / 255 - mean) / deviation` per channel. */
export interface Normalisation {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

/** Maps 0..255 to -1..1. */
export const DEFAULT_NORMALISATION: Normalisation = {
  mean: [0.5, 0.5, 0.5],
  deviation: [0.5, 0.5, 0.5],
};

/**
 * Normalises one picture.
 *
 * @param pixels - Planar RGB, `[3, height, width]`, 0..255.
 * @param target - As long as `pixels`; is written.
 */
export function normalisePixels(
  pixels: Uint8Array,
  { mean, deviation }: Normalisation,
  target: Float32Array,
): void {
  const plane = pixels.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * deviation[channel]!);
    const shift = mean[channel]! / deviation[channel]!;
    for (let pixel = channel * plane; pixel < (channel + 1) * plane; pixel++) {
      target[pixel] = pixels[pixel]! * scale - shift;
    }
  }
}
