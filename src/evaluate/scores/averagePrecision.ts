/** @module Average precision: how well a ranking puts the positives first. */

import type { Predictions } from "./predictions.js";

/**
 * Mean over the recall steps of the precision at each: `sum_n (R_n - R_{n-1}) P_n` over the different
 * scores, downwards, as scikit-learn's `average_precision_score`. `null` without positives.
 */
export function binaryAveragePrecision(
  scores: readonly number[],
  truth: readonly number[],
): number | null {
  const positives = truth.reduce((count, value) => count + (value ? 1 : 0), 0);
  if (positives === 0) return null;
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  let found = 0;
  let area = 0;
  for (let from = 0; from < order.length;) {
    const before = found;
    let to = from;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) {
      if (truth[order[to]!]) found++;
      to++;
    }
    area += ((found - before) / positives) * (found / to);
    from = to;
  }
  return area;
}

/**
 * Mean average precision (mAP) over the classes that have positives; `null` where none has.
 */
export function meanAveragePrecision({
  classes,
  probabilities,
  targets,
}: Pick<Predictions, "classes" | "probabilities" | "targets">): number | null {
  const samples = targets.length / classes;
  const column = (values: Float32Array, label: number): number[] =>
    Array.from({ length: samples }, (_, row) => values[row * classes + label]!);
  const areas = Array.from({ length: classes }, (_, label) =>
    binaryAveragePrecision(column(probabilities, label), column(targets, label)),
  ).filter((area) => area !== null);
  return areas.length > 0 ? areas.reduce((sum, area) => sum + area, 0) / areas.length : null;
}
