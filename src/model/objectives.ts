/** @module The losses of the method: task, unimodal and mutual KL, over the samples that have them. */

import { mul } from "../graph/functions/elementwise.js";
import type { Tensor } from "../graph/tensor.js";
import { type ClassificationLosses, type LossShape, maskedMean } from "../nn/losses.js";
import type { LabelSpace } from "./config.js";
import type { TrainingInputs } from "./inputs.js";
import type { ModelOutputs } from "./model.js";

/** Scalar losses of one batch. */
export interface Objectives {
  /** `L_T`: the joint classifier's loss. */
  readonly task: Tensor;
  /** `L_v`: the image head's loss over the samples with a picture. */
  readonly image: Tensor;
  /** `L_l`: the text head's loss over the samples with a text. */
  readonly text: Tensor;
  /** `KL(stop(p_l) || p_v)` over the samples with both; moves the image side only. */
  readonly klImage: Tensor;
  /** `KL(stop(p_v) || p_l)` over the samples with both; moves the text side only. */
  readonly klText: Tensor;
  /** Loss of the best constant prediction on the training split, a constant. */
  readonly prior: () => Tensor;
}

/** Builds the losses of a forward pass; a sample that lacks a modality is left out where it must. */
export function buildObjectives(
  { imageLogits, textLogits, logits }: ModelOutputs,
  { targets, imagePresent, textPresent }: TrainingInputs,
  { crossEntropy, mean, divergence }: ClassificationLosses,
  priorLoss: number,
): Objectives {
  const both = mul(imagePresent, textPresent);
  return {
    task: mean(crossEntropy(logits, targets), targets),
    image: mean(crossEntropy(imageLogits, targets), targets, imagePresent),
    text: mean(crossEntropy(textLogits, targets), targets, textPresent),
    klImage: maskedMean(divergence(textLogits, imageLogits), both),
    klText: maskedMean(divergence(imageLogits, textLogits), both),
    prior: () => logits.graph.scalar(priorLoss),
  };
}

const surprise = (p: number): number => (p > 0 ? -p * Math.log(p) : 0);

/** Share of the samples with each label, `[classes]`. */
function labelShares(targets: Float32Array, classes: number): Float64Array {
  const samples = targets.length / classes;
  const shares = new Float64Array(classes);
  targets.forEach((value, at) => (shares[at % classes]! += value / samples));
  return shares;
}

/** Smallest value of `-sum_i m_i log q_i` over probabilities `q`: they are the masses' shares. */
function leastLoss(masses: readonly number[]): number {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.reduce((sum, mass) => sum + total * surprise(mass / total), 0);
}

/**
 * Loss of the best constant prediction: the smallest mean loss over the samples that logits reach which
 * are the same for all. Without weights and smoothing it is the entropy of the label distribution, for
 * multi-label data summed over the labels' Bernoulli entropies. Nats.
 *
 * @param targets - `[samples, classes]`, 0 or 1.
 * @param shape - Weights and smoothing of the loss.
 */
export function constantPredictionLoss(
  targets: Float32Array,
  { labelKind, classes }: LabelSpace,
  { classWeights, labelSmoothing: s = 0 }: LossShape = {},
): number {
  const shares = labelShares(targets, classes);
  const weight = (label: number): number => classWeights?.[label] ?? 1;
  if (labelKind === "multi-label") {
    const masses = Array.from(shares, (share, label) => {
      const p = (1 - s) * share + s / 2;
      return [weight(label) * p, 1 - p] as const;
    });
    if (classWeights) return masses.reduce((total, pair) => total + leastLoss(pair), 0);
    return masses.reduce((total, [p, q]) => total + surprise(p) + surprise(q), 0);
  }
  const smooth = shares.map((share) => (1 - s) * share + s / classes);
  if (!classWeights) return smooth.reduce((total, p) => total + surprise(p), 0);
  const sampleWeight = shares.reduce((total, share, label) => total + weight(label) * share, 0);
  return leastLoss(Array.from(smooth, (p, label) => (weight(label) * p) / sampleWeight));
}
