/** @module Area under the ROC curve by ranks. */

import type { Predictions } from "./predictions.js";
import { ascending, type ClassColumn, classColumns } from "./ranking.js";

/** Scores of samples, or their truth, 0 or 1. */
type Column = Float32Array | readonly number[];

const countOf = (truth: Column): number => {
  let count = 0;
  for (const value of truth) if (value) count++;
  return count;
};

/**
 * Probability that a positive sample is scored above a negative one, ties counting one half: the
 * Mann-Whitney statistic. `null` where there are only positives or only negatives.
 *
 * @param order - {@link ascending} of the scores, where it is known.
 *
 * Source: Hanley and McNeil, "The meaning and use of the area under a ROC curve", 1982.
 */
export function binaryAuroc(
  scores: Column,
  truth: Column,
  order = ascending(scores),
): number | null {
  const positives = countOf(truth);
  const negatives = truth.length - positives;
  if (positives === 0 || negatives === 0) return null;
  let rankSum = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++;
    const midRank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) if (truth[order[at]!]) rankSum += midRank;
    from = to;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Number of sorted values at which `isBefore` holds; it must hold for none after one where it does not. */
function countBefore(sorted: Float64Array, isBefore: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(sorted[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Share of sorted values below a score, ties counting one half. */
const shareBelow = (sorted: Float64Array, score: number): number =>
  (countBefore(sorted, (value) => value < score) + countBefore(sorted, (value) => value <= score)) /
  (2 * sorted.length);

/** An area under a curve, and what each sample adds to it, `[samples]`. */
export interface Influence {
  readonly area: number;
  readonly parts: Float64Array;
}

/**
 * What each sample adds to the area under the curve: the share of samples of the other kind that it is on the
 * right side of, less the area, divided by the number of its own kind; they sum to 0. The area of resampled
 * data is about the area plus the sum of what the drawn samples add. `null` as in {@link binaryAuroc}.
 *
 * Source: DeLong, DeLong and Clarke-Pearson, "Comparing the Areas under Two or More Correlated Receiver
 * Operating Characteristic Curves", 1988: their structural components.
 */
function binaryInfluence(scores: Float32Array, truth: Float32Array): Influence | null {
  const sorted = (kind: boolean): Float64Array =>
    Float64Array.from(scores.filter((_, row) => Boolean(truth[row]) === kind)).sort();
  const positives = sorted(true);
  const negatives = sorted(false);
  if (positives.length === 0 || negatives.length === 0) return null;
  const sides = Float64Array.from(scores, (score, row) =>
    truth[row] ? shareBelow(negatives, score) : 1 - shareBelow(positives, score),
  );
  const area =
    sides.reduce((sum, side, row) => sum + (truth[row] ? side : 0), 0) / positives.length;
  const parts = sides.map(
    (side, row) => (side - area) / (truth[row] ? positives : negatives).length,
  );
  return { area, parts };
}

/** The columns that count: of class 1 alone for two classes. */
const counted = (
  { labelKind, classes }: Predictions,
  columns: readonly ClassColumn[],
): readonly ClassColumn[] =>
  labelKind === "single-label" && classes === 2 ? columns.slice(1) : columns;

/**
 * Area under the ROC curve: of class 1 for two classes, else the mean over the classes, one against
 * the rest, leaving out classes where it is not defined; `null` where none is.
 *
 * @param columns - Of the predictions.
 */
export function areaUnderRoc(
  predictions: Predictions,
  columns: readonly ClassColumn[],
): number | null {
  const areas = counted(predictions, columns)
    .map(({ scores, truth, order }) => binaryAuroc(scores, truth, order))
    .filter((area) => area !== null);
  return areas.length > 0 ? areas.reduce((sum, area) => sum + area, 0) / areas.length : null;
}

/** What each sample adds to {@link areaUnderRoc}, `[samples]`, to the first order; `null` as there. */
export function aurocInfluence(predictions: Predictions): Influence | null {
  const found = counted(predictions, classColumns(predictions))
    .map(({ scores, truth }) => binaryInfluence(scores, truth))
    .filter((influence) => influence !== null);
  if (found.length === 0) return null;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / found.length;
  return {
    area: mean(found.map(({ area }) => area)),
    parts: found[0]!.parts.map((_, row) => mean(found.map(({ parts }) => parts[row]!))),
  };
}
