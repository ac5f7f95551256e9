/** @module How sure scores are: intervals of what other samples of the same kind might have given. */

import type { Score } from "../../data/dataset.js";
import { randomStream } from "../../random.js";
import { aurocInfluence } from "./auroc.js";
import { drawnCounts, percentileInterval } from "./bootstrap.js";
import type { Predictions } from "./predictions.js";
import { type ResampledScore, resampledScore } from "./resampled.js";

/** A 95 % interval of a score, percent; it contains the score. */
export interface ScoreInterval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1000;

/** The exact area of resampled data looks at every sample of every class; this one at every sample. */
function linearAuroc(predictions: Predictions): ResampledScore {
  const influence = aurocInfluence(predictions);
  if (!influence) return () => null;
  const { area, parts } = influence;
  return (counts) => {
    let value = area;
    for (let row = 0; row < parts.length; row++) value += counts[row]! * parts[row]!;
    return Math.min(1, Math.max(0, value));
  };
}

const scorerOf = (predictions: Predictions, main: Score): ResampledScore =>
  main === "auroc" ? linearAuroc(predictions) : resampledScore(predictions, main);

/**
 * 95 % percentile bootstrap intervals of the main score of some predictions for the same samples, which are
 * drawn again with replacement 1,000 times, the same for all predictions. AUROC is resampled to the first order
 * (DeLong et al., 1988). Where resampling shifts a score (macro-F1 with classes of very few samples) so far that it would
 * lie outside, the interval reaches to the score.
 *
 * Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.
 *
 * @returns An interval for each, in the same order.
 * @throws {RangeError} where the score is not defined.
 */
export function scoreIntervals(
  predictions: readonly Predictions[],
  main: Score,
  seed: number,
): ScoreInterval[] {
  const [first] = predictions;
  if (!first) return [];
  const size = first.targets.length / first.classes;
  const scorers = predictions.map((own) => scorerOf(own, main));
  const random = randomStream(seed, "intervals");
  const resampled = predictions.map((): number[] => []);
  for (let draw = 0; draw < RESAMPLES; draw++) {
    const counts = drawnCounts(size, random);
    scorers.forEach((score, at) => {
      const value = score(counts);
      if (value !== null) resampled[at]!.push(100 * value);
    });
  }
  const once = new Uint32Array(size).fill(1);
  return scorers.map((score, at) => {
    const own = score(once);
    if (own === null) throw new RangeError(`the score ${main} is not defined`);
    const { low, high } = percentileInterval(100 * own, Float64Array.from(resampled[at]!));
    return { low: Math.min(low, 100 * own), high: Math.max(high, 100 * own) };
  });
}
