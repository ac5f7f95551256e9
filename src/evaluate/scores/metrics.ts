/** @module Scores of predictions: accuracy, F1, AUROC, likelihood, calibration, confusion. */

import type { Score } from "../../data/dataset.js";
import { DataError } from "../../errors.js";
import { say, setting } from "../../message.js";
import type { LossShape } from "../../nn/losses.js";
import { areaUnderRoc } from "./auroc.js";
import { meanAveragePrecision } from "./averagePrecision.js";
import { classColumns } from "./ranking.js";
import type { Predictions } from "./predictions.js";

/** Scores of one set of predictions; all in `0..1` but `logLoss`. */
export interface Scores {
  /** Single-label: share of samples whose likeliest class is right; multi-label: all labels right. */
  readonly accuracy: number;
  readonly macroF1: number;
  readonly microF1: number;
  readonly weightedF1: number;
  readonly samplesF1: number;
  /** Area under the ROC curve, mean over the classes where it is defined; `null` where none is. */
  readonly auroc: number | null;
  /** Mean average precision over the classes that have positives; `null` where none has. */
  readonly averagePrecision: number | null;
  /** Mean negative log-likelihood per sample, nats; multi-label: summed over labels. */
  readonly logLoss: number;
  /** Expected calibration error in 15 equal bins (Guo et al., 2017, equation 3). */
  readonly calibrationError: number;
}

// Below float32's resolution of probabilities near 1; keeps the logarithm finite.
const SMALLEST = 1e-12;
const BINS = 15;
const THRESHOLD = 0.5;

/** Index of the largest of `classes` values from `start` on; the first of equals. */
export function argmax(values: ArrayLike<number>, start: number, classes: number): number {
  let best = 0;
  for (let at = 1; at < classes; at++) {
    if (values[start + at]! > values[start + best]!) best = at;
  }
  return best;
}

/** Predicted labels as 0 and 1, `[samples, classes]`. */
export function decide({
  labelKind,
  classes,
  probabilities,
  thresholds,
}: Omit<Predictions, "targets">): Uint8Array {
  const decisions = new Uint8Array(probabilities.length);
  if (labelKind === "multi-label") {
    for (let at = 0; at < decisions.length; at++) {
      if (probabilities[at]! > (thresholds?.[at] ?? THRESHOLD)) decisions[at] = 1;
    }
    return decisions;
  }
  for (let start = 0; start < probabilities.length; start += classes) {
    decisions[start + argmax(probabilities, start, classes)] = 1;
  }
  return decisions;
}

/** Share of right decisions: of samples; multi-label: of all labels of all samples. */
export function rightShare(predictions: Predictions): number {
  const { labelKind, classes, targets } = predictions;
  const decisions = decide(predictions);
  let right = 0;
  decisions.forEach((decision, at) => {
    right += Number(
      labelKind === "multi-label" ? decision === targets[at] : decision && targets[at],
    );
  });
  return right / (labelKind === "multi-label" ? targets.length : targets.length / classes);
}

interface Counts {
  /** True positives, false positives and false negatives. */
  tp: number;
  fp: number;
  fn: number;
}

/** F1 with scikit-learn's `zero_division=0`: no positives on either side count as 0. */
const f1 = ({ tp, fp, fn }: Counts): number => (tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn));

function tally(counts: Counts, decided: number, truth: number): void {
  if (decided && truth) counts.tp++;
  else if (decided) counts.fp++;
  else if (truth) counts.fn++;
}

const mean = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / Math.max(1, values.length);

function f1Scores(decisions: Uint8Array, { classes, targets }: Predictions) {
  const empty = (): Counts => ({ tp: 0, fp: 0, fn: 0 });
  const perClass = Array.from({ length: classes }, empty);
  const total = empty();
  const perSample: number[] = [];
  for (let start = 0; start < targets.length; start += classes) {
    const sample = empty();
    for (let label = 0; label < classes; label++) {
      // Most labels are neither true nor decided for, and count for nothing.
      if (!decisions[start + label] && !targets[start + label]) continue;
      for (const counts of [perClass[label]!, total, sample]) {
        tally(counts, decisions[start + label]!, targets[start + label]!);
      }
    }
    perSample.push(f1(sample));
  }
  const support = perClass.map(({ tp, fn }) => tp + fn);
  const all = support.reduce((sum, count) => sum + count, 0);
  // As in scikit-learn, a class that is neither true nor predicted anywhere takes no part.
  const present = perClass.filter(({ tp, fp, fn }) => tp + fp + fn > 0);
  return {
    macroF1: mean(present.map(f1)),
    microF1: f1(total),
    weightedF1:
      perClass.reduce((sum, counts, label) => sum + f1(counts) * support[label]!, 0) /
      Math.max(1, all),
    samplesF1: mean(perSample),
  };
}

function accuracyOf(decisions: Uint8Array, { classes, targets }: Predictions): number {
  let right = 0;
  for (let start = 0; start < targets.length; start += classes) {
    let same = true;
    for (let at = start; at < start + classes; at++) same &&= decisions[at] === targets[at];
    if (same) right++;
  }
  return (right * classes) / targets.length;
}

/**
 * Mean negative log-likelihood per sample, nats; with class weights and smoothing the mean of what is
 * trained, as `nn/losses.ts` defines it.
 */
export function logLoss(
  { labelKind, classes, probabilities, targets }: Predictions,
  { classWeights, labelSmoothing: s = 0 }: LossShape = {},
): number {
  const isSingle = labelKind === "single-label";
  const log = (p: number): number => Math.log(Math.max(p, SMALLEST));
  let total = 0;
  let weights = 0;
  for (let at = 0; at < targets.length; at++) {
    const p = probabilities[at]!;
    const weight = classWeights?.[at % classes] ?? 1;
    const t = (1 - s) * targets[at]! + s / (isSingle ? classes : 2);
    if (t > 0) total -= weight * t * log(p);
    if (!isSingle && t < 1) total -= (1 - t) * log(1 - p);
    weights += weight * targets[at]!;
  }
  return isSingle && classWeights ? total / weights : (total * classes) / targets.length;
}

/** Gap between confidence and accuracy, over the decisions (single-label) or all labels. */
function calibrationError({ labelKind, classes, probabilities, targets }: Predictions): number {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, right: 0 }));
  const add = (confidence: number, right: boolean): void => {
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))]!;
    bin.count++;
    bin.confidence += confidence;
    if (right) bin.right++;
  };
  if (labelKind === "multi-label") {
    probabilities.forEach((p, at) => {
      const positive = p > THRESHOLD;
      add(positive ? p : 1 - p, positive === (targets[at] === 1));
    });
  } else {
    for (let start = 0; start < targets.length; start += classes) {
      const best = start + argmax(probabilities, start, classes);
      add(probabilities[best]!, targets[best] === 1);
    }
  }
  const count = bins.reduce((sum, bin) => sum + bin.count, 0);
  return bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.right), 0) / count;
}

/** All scores of a set of predictions; at least one sample. */
export function scorePredictions(predictions: Predictions): Scores {
  const decisions = decide(predictions);
  const columns = classColumns(predictions);
  return {
    accuracy: accuracyOf(decisions, predictions),
    ...f1Scores(decisions, predictions),
    auroc: areaUnderRoc(predictions, columns),
    averagePrecision: meanAveragePrecision(columns),
    logLoss: logLoss(predictions),
    calibrationError: calibrationError(predictions),
  };
}

/**
 * Confusion matrix `[true class][predicted class]` of single-label predictions; for multi-label data
 * one row per class: `[true negatives, false positives, false negatives, true positives]`.
 */
export function confusionMatrix(predictions: Predictions): number[][] {
  const { labelKind, classes, targets } = predictions;
  const decisions = decide(predictions);
  if (labelKind === "multi-label") {
    const table = Array.from({ length: classes }, () => [0, 0, 0, 0]);
    targets.forEach((truth, at) => {
      table[at % classes]![2 * truth + decisions[at]!]!++;
    });
    return table;
  }
  const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let start = 0; start < targets.length; start += classes) {
    table[argmax(targets, start, classes)]![argmax(decisions, start, classes)]!++;
  }
  return table;
}

/** @throws {DataError} where the score is not defined for the samples. */
function percent(value: number | null, main: Score): number {
  if (value !== null) return 100 * value;
  throw new DataError(
    `The score "${main}" is not defined: all samples of a split have the same label.`,
    say`Choose another with ${setting("evaluation.score")}.`,
  );
}

/**
 * The main score in percent.
 *
 * @throws {DataError} where it is not defined for the samples.
 */
export const percentOf = (scores: Scores, main: Score): number => percent(scores[main], main);

/** Ways to one score that leave the others out. */
const ALONE: Readonly<Record<Score, (predictions: Predictions) => number | null>> = {
  accuracy: (predictions) => accuracyOf(decide(predictions), predictions),
  macroF1: (predictions) => f1Scores(decide(predictions), predictions).macroF1,
  auroc: (predictions) => areaUnderRoc(predictions, classColumns(predictions)),
};

/**
 * The main score of a set of predictions in percent, as {@link scorePredictions} has it: most of the time goes
 * into the others.
 *
 * @throws {DataError} where it is not defined for the samples.
 */
export const mainPercentOf = (predictions: Predictions, main: Score): number =>
  percent(ALONE[main](predictions), main);
