/** @module Modality-aware answers to the split that they are fitted to: each sample's by a model of the others. */

import type { Answering } from "../balance/method.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { ALL_CASES, type AnyCase } from "../impairments/cases.js";
import { takeRowsOfEach } from "../tensors/take.js";
import type { LabelSpace } from "../model/config.js";
import { randomStream } from "../random.js";
import { thresholdRows } from "./decisions.js";
import { predictAware } from "./aware.js";
import type { Predictions } from "./scores/predictions.js";
import type { SplitLogits } from "./predictor.js";
import { type CaseLogits, fitAwareTo } from "./cases.js";

/** Parts that samples are cut into; each is answered by a model that is fitted to the others. */
const PARTS = 3;

/** Predictions to be filled in part by part. */
function emptyPredictions({ labelKind, classes }: LabelSpace, targets: Float32Array) {
  const empty = () => new Float32Array(targets.length);
  const thresholds = labelKind === "multi-label" ? { thresholds: empty() } : {};
  return { labelKind, classes, targets, probabilities: empty(), ...thresholds };
}

/** Answers of every case, as predictions with the thresholds that they are decided by. */
export type CaseAnswers = Readonly<Record<AnyCase, Predictions>>;

/**
 * Modality-aware answers to a validation split under every case. What they learn from that split
 * (temperatures, gate, thresholds) is learned for each third from the other two, so that their scores are
 * not of what they were fitted to.
 *
 * @param answering - Who answers input with both modalities.
 */
export async function crossFitted(
  { size, targets }: Pick<PreparedSplit, "size" | "targets">,
  logits: CaseLogits,
  labels: LabelSpace,
  answering?: Answering,
): Promise<CaseAnswers> {
  const order = randomStream(0, "cross-fitting").shuffle(Array(size).keys());
  const parts = Array.from({ length: PARTS }, (_, part) =>
    order.filter((__, at) => at % PARTS === part),
  );
  const answers = Object.fromEntries(
    ALL_CASES.map((name) => [name, emptyPredictions(labels, targets)]),
  ) as Record<AnyCase, ReturnType<typeof emptyPredictions>>;
  const perCase = (rows: readonly number[]): CaseLogits =>
    Object.fromEntries(
      ALL_CASES.map((name) => [name, takeRowsOfEach(logits[name], rows, size)]),
    ) as unknown as CaseLogits;
  for (const rows of parts) {
    const others = parts.filter((part) => part !== rows).flat();
    // With two samples or fewer there is nobody to learn from but the part itself.
    const seen = others.length > 0 ? others : rows;
    const own = takeRowsOfEach({ targets }, seen, size);
    const aware = await fitAwareTo(perCase(seen), own.targets, labels, answering);
    for (const name of ALL_CASES) {
      const asked: SplitLogits = takeRowsOfEach(logits[name], rows, size);
      const found = predictAware(aware, asked);
      const { classes } = labels;
      const thresholds = aware.thresholds && thresholdRows(aware.thresholds.aware, asked);
      rows.forEach((row, at) => {
        const part = [at * classes, (at + 1) * classes] as const;
        answers[name].probabilities.set(found.subarray(...part), row * classes);
        if (thresholds) answers[name].thresholds!.set(thresholds.subarray(...part), row * classes);
      });
    }
  }
  return answers;
}
