/** @module Noise: Gaussian on normalised pixels, tokens that are dropped. */

import { randomStream } from "../random.js";
import {
  at,
  type Degree,
  type Impairment,
  type NoiseLevels,
  type PictureNoise,
  type TextNoise,
} from "./impairment.js";

/** Noise of one standard deviation of the normalised pixel range; half of the tokens dropped. */
export const DEFAULT_NOISE: NoiseLevels = { image: 1, text: 0.5 };

/** Gaussian noise; the strength is its standard deviation. */
export const gaussianNoise: PictureNoise<"noise"> = {
  kind: "noise",
  modality: "image",
  name: "noise",
  cachedAs: (level, seed) => ({ level, seed }),
  values(values, { strength, seed, row }) {
    const random = randomStream(seed, "image-noise", row);
    for (let at = 0; at < values.length; at++) values[at]! += strength * random.normal();
  },
};

/** All noises of pictures. */
export const PICTURE_NOISES: readonly PictureNoise[] = [gaussianNoise];

/** Which tokens or values of one sample's text stay: asked for one after the other. */
function keeper({ strength, seed, row }: Degree): () => boolean {
  const random = randomStream(seed, "text-noise", row);
  return () => random.uniform() >= strength;
}

/**
 * Dropped tokens: those that stay move up, and padding follows. Of features, values become zero. The strength is
 * the probability of each.
 */
export const droppedTokens: TextNoise<"drop"> = {
  kind: "noise",
  modality: "text",
  name: "drop",
  cachedAs: (level, seed) => ({ level, seed }),
  tokens(tokens, degree, special) {
    const keep = keeper(degree);
    let kept = 0;
    for (const token of tokens) {
      if (token !== 0 && (special?.has(token) || keep())) tokens[kept++] = token;
    }
    tokens.fill(0, kept);
    return kept;
  },
  values(values, degree) {
    const keep = keeper(degree);
    for (let at = 0; at < values.length; at++) if (!keep()) values[at] = 0;
  },
};

/** Noisy inputs. */
export const noisy: Impairment<"noisy", "results"> = {
  name: "noisy",
  caption: "noisy",
  shown: "results",
  isLearned: true,
  image: (noise) => at(gaussianNoise, noise.image),
  text: (noise) => at(droppedTokens, noise.text),
};

/** Strengths of the curve over noise, as multiples of the noisy cases' own. */
export const NOISE_STRENGTHS = [0.25, 0.5, 1, 2] as const;

/** Noise at a multiple of its strength; tokens are dropped with a probability of at most 1. */
export const noiseAt = ({ image, text }: NoiseLevels, strength: number): NoiseLevels => ({
  image: image * strength,
  text: Math.min(1, text * strength),
});
