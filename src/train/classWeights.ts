/** @module Class weights and label smoothing of a training, from its settings and its targets. */

import { ConfigError } from "../errors.js";
import type { LabelSpace } from "../model/config.js";
import type { LossShape } from "../nn/losses.js";
import { nearest } from "../text.js";
import type { ClassWeights, TrainConfig } from "./config.js";

/**
 * Stops at a weight for a class that the data do not have.
 *
 * @param classes - Names of the data's classes.
 * @throws {ConfigError} naming the nearest class.
 */
export function checkClassWeights(weights: ClassWeights, classes: readonly string[]): void {
  if (typeof weights === "string") return;
  const unknown = Object.keys(weights).find((name) => !classes.includes(name));
  if (unknown === undefined) return;
  const guess = nearest(unknown, classes);
  throw new ConfigError(
    `train.classWeights: the data have no class "${unknown}".`,
    guess === undefined ? `Classes: ${classes.join(", ")}.` : `Did you mean "${guess}"?`,
  );
}

/** Number of samples with each label, `[classes]`. */
function labelCounts(targets: Float32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  targets.forEach((value, at) => (counts[at % classes]! += value));
  return counts;
}

/**
 * Weights that make up for the classes' frequencies; of a class with `n_c` of `N` samples
 *
 * - single-label: `N / (K n_c)` with the number `K` of classes that have samples, as scikit-learn's
 *   `class_weight="balanced"`;
 * - multi-label: `(N - n_c) / n_c`, negatives over positives, as PyTorch's documentation of `pos_weight`
 *   suggests; a label that all samples have counts as if one lacked it.
 *
 * A class without samples weighs 1: nothing is learned about it either way.
 *
 * @param targets - `[samples, classes]`, 0 or 1, of the training split.
 */
export function balancedWeights(
  targets: Float32Array,
  { labelKind, classes }: LabelSpace,
): number[] {
  const samples = targets.length / classes;
  const counts = labelCounts(targets, classes);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => {
    if (count === 0) return 1;
    return labelKind === "single-label"
      ? samples / (present * count)
      : Math.max(1, samples - count) / count;
  });
}

/** Weights by class, `[classes]`; `null` for none. `inverse-sqrt` is the square root of `balanced`. */
function weightsOf(
  weights: ClassWeights,
  names: readonly string[],
  targets: Float32Array,
  labels: LabelSpace,
): number[] | null {
  switch (weights) {
    case "none":
      return null;
    case "balanced":
      return balancedWeights(targets, labels);
    case "inverse-sqrt":
      return balancedWeights(targets, labels).map(Math.sqrt);
    default: {
      checkClassWeights(weights, names);
      const given = new Map(Object.entries(weights));
      return names.map((name) => given.get(name) ?? 1);
    }
  }
}

/**
 * What the losses of a training are changed by.
 *
 * @param names - Names of the classes.
 * @param targets - `[samples, classes]`, 0 or 1, of the training split.
 * @throws {ConfigError} for the weight of a class that the data do not have.
 */
export function lossShape(
  { classWeights, labelSmoothing }: Pick<TrainConfig, "classWeights" | "labelSmoothing">,
  names: readonly string[],
  targets: Float32Array,
  labels: LabelSpace,
): LossShape {
  const weights = weightsOf(classWeights, names, targets, labels);
  return { labelSmoothing, ...(weights && { classWeights: weights }) };
}
