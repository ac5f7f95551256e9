/** @module Figures of the validation split that choose the best epoch. */

import type { PreparedSplit } from "../prepare/prepared.js";
import type { TrainingState } from "../train/step.js";
import { fitTemperature } from "./scores/calibration.js";
import { headThresholds } from "./decisions.js";
import { logLoss, mainPercentOf, rightShare } from "./scores/metrics.js";
import type { Score } from "../data/dataset.js";
import type { LossShape } from "../nn/losses.js";
import type { Predictor } from "./predictor.js";
import { toProbabilities } from "./scores/probabilities.js";

/** Validation figures of one epoch; scores in percent. */
export type ValidationFigures = Readonly<
  Record<
    | ("full" | "imageMissing" | "textMissing" | "missing")
    | ("balanced" | "experts" | "loss" | "image" | "text" | "imageLoss" | "textLoss")
    | ("imageRight" | "textRight"),
    number
  >
>;

/**
 * Measures a model after an epoch: the joint classifier on full and on missing input (`full`,
 * `imageMissing`, `textMissing`, their mean `missing`; `balanced`, the mean of `full` and `missing`),
 * its log-loss, the sum of all three log-losses (`experts`), and the unimodal heads' scores, log-losses and shares of right decisions (`image`,
 * `text`, `imageLoss`, `textLoss`, `imageRight`, `textRight`).
 *
 * @param shape - Class weights and smoothing of the training: log-losses are of what is trained, so that
 *   methods may compare them with the training's.
 */
export async function validate(
  predictor: Predictor,
  split: PreparedSplit,
  state: TrainingState,
  mainScore: Score,
  shape: LossShape = {},
): Promise<ValidationFigures> {
  const { labelKind, classes } = predictor.labels;
  /** Thresholds as evaluation has them, so that the best epoch is not one whose probabilities lie near 0.5. */
  const thresholdsOf = (logits: Float32Array, targets: Float32Array) => {
    if (labelKind === "single-label") return {};
    const temperature = fitTemperature(logits, targets, classes, labelKind);
    const own = headThresholds(logits, targets, classes, labelKind, temperature)!;
    return { thresholds: logits.map((_, at) => own[at % classes]!) };
  };
  const predicted = (logits: Float32Array) => {
    const probabilities = toProbabilities(logits, classes, labelKind);
    return { labelKind, classes, probabilities, targets: split.targets };
  };
  const mainOf = (logits: Float32Array, predictions = predicted(logits)): number =>
    mainPercentOf({ ...predictions, ...thresholdsOf(logits, split.targets) }, mainScore);
  const score = (logits: Float32Array) => {
    const predictions = predicted(logits);
    const [main, loss] = [mainOf(logits, predictions), logLoss(predictions, shape)];
    return { main, loss, right: 100 * rightShare(predictions) };
  };
  const run = (impairment: Parameters<Predictor["runSplit"]>[1]) =>
    predictor.runSplit(split, impairment, 0, state);
  const full = await run({});
  const imageMissing = mainOf((await run({ image: "missing" })).joint);
  const textMissing = mainOf((await run({ text: "missing" })).joint);
  const joint = score(full.joint);
  const image = score(full.image);
  const text = score(full.text);
  const missing = (imageMissing + textMissing) / 2;
  return {
    full: joint.main,
    imageMissing,
    textMissing,
    missing,
    balanced: (joint.main + missing) / 2,
    experts: joint.loss + image.loss + text.loss,
    loss: joint.loss,
    image: image.main,
    text: text.main,
    imageLoss: image.loss,
    textLoss: text.loss,
    imageRight: image.right,
    textRight: text.right,
  };
}
