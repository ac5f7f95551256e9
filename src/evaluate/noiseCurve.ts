/** @module Scores by the strength of noise. */

import type { Modality } from "../data/dataset.js";
import { at, type Impaired, type NoiseLevels } from "../impairments/impairment.js";
import { droppedTokens, gaussianNoise, NOISE_STRENGTHS, noiseAt } from "../impairments/noisy.js";

/** One point of the curve over the strength of noise; scores in percent. */
export interface NoisePoint {
  /** Multiple of the noisy cases' strength. */
  readonly strength: number;
  /** What that is. */
  readonly noise: NoiseLevels;
  readonly imageNoisy: number;
  readonly textNoisy: number;
}

/** A score for each way to answer, percent. */
export type WayScores = Readonly<Record<string, number>>;

/** Scores of all ways to answer under an impairment. */
export type Measure = (impaired: Impaired) => Promise<WayScores>;

/**
 * The noisy cases at several strengths.
 *
 * @param noisy - Scores of the noisy cases themselves, which are the points of strength 1.
 * @returns The curve of each way to answer, weakest noise first.
 */
export async function measureNoise(
  measure: Measure,
  noise: NoiseLevels,
  noisy: Readonly<Record<Modality, WayScores>>,
): Promise<(way: string) => NoisePoint[]> {
  const measured: { strength: number; image: WayScores; text: WayScores }[] = [];
  for (const strength of NOISE_STRENGTHS) {
    const level = noiseAt(noise, strength);
    const scores =
      strength === 1
        ? noisy
        : {
            image: await measure({ image: at(gaussianNoise, level.image) }),
            text: await measure({ text: at(droppedTokens, level.text) }),
          };
    measured.push({ strength, ...scores });
  }
  return (way) =>
    measured.map(({ strength, image, text }) => ({
      strength,
      noise: noiseAt(noise, strength),
      imageNoisy: image[way]!,
      textNoisy: text[way]!,
    }));
}
