/** @module What a model predicted for some samples, beside the truth. */

import type { LabelKind } from "../../data/dataset.js";

/** Predicted probabilities and truth, row-major `[samples, classes]`. */
export interface Predictions {
  readonly labelKind: LabelKind;
  readonly classes: number;
  /** Probabilities; rows sum to 1 for single-label data. */
  readonly probabilities: Float32Array;
  /** 0 or 1. */
  readonly targets: Float32Array;
  /** Multi-label: what each probability must exceed to be decided for, `[samples, classes]`; default 0.5. */
  readonly thresholds?: Float32Array;
}
