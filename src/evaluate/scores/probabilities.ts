/** @module Logits to probabilities on the host, with a temperature. */

import type { LabelKind } from "../../data/dataset.js";

/**
 * `softmax(logits / temperature)` per row, or `sigmoid(logits / temperature)` for multi-label data.
 *
 * @param logits - `[samples, classes]`, row-major.
 */
export function toProbabilities(
  logits: Float32Array,
  classes: number,
  labelKind: LabelKind,
  temperature = 1,
): Float32Array {
  if (labelKind === "multi-label")
    return logits.map((logit) => 1 / (1 + Math.exp(-logit / temperature)));
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const end = start + classes;
    let highest = -Infinity;
    for (let at = start; at < end; at++) highest = Math.max(highest, logits[at]!);
    let total = 0;
    for (let at = start; at < end; at++) {
      const weight = Math.exp((logits[at]! - highest) / temperature);
      result[at] = weight;
      total += weight;
    }
    for (let at = start; at < end; at++) result[at]! /= total;
  }
  return result;
}

/**
 * Entropy of each row's prediction as a share of the largest possible, `[samples]`, `0..1`.
 * Multi-label: the mean of the labels' Bernoulli entropies.
 */
export function normalisedEntropy(
  probabilities: Float32Array,
  classes: number,
  labelKind: LabelKind,
): Float64Array {
  const surprise = (p: number): number => (p > 0 ? -p * Math.log(p) : 0);
  const largest = labelKind === "multi-label" ? classes * Math.LN2 : Math.log(classes);
  const result = new Float64Array(probabilities.length / classes);
  probabilities.forEach((p, at) => {
    const term = surprise(p) + (labelKind === "multi-label" ? surprise(1 - p) : 0);
    result[Math.floor(at / classes)]! += term / largest;
  });
  return result;
}
