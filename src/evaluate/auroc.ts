/** @module Area under the ROC curve by ranks. */

import type { Predictions } from "./metrics.js";

/**
 * Probability that a positive sample is scored above a negative one, ties counting one half: the
 * Mann-Whitney statistic. `null` where there are only positives or only negatives.
 *
 * Source: Hanley and McNeil, "The meaning and use of the area under a ROC curve", 1982.
 */
export function binaryAuroc(scores: readonly number[], truth: readonly number[]): number | null {
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++;
    const midRank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) if (truth[order[at]!]) rankSum += midRank;
    from = to;
  }
  const positives = truth.reduce((count, value) => count + (value ? 1 : 0), 0);
  const negatives = truth.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Area under the ROC curve: of class 1 for two classes, else the mean over the classes, one against
 * the rest, leaving out classes where it is not defined; `null` where none is.
 */
export function areaUnderRoc({
  task,
  classes,
  probabilities,
  targets,
}: Predictions): number | null {
  const samples = targets.length / classes;
  const column = (values: Float32Array, label: number): number[] =>
    Array.from({ length: samples }, (_, row) => values[row * classes + label]!);
  const labels =
    task === "single-label" && classes === 2 ? [1] : Array.from({ length: classes }, (_, at) => at);
  const areas = labels
    .map((label) => binaryAuroc(column(probabilities, label), column(targets, label)))
    .filter((area) => area !== null);
  return areas.length > 0 ? areas.reduce((sum, area) => sum + area, 0) / areas.length : null;
}
