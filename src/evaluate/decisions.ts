/** @module Which labels a multi-label model decides for: thresholds per label and presence of the modalities. */

import type { LabelKind } from "../data/dataset.js";
import { labelThresholds } from "../decide/thresholds.js";
import { type Presence, presenceOf } from "./presence.js";
import type { SplitLogits } from "./predictor.js";
import { toProbabilities } from "./scores/probabilities.js";

/** Thresholds of each label, `[classes]`, for each presence of the modalities; plain JSON. */
export type LabelThresholds = Readonly<Record<Presence, readonly number[]>>;

/** A calibrated probability as the head gives it before its temperature. */
const uncalibrated = (threshold: number, temperature: number): number =>
  1 / (1 + ((1 - threshold) / threshold) ** temperature);

/**
 * Thresholds for a head's own probabilities (temperature 1), found on its calibrated ones; `null` for
 * single-label data, where the likeliest class is decided for.
 *
 * @param logits - `[samples, classes]`.
 * @param targets - `[samples, classes]`, 0 or 1.
 */
export function headThresholds(
  logits: Float32Array,
  targets: Float32Array,
  classes: number,
  labelKind: LabelKind,
  temperature: number,
): number[] | null {
  if (labelKind === "single-label") return null;
  const probabilities = toProbabilities(logits, classes, labelKind, temperature);
  return labelThresholds(probabilities, targets, classes).map((threshold) =>
    uncalibrated(threshold, temperature),
  );
}

/** The threshold of every probability, `[samples, classes]`, by what each sample has. */
export function thresholdRows(
  thresholds: LabelThresholds,
  { imagePresent, textPresent }: Pick<SplitLogits, "imagePresent" | "textPresent">,
): Float32Array {
  const { length: classes } = thresholds.both;
  const rows = new Float32Array(imagePresent.length * classes);
  imagePresent.forEach((present, row) => {
    rows.set(thresholds[presenceOf(present, textPresent[row]!)], row * classes);
  });
  return rows;
}
