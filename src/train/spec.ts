/** @module The training step that settings ask for. */

import type { ConfiguredMethod } from "../balance/methods.js";
import type { LabelSpace, ModelConfig } from "../model/config.js";
import { constantPredictionLoss } from "../model/objectives.js";
import type { LossShape } from "../nn/losses.js";
import type { TrainConfig } from "./config.js";
import type { StepSpec } from "./step.js";

/** What a step is made for beside the settings of the training. */
export interface StepFor {
  readonly model: ModelConfig;
  readonly labels: LabelSpace;
  readonly method: ConfiguredMethod;
  /** Of the training split, `[samples, classes]`, 0 or 1. */
  readonly targets: Float32Array;
  /** See `lossShape`. */
  readonly loss: LossShape;
}

/** The training step of some settings. */
export const stepSpec = (
  config: TrainConfig,
  { model, labels, method, targets, loss }: StepFor,
): StepSpec => ({
  ...{ model, labels, method, loss },
  optimizer: config,
  clipNorm: config.clipNorm,
  seed: config.seed,
  priorLoss: constantPredictionLoss(targets, labels, loss),
  nominal: { batch: config.microBatch || config.batchSize },
  augment: config.augment,
  inParts: config.microBatch > 0,
});
