/** @module Degraded inputs: pictures and texts that are there, and worse than they were. */

import {
  type Corrupted,
  type Corruption,
  corruptionsOn,
  type ImageCorruption,
  SEVERITIES,
  type TextCorruption,
} from "./corrupt/kinds.js";
import type { NoiseLevels } from "./impair.js";

/** Gaussian noise on a picture. */
export interface ImageNoise {
  /** Standard deviation on the normalised pixels. */
  readonly noise: number;
}

/** Dropped tokens of a text. */
export interface TextNoise {
  /** Probability that a token is dropped. */
  readonly drop: number;
}

/** What makes a picture worse. */
export type ImageDegradation = ImageNoise | Corrupted<ImageCorruption>;

/** What makes a text worse. */
export type TextDegradation = TextNoise | Corrupted<TextCorruption>;

/** Features that an encoder made of degraded inputs, by {@link degradationKey}; each by its position in the split. */
export type DegradedFeatures = ReadonlyMap<string, (at: number) => Float32Array>;

/** The name under which features of degraded inputs are kept. */
export function degradationKey(degradation: ImageDegradation | TextDegradation): string {
  if ("corruption" in degradation) return `${degradation.corruption} ${degradation.severity}`;
  return "noise" in degradation ? `noise ${degradation.noise}` : `drop ${degradation.drop}`;
}

/** Features of degraded inputs that were made. @throws {Error} where nobody made them. */
export function degradedRows(
  features: DegradedFeatures,
  degradation: ImageDegradation | TextDegradation,
): (at: number) => Float32Array {
  const key = degradationKey(degradation);
  const rows = features.get(key);
  if (rows) return rows;
  throw new Error(`internal: no features were made of inputs with "${key}".`);
}

/** Degradations of both modalities. */
export interface Degradations {
  readonly image: readonly ImageDegradation[];
  readonly text: readonly TextDegradation[];
}

/** Strengths of the curve over noise, as multiples of the noisy cases' own. */
export const NOISE_STRENGTHS = [0.25, 0.5, 1, 2] as const;

/** Noise at a multiple of its strength; tokens are dropped with a probability of at most 1. */
export const noiseAt = ({ image, text }: NoiseLevels, strength: number): NoiseLevels => ({
  image: image * strength,
  text: Math.min(1, text * strength),
});

/** What an evaluation asks for beside the protocol's cases. */
export interface FurtherCases {
  /** The noisy cases at {@link NOISE_STRENGTHS}. Default: where no encoder has to make features for them. */
  readonly noiseCurve?: boolean | undefined;
  /** Corruptions, each at all severities; default: none. */
  readonly corruptions?: readonly Corruption[];
}

/** A corruption at every severity. */
export const atSeverities = <Name extends Corruption>(corruption: Name): Corrupted<Name>[] =>
  SEVERITIES.map((severity) => ({ corruption, severity }));

/** Degradations whose features an encoder has to make for an evaluation beside those of the noisy cases. */
export function furtherDegradations(
  { noiseCurve = false, corruptions = [] }: FurtherCases,
  noise: NoiseLevels,
): Degradations {
  const levels = noiseCurve
    ? NOISE_STRENGTHS.filter((strength) => strength !== 1).map((strength) =>
        noiseAt(noise, strength),
      )
    : [];
  return {
    image: [
      ...levels.map(({ image }) => ({ noise: image })),
      ...corruptionsOn("image", corruptions).flatMap(atSeverities),
    ],
    text: [
      ...levels.map(({ text }) => ({ drop: text })),
      ...corruptionsOn("text", corruptions).flatMap(atSeverities),
    ],
  };
}
