/** @module Answers of a model to a split, whole and impaired in every way, and what learns from them. */

import type { Answering } from "../balance/method.js";
import type { Score } from "../data/dataset.js";
import { type AnyCase, casesOf, impairedCases } from "../impairments/cases.js";
import type { FurtherCases } from "../impairments/further.js";
import type { NoiseLevels } from "../impairments/impairment.js";
import { IMPAIRMENTS } from "../impairments/list.js";
import type { LabelSpace } from "../model/config.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import type { TrainingState } from "../train/step.js";
import { type AwareModel, fitAware, type LabelledLogits } from "./aware.js";
import type { Predictor, SplitLogits } from "./predictor.js";

/** How to run the protocol. */
export interface ProtocolOptions extends FurtherCases {
  readonly predictor: Predictor;
  readonly state?: TrainingState;
  readonly noise: NoiseLevels;
  /** Seed of noise and of the choice of impaired samples. */
  readonly seed: number;
  readonly mainScore: Score;
}

/** Logits of a split under every case. */
export type CaseLogits = Readonly<Record<AnyCase, SplitLogits>>;

/** Answers of a model's heads to a split, whole and impaired in every way. */
export async function runCases(
  split: PreparedSplit,
  { predictor, state, noise, seed }: ProtocolOptions,
): Promise<CaseLogits> {
  const logits = {} as Record<AnyCase, SplitLogits>;
  for (const [name, impaired] of impairedCases(noise)) {
    logits[name] = await predictor.runSplit(split, impaired, seed, state);
  }
  return logits;
}

/**
 * Fits modality-aware prediction to logits; see {@link fitAware}.
 *
 * @param targets - `[samples, classes]`, 0 or 1.
 */
export function fitAwareTo(
  logits: CaseLogits,
  targets: Float32Array,
  { labelKind, classes }: LabelSpace,
  answering?: Answering,
): Promise<AwareModel> {
  const labelled = (name: AnyCase): LabelledLogits => ({ logits: logits[name], targets });
  return fitAware(
    {
      full: labelled("full"),
      imageMissing: labelled("image-missing"),
      textMissing: labelled("text-missing"),
      impaired: IMPAIRMENTS.filter(({ isLearned }) => isLearned).flatMap(({ name }) =>
        casesOf(name).map(labelled),
      ),
    },
    classes,
    labelKind,
    answering,
  );
}

/** Fits modality-aware prediction to the validation split; see {@link fitAware}. */
export async function fitAwareOn(
  validation: PreparedSplit,
  options: ProtocolOptions,
  answering?: Answering,
): Promise<AwareModel> {
  const logits = await runCases(validation, options);
  return fitAwareTo(logits, validation.targets, options.predictor.labels, answering);
}
