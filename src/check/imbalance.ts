/** @module How unequal the classes are, and what can be done about it. */

import { say, setting, type Message } from "../message.js";
import type { Dataset } from "../data/dataset.js";

/** From this ratio on, a model that never names the smallest class loses next to nothing. */
const LARGE = 10;

/** Size of the largest class of the training split over that of the smallest, which counts as at least 1. */
export function imbalanceOf({ classes, samples }: Pick<Dataset, "classes" | "samples">): number {
  const counts = new Array<number>(classes.length).fill(0);
  for (const { labels, split } of samples) {
    if (split === "train") for (const label of labels) counts[label]!++;
  }
  if (counts.length === 0) return 1;
  const [most, least] = counts.reduce(
    ([high, low], size) => [Math.max(high, size), Math.min(low, size)],
    [0, Infinity],
  );
  return most / Math.max(1, least);
}

/** What to train with where classes are very unequal; `null` where they are not. */
export const imbalanceHint = (imbalance: number): Message | null =>
  imbalance < LARGE
    ? null
    : say`the largest class has ${imbalance.toFixed(0)} times the samples of the smallest: try ${setting("train.classWeights", "balanced")}, or inverse-sqrt, which is milder; ${setting("evaluation.score", "macroF1")} counts classes alike`;
