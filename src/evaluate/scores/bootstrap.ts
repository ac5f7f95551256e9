/** @module The bootstrap: samples drawn again, and the intervals that figures then lie in. */

import { type Random, randomStream } from "../../random.js";

/** A mean with its 95 % percentile bootstrap interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 10_000;

/** The 95 % percentile interval of resampled figures around the figure itself. */
export function percentileInterval(mean: number, resampled: Float64Array): Interval {
  const sorted = resampled.toSorted();
  return {
    mean,
    low: sorted[Math.floor(0.025 * sorted.length)] ?? mean,
    high: sorted[Math.ceil(0.975 * sorted.length) - 1] ?? mean,
  };
}

/** How often each of `size` samples occurs when as many are drawn with replacement. */
export function drawnCounts(size: number, random: Random): Uint32Array {
  const counts = new Uint32Array(size);
  for (let draw = 0; draw < size; draw++) counts[random.integer(size)]!++;
  return counts;
}

/**
 * Mean of paired differences and its 95 % interval, by resampling the pairs; the same every time.
 *
 * Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.
 */
export function bootstrapMean(differences: readonly number[]): Interval {
  const n = differences.length;
  const random = randomStream(0, "bootstrap", n);
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let total = 0;
    for (let at = 0; at < n; at++) total += differences[random.integer(n)]!;
    return total / n;
  });
  return percentileInterval(differences.reduce((sum, value) => sum + value, 0) / n, means);
}
