/** @module Batches in parts: gradients of several small batches are summed before the optimizer's step. */

/** Metrics of one step by name. */
export type StepMetrics = Readonly<Record<string, number>>;

/**
 * One of the parts that a batch is cut into. Their gradients are summed, each by its share of the samples: for losses
 * that are means over samples this is the batch's gradient. What a method decides from gradients (coefficients,
 * projections) it decides for each part.
 */
export interface BatchPart {
  /** Counted from 0 in its batch. */
  readonly index: number;
  /** Share of the batch's samples, `(0, 1]`; the shares of a batch add up to 1. */
  readonly share: number;
  /** Whether the batch is complete and the optimizer takes its step. */
  readonly last: boolean;
}

/** Norm of a whole batch's gradient before clipping: known with its last part only. */
export const UPDATE_NORM = "norm.update";

/** Norm of the gradient of parameters that only watch: recorded where it is no number. */
export const PROBES_NORM = "norm.probes";

/** Whether every metric of a step is a number; the first one that is not stops training. */
export const areFinite = (metrics: StepMetrics): boolean =>
  Object.values(metrics).every(Number.isFinite);

/** Metrics of a part, and its share of the batch's samples. */
export interface PartMetrics {
  readonly metrics: StepMetrics;
  readonly share: number;
}

/** Metrics of a whole batch from those of its parts: means by share, and the norm that comes with the last one. */
export function batchMetrics(parts: readonly PartMetrics[]): StepMetrics {
  const total = parts.reduce((sum, { share }) => sum + share, 0);
  const latest = parts.at(-1)!.metrics;
  const mean = (name: string): number =>
    parts.reduce((sum, { metrics, share }) => sum + (metrics[name]! * share) / total, 0);
  return Object.fromEntries(
    Object.keys(latest).map((name) => [name, name === UPDATE_NORM ? latest[name]! : mean(name)]),
  );
}
