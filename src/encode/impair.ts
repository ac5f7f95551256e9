/** @module Impaired inputs: a modality missing or noisy, for some or all samples of a batch. */

import { randomStream } from "../random.js";
import { type Batch, BLANK } from "./batch.js";

/** What is done to a batch. */
export interface Impairment {
  /** `missing`: the blank picture; a number: Gaussian noise of that standard deviation. */
  readonly image?: "missing" | { readonly noise: number };
  /** `missing`: the empty text; a number: each token is dropped with that probability. */
  readonly text?: "missing" | { readonly drop: number };
  /** Share of the samples that are impaired, drawn by seed; default 1. */
  readonly ratio?: number;
}

/** Strength of the noisy cases. */
export interface NoiseLevels {
  /** Standard deviation of Gaussian noise on the normalised image. */
  readonly image: number;
  /** Probability that a token is dropped. */
  readonly text: number;
}

/** Noise of one standard deviation of the normalised pixel range; half of the tokens dropped. */
export const DEFAULT_NOISE: NoiseLevels = { image: 1, text: 0.5 };

/** The five cases of the protocol, in the order of the paper's tables. */
export const CASES = [
  "full",
  "image-missing",
  "text-missing",
  "image-noisy",
  "text-noisy",
] as const;

/** Name of a case. */
export type Case = (typeof CASES)[number];

/** The impairment of a named case. */
export function impairmentOf(name: Case, noise: NoiseLevels = DEFAULT_NOISE): Impairment {
  switch (name) {
    case "full":
      return {};
    case "image-missing":
      return { image: "missing" };
    case "text-missing":
      return { text: "missing" };
    case "image-noisy":
      return { image: { noise: noise.image } };
    case "text-noisy":
      return { text: { drop: noise.text } };
  }
}

/** Shortest form of a batch's text rows after tokens were dropped: the others move up. */
function dropTokens(tokens: Int32Array, start: number, end: number, keep: () => boolean): void {
  let to = start;
  for (let at = start; at < end; at++) {
    const token = tokens[at]!;
    if (token !== 0 && keep()) tokens[to++] = token;
  }
  tokens.fill(0, to, end);
}

/**
 * Applies an impairment to a copy of a batch.
 *
 * What happens to a sample depends on the seed and its position in the split, never on the batch
 * that it is in. A missing modality is marked as not present; a noisy one stays present.
 */
export function impair(batch: Batch, impairment: Impairment, seed: number): Batch {
  const { image, text, ratio = 1 } = impairment;
  if (!image && !text) return batch;
  const pixels = batch.image.data.slice();
  const tokens = batch.text.data.slice();
  const imagePresent = batch.imagePresent.slice();
  const textPresent = batch.textPresent.slice();
  const width = pixels.length / batch.size;
  const { length } = batch.text;
  batch.rows.forEach((row, at) => {
    if (ratio < 1 && randomStream(seed, "impaired", row).uniform() >= ratio) return;
    if (image === "missing") {
      pixels.fill(BLANK, at * width, (at + 1) * width);
      imagePresent[at] = 0;
    } else if (image && imagePresent[at]) {
      const random = randomStream(seed, "image-noise", row);
      for (let pixel = at * width; pixel < (at + 1) * width; pixel++) {
        pixels[pixel]! += image.noise * random.normal();
      }
    }
    if (text === "missing") {
      tokens.fill(0, at * length, (at + 1) * length);
      textPresent[at] = 0;
    } else if (text) {
      const random = randomStream(seed, "text-noise", row);
      const keep = (): boolean => random.uniform() >= text.drop;
      if (tokens instanceof Int32Array) {
        dropTokens(tokens, at * length, (at + 1) * length, keep);
      } else {
        for (let value = at * length; value < (at + 1) * length; value++) {
          if (!keep()) tokens[value] = 0;
        }
      }
    }
  });
  return {
    ...batch,
    image: { ...batch.image, data: pixels },
    text: { length, data: tokens },
    imagePresent,
    textPresent,
  };
}
