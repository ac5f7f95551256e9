/** @module The losses of the method: task, unimodal and mutual KL, over the samples that have them. */

import { mul } from "../graph/functions/elementwise.js";
import { mean } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import { classificationLosses, maskedMean } from "../nn/losses.js";
import type { ModelTask } from "./config.js";
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
  { task }: ModelTask,
  priorLoss: number,
): Objectives {
  const { crossEntropy, divergence } = classificationLosses(task);
  const both = mul(imagePresent, textPresent);
  return {
    task: mean(crossEntropy(logits, targets)),
    image: maskedMean(crossEntropy(imageLogits, targets), imagePresent),
    text: maskedMean(crossEntropy(textLogits, targets), textPresent),
    klImage: maskedMean(divergence(textLogits, imageLogits), both),
    klText: maskedMean(divergence(imageLogits, textLogits), both),
    prior: () => logits.graph.scalar(priorLoss),
  };
}

/**
 * Loss of the best constant prediction: the entropy of the label distribution, for multi-label
 * data summed over the labels' Bernoulli entropies. Nats.
 *
 * @param targets - `[samples, classes]`, 0 or 1.
 */
export function constantPredictionLoss(
  targets: Float32Array,
  { task, classes }: ModelTask,
): number {
  const samples = targets.length / classes;
  const share = new Float64Array(classes);
  targets.forEach((value, at) => (share[at % classes]! += value / samples));
  const surprise = (p: number): number => (p > 0 ? -p * Math.log(p) : 0);
  return share.reduce(
    (total, p) => total + surprise(p) + (task === "multi-label" ? surprise(1 - p) : 0),
    0,
  );
}
