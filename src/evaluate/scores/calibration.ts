/** @module Temperature scaling: one number per head that makes its confidence honest. */

import type { LabelKind } from "../../data/dataset.js";
import { goldenSection } from "./goldenSection.js";
import { logLoss } from "./metrics.js";
import { toProbabilities } from "./probabilities.js";

// The search is over log temperature; these bounds cover any head that has learned anything.
const LOWEST = Math.log(0.05);
const HIGHEST = Math.log(20);

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
  return Math.exp(goldenSection(loss, LOWEST, HIGHEST));
}
