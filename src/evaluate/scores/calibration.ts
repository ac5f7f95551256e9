/** @module Temperature scaling: one number per head that makes its confidence honest. */

import type { LabelKind } from "../../data/dataset.js";

// These bounds cover any head that has learned anything.
const LOWEST = 0.05;
const HIGHEST = 20;
/** Newton's steps double the digits: after one this small, as many more as float64 has are right. */
const SMALL_STEP = 1e-7;
const STEPS = 60;

/** First and second derivative of the negative log-likelihood, summed over the samples, by the factor of the logits. */
interface Slopes {
  readonly first: number;
  readonly second: number;
}

/** What the factor `1 / temperature` changes for one sample of one class: its mean logit less the true one. */
function singleSlopes(
  logits: Float32Array,
  targets: Float32Array,
  classes: number,
  factor: number,
): Slopes {
  let [first, second] = [0, 0];
  for (let start = 0; start < logits.length; start += classes) {
    const end = start + classes;
    let highest = -Infinity;
    for (let at = start; at < end; at++) highest = Math.max(highest, logits[at]!);
    let [total, mean, square, truth] = [0, 0, 0, 0];
    for (let at = start; at < end; at++) {
      const logit = logits[at]! - highest;
      if (targets[at]! > 0) truth += targets[at]! * logit;
      // What has no probability has no logit, either.
      if (logit === -Infinity) continue;
      const weight = Math.exp(logit * factor);
      total += weight;
      mean += weight * logit;
      square += weight * logit * logit;
    }
    // No temperature helps a sample whose class is impossible.
    if (truth === -Infinity) continue;
    mean /= total;
    first += mean - truth;
    second += square / total - mean * mean;
  }
  return { first, second };
}

function multiSlopes(logits: Float32Array, targets: Float32Array, factor: number): Slopes {
  let [first, second] = [0, 0];
  for (let at = 0; at < logits.length; at++) {
    const logit = logits[at]!;
    if (!Number.isFinite(logit)) continue;
    const probability = 1 / (1 + Math.exp(-logit * factor));
    first += (probability - targets[at]!) * logit;
    second += probability * (1 - probability) * logit * logit;
  }
  return { first, second };
}

/**
 * Where a convex function has its minimum between two positive numbers: Newton's method, and halving of what is left
 * between the bounds, by ratio, where a step leads out of it.
 */
function minimum(slopesAt: (at: number) => Slopes, lowest: number, highest: number): number {
  if (slopesAt(highest).first <= 0) return highest;
  if (slopesAt(lowest).first >= 0) return lowest;
  let [low, high, at] = [lowest, highest, 1];
  for (let step = 0; step < STEPS; step++) {
    const { first, second } = slopesAt(at);
    if (first > 0) high = at;
    else low = at;
    const newton = at - first / second;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next - at) <= SMALL_STEP * at) return next;
    at = next;
  }
  return at;
}

/**
 * Temperature that minimises the negative log-likelihood of `targets`, between 0.05 and 20: the loss is convex in its
 * inverse.
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
  const slopes = (factor: number): Slopes =>
    labelKind === "multi-label"
      ? multiSlopes(logits, targets, factor)
      : singleSlopes(logits, targets, classes, factor);
  return 1 / minimum(slopes, 1 / HIGHEST, 1 / LOWEST);
}
