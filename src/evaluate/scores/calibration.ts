/** @module Temperature scaling: one number per head that makes its confidence honest. */

import type { LabelKind } from "../../data/dataset.js";
import { logLoss } from "./metrics.js";
import { toProbabilities } from "./probabilities.js";

// The search is over log temperature; these bounds cover any head that has learned anything.
const LOWEST = Math.log(0.05);
const HIGHEST = Math.log(20);
const ITERATIONS = 40;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Temperature that minimises the negative log-likelihood of `targets`, found by golden-section
 * search: the loss has one minimum in the temperature.
 *
 * Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
 *
 * @param logits - `[samples, classes]`.
 * @param targets - `[samples, classes]`, 0 or 1.
 */
export function fitTemperature(
  logits: Float32Array,
  targets: Float32Array,
  classes: number,
  labelKind: LabelKind,
): number {
  const loss = (logTemperature: number): number => {
    const probabilities = toProbabilities(logits, classes, labelKind, Math.exp(logTemperature));
    return logLoss({ labelKind, classes, probabilities, targets });
  };
  let low = LOWEST;
  let high = HIGHEST;
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let atLeft = loss(left);
  let atRight = loss(right);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = loss(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = loss(right);
    }
  }
  return Math.exp((low + high) / 2);
}
