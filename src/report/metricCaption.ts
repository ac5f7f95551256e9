/** @module What the curves of a metric are: each method says it of its own. */

import type { TrainingRecord } from "../run/records.js";

/** What a metric means, method by method, for those that recorded it: `balgrad, robust: weights of ...; mslr: ...`. */
export function metricCaption(runs: readonly TrainingRecord[], metric: string): string {
  const methods = new Map<string, Set<string>>();
  for (const { method, meanings, steps } of runs) {
    if (!steps.some((step) => step[metric] !== undefined)) continue;
    const meaning = meanings[metric] ?? "not explained by the method";
    methods.set(meaning, (methods.get(meaning) ?? new Set()).add(method));
  }
  return [...methods].map(([meaning, names]) => `${[...names].join(", ")}: ${meaning}`).join("; ");
}

/** Caption of the weights' curves. */
export const weightsCaption = (runs: readonly TrainingRecord[]): string =>
  `What the weights are. ${metricCaption(runs, "weight.image")}. The first seed of each method.`;

/** Caption of the histogram of cosines. */
export const cosinesCaption = (runs: readonly TrainingRecord[]): string =>
  `What the cosines are. ${metricCaption(runs, "cosine")}. Left of zero the gradients conflict.`;

/** Caption of the norms' curves: what each of the lengths is. */
export function normsCaption(runs: readonly TrainingRecord[]): string {
  const metrics = new Set(runs.flatMap(({ meanings }) => Object.keys(meanings)));
  const phrases = [...metrics]
    .filter((metric) => metric.startsWith("norm."))
    .map((metric) => metricCaption(runs, metric));
  return `What the lengths are. ${phrases.join(". ")}. The first seed of each method.`;
}
