/** @module Losses of single-label and multi-label classification: masked batch means. */

import {
  add,
  div,
  logSoftmax,
  maximum,
  mul,
  neg,
  sigmoid,
  softmax,
  softplus,
  stopGradient,
  sub,
} from "../graph/functions/elementwise.js";
import { mean, sum } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";

/** What the cross-entropies of a training are changed by. */
export interface LossShape {
  /**
   * Weight `w_c` of each class, `[classes]`, all positive; default: all 1. Single-label data: the weight of
   * a class's samples, PyTorch's `CrossEntropyLoss(weight)`. Multi-label data: the weight of a label
   * where it applies, PyTorch's `BCEWithLogitsLoss(pos_weight)`.
   */
  readonly classWeights?: readonly number[];
  /**
   * Share `s` of the target that is spread out, `0 <= s < 1`; default: 0. Single-label targets become
   * `(1 - s) y + s / classes`, labels of multi-label data `(1 - s) y + s / 2`.
   */
  readonly labelSmoothing?: number;
}

/** The loss functions of a kind of labels. */
export interface ClassificationLosses {
  /**
   * Loss of `logits` `[batch, classes]` against `targets` `[batch, classes]` (0 or 1), one value per sample,
   * `[batch]`: cross-entropy, or binary cross-entropy summed over labels. With `t` for the smoothed
   * target, single-label: `-sum_c w_c t_c log p_c`; multi-label:
   * `-sum_c (w_c t_c log p_c + (1 - t_c) log(1 - p_c))`.
   */
  readonly crossEntropy: (logits: Tensor, targets: Tensor) => Tensor;
  /**
   * Mean of per-sample cross-entropies over a batch, scalar; 0 where nothing is kept. Weighted
   * single-label data: divided by the sum of the weights of the samples' true classes, as PyTorch's
   * `CrossEntropyLoss` divides; all others: by the number of samples.
   *
   * @param values - `[batch]`.
   * @param mask - `[batch]`, 0 or 1: which samples are kept; default: all.
   */
  readonly mean: (values: Tensor, targets: Tensor, mask?: Tensor) => Tensor;
  /** Weight of each sample in {@link mean}, `[batch]`; `null` where all count alike. */
  readonly sampleWeights: (targets: Tensor) => Tensor | null;
  /**
   * `KL(stop(teacher) || student)` of the predictions of two sets of logits `[batch, classes]`, `[batch]`;
   * multi-label: the sum of the labels' Bernoulli divergences. No cotangent reaches the teacher.
   */
  readonly divergence: (teacher: Tensor, student: Tensor) => Tensor;
}

const overClasses = (x: Tensor): Tensor => sum(x, { axes: [-1] });

/** Targets with a share `s` of each spread over `outcomes`. */
const smoothed = (targets: Tensor, share: number, outcomes: number): Tensor =>
  share === 0 ? targets : add(mul(targets, 1 - share), share / outcomes);

/** Class weights as a tensor that broadcasts against targets, `[1, classes]`. */
const weightsLike = (weights: readonly number[], { graph, dtype }: Tensor): Tensor =>
  graph.constant(dtype, [1, weights.length], [...weights]);

const classesOf = ({ shape }: Tensor): number => shape.at(-1) as number;

function singleLabel({ classWeights, labelSmoothing = 0 }: LossShape): ClassificationLosses {
  const weighted = (x: Tensor): Tensor => (classWeights ? mul(x, weightsLike(classWeights, x)) : x);
  const sampleWeights = (targets: Tensor): Tensor => overClasses(weighted(targets));
  return {
    crossEntropy: (logits, targets) => {
      const wanted = smoothed(targets, labelSmoothing, classesOf(logits));
      return neg(overClasses(mul(weighted(wanted), logSoftmax(logits))));
    },
    mean: (values, targets, mask) => {
      if (!classWeights) return meanOf(values, mask);
      const weights = sampleWeights(targets);
      const kept = mask ? mul(weights, mask) : weights;
      // The sum of what is kept is never below the smallest weight, unless nothing is.
      const total = maximum(sum(kept), Math.min(...classWeights));
      return div(sum(mask ? mul(values, mask) : values), total);
    },
    sampleWeights: (targets) => (classWeights ? sampleWeights(targets) : null),
    divergence: (teacher, student) => {
      const logP = stopGradient(logSoftmax(teacher));
      return overClasses(mul(stopGradient(softmax(teacher)), sub(logP, logSoftmax(student))));
    },
  };
}

/** `log sigmoid(x)`, stable on both sides. */
const logSigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));

function multiLabel({ classWeights, labelSmoothing = 0 }: LossShape): ClassificationLosses {
  return {
    crossEntropy: (logits, targets) => {
      const t = smoothed(targets, labelSmoothing, 2);
      // -t log s(x) - (1 - t) log(1 - s(x)) = softplus(x) - t x
      const plain = sub(softplus(logits), mul(t, logits));
      if (!classWeights) return overClasses(plain);
      // And w - 1 times -t log s(x) more.
      const more = weightsLike(
        classWeights.map((weight) => weight - 1),
        logits,
      );
      return overClasses(add(plain, mul(mul(t, more), softplus(neg(logits)))));
    },
    mean: (values, _, mask) => meanOf(values, mask),
    sampleWeights: () => null,
    divergence: (teacher, student) => {
      const fixed = stopGradient(teacher);
      const p = sigmoid(fixed);
      const positive = mul(p, sub(logSigmoid(fixed), logSigmoid(student)));
      const negative = mul(sub(1, p), sub(softplus(student), softplus(fixed)));
      return overClasses(add(positive, negative));
    },
  };
}

/** Loss functions of a kind of labels; by default every class weighs 1 and targets are not smoothed. */
export const classificationLosses = (
  labelKind: "single-label" | "multi-label",
  shape: LossShape = {},
): ClassificationLosses => (labelKind === "single-label" ? singleLabel(shape) : multiLabel(shape));

/**
 * Mean of per-sample values over the samples that a mask keeps; 0 where it keeps none.
 *
 * @param values - `[batch]`.
 * @param mask - `[batch]`, 0 or 1.
 * @returns Scalar.
 */
export function maskedMean(values: Tensor, mask: Tensor): Tensor {
  return div(sum(mul(values, mask)), maximum(sum(mask), 1));
}

const meanOf = (values: Tensor, mask: Tensor | undefined): Tensor =>
  mask ? maskedMean(values, mask) : mean(values);
