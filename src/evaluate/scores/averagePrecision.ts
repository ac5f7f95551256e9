/** @module Average precision: how well a ranking puts the positives first. */

import { ascending, type ClassColumn } from "./ranking.js";

/**
 * Mean over the recall steps of the precision at each: `sum_n (R_n - R_{n-1}) P_n` over the different
 * scores, downwards, as scikit-learn's `average_precision_score`. `null` without positives.
 *
 * @param order - {@link ascending} of the scores, where it is known.
 */
export function binaryAveragePrecision(
  scores: Float32Array | readonly number[],
  truth: Float32Array | readonly number[],
  order = ascending(scores),
): number | null {
  let positives = 0;
  for (const value of truth) if (value) positives++;
  if (positives === 0) return null;
  let found = 0;
  let area = 0;
  for (let from = order.length - 1; from >= 0;) {
    const before = found;
    let to = from;
    while (to >= 0 && scores[order[to]!] === scores[order[from]!]) {
      if (truth[order[to]!]) found++;
      to--;
    }
    area += ((found - before) / positives) * (found / (order.length - 1 - to));
    from = to;
  }
  return area;
}

/**
 * Mean average precision (mAP) over the classes that have positives; `null` where none has.
 */
export function meanAveragePrecision(columns: readonly ClassColumn[]): number | null {
  const areas = columns
    .map(({ scores, truth, order }) => binaryAveragePrecision(scores, truth, order))
    .filter((area) => area !== null);
  return areas.length > 0 ? areas.reduce((sum, area) => sum + area, 0) / areas.length : null;
}
