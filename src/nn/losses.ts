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
import { sum } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";

/** The loss functions of a task; all give one value per sample, `[batch]`. */
export interface ClassificationLosses {
  /**
   * Loss of `logits` `[batch, classes]` against `targets` `[batch, classes]` (0 or 1):
   * cross-entropy, or binary cross-entropy summed over labels.
   */
  readonly crossEntropy: (logits: Tensor, targets: Tensor) => Tensor;
  /**
   * `KL(stop(teacher) || student)` of the predictions of two sets of logits `[batch, classes]`;
   * multi-label: the sum of the labels' Bernoulli divergences. No cotangent reaches the teacher.
   */
  readonly divergence: (teacher: Tensor, student: Tensor) => Tensor;
}

const overClasses = (x: Tensor): Tensor => sum(x, { axes: [-1] });

const singleLabel: ClassificationLosses = {
  crossEntropy: (logits, targets) => neg(overClasses(mul(targets, logSoftmax(logits)))),
  divergence: (teacher, student) => {
    const logP = stopGradient(logSoftmax(teacher));
    return overClasses(mul(stopGradient(softmax(teacher)), sub(logP, logSoftmax(student))));
  },
};

/** `log sigmoid(x)`, stable on both sides. */
const logSigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));

const multiLabel: ClassificationLosses = {
  // -t log s(x) - (1 - t) log(1 - s(x)) = softplus(x) - t x
  crossEntropy: (logits, targets) => overClasses(sub(softplus(logits), mul(targets, logits))),
  divergence: (teacher, student) => {
    const fixed = stopGradient(teacher);
    const p = sigmoid(fixed);
    const positive = mul(p, sub(logSigmoid(fixed), logSigmoid(student)));
    const negative = mul(sub(1, p), sub(softplus(student), softplus(fixed)));
    return overClasses(add(positive, negative));
  },
};

/** Loss functions of a task. */
export function classificationLosses(task: "single-label" | "multi-label"): ClassificationLosses {
  return task === "single-label" ? singleLabel : multiLabel;
}

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
