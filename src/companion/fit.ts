/** @module Fits linear companions: the penalty that is best on the validation split. */

import type { HostTensor } from "../graph/hostTensor.js";
import type { LabelSpace, ModelConfig } from "../model/config.js";
import type { LossShape } from "../nn/losses.js";
import type { PreparedDataset } from "../prepare/prepared.js";
import { randomStream } from "../random.js";
import type { Runtime } from "../runtime/session.js";
import { takeRows } from "../tensors/take.js";
import type { TrainingState } from "../train/step.js";
import { COMPANIONS, linearViews, scopeOf } from "./companions.js";
import {
  centred,
  type CentredData,
  type Linear,
  Regression,
  type RegressionData,
} from "./regression.js";
import {
  columnsOf,
  companionData,
  type Source,
  squaredLengthOf,
  type TextNoiseOptions,
  wholeWeight,
} from "./samples.js";

/**
 * Inverse strengths of the penalty that may be tried, the strongest first, as scikit-learn's `C` on
 * features of mean squared length 1.
 */
const INVERSE_STRENGTHS = [0.3, 1, 3, 10, 30, 100, 300];
/** The one that is tried first: good values are on both sides of it. */
const FIRST = 10;

/** Training samples are drawn by seed where the features of a companion take more: it needs no more samples. */
const MOST_BYTES = 512 * 2 ** 20;

/** Samples that a penalty is chosen with, where there are more than twice as many: the choice needs fewer than the fit. */
const CHOOSING = 8192;

/** What a companion is fitted with and judged by. */
interface Fitting {
  readonly regression: Regression;
  readonly validation: RegressionData;
  /** Mean squared length of a sample. */
  readonly squaredLength: number;
  readonly isTimeUp: () => boolean;
}

/** The penalty of an inverse strength. */
const penaltyOf = ({ squaredLength }: Fitting, strength: number, samples: number): number =>
  squaredLength / (strength * samples);

/**
 * The penalty that is best on the validation split, by log-loss, and its regression: weaker penalties are tried as long
 * as the loss falls, then stronger ones, each from the best one so far, or until the time is up.
 */
async function searchPenalty(train: CentredData, fitting: Fitting) {
  const { regression, validation, isTimeUp } = fitting;
  const tried = async (strength: number, from?: Linear) => {
    const found = await regression.fit(train, penaltyOf(fitting, strength, train.samples), from);
    return { strength, found, loss: await regression.loss(validation, found) };
  };
  let best = await tried(FIRST);
  const weaker = INVERSE_STRENGTHS.filter((strength) => strength > FIRST);
  const stronger = INVERSE_STRENGTHS.filter((strength) => strength < FIRST).toReversed();
  for (const direction of [weaker, stronger]) {
    const before = best;
    for (const strength of direction) {
      if (isTimeUp()) return best;
      const next = await tried(strength, best.found);
      // A loss that is no number is no better.
      if (!(next.loss < best.loss)) break;
      best = next;
    }
    // The loss has one minimum: where weaker penalties are better, stronger ones are not.
    if (best !== before) break;
  }
  return best;
}

/** Some samples, drawn by seed. */
function drawn({ features, targets, samples }: RegressionData, count: number): RegressionData {
  const rows = randomStream(0, "penalty").shuffle(Array(samples).keys()).slice(0, count);
  const of = (values: Float32Array) => takeRows(values, rows, values.length / samples);
  return { features: of(features), targets: of(targets), samples: rows.length };
}

/** The regression of the best penalty; see {@link searchPenalty}. */
async function fitCompanion(data: RegressionData, fitting: Fitting): Promise<Linear> {
  if (data.samples <= 2 * CHOOSING) return (await searchPenalty(centred(data), fitting)).found;
  const { strength, found } = await searchPenalty(centred(drawn(data, CHOOSING)), fitting);
  const penalty = penaltyOf(fitting, strength, data.samples);
  return fitting.regression.fit(centred(data), penalty, found);
}

/** How companions are fitted. */
export interface CompanionOptions {
  /** Class weights and label smoothing of the training, which are the companions' too; default: neither. */
  readonly shape?: LossShape;
  /** Seconds after which no further penalty is tried; default: no limit. */
  readonly time?: number;
  /** Each training text is seen a second time with this noise; default: only as it is. */
  readonly noise?: TextNoiseOptions;
}

/**
 * Fits the companions of a model: L2-penalised logistic regressions on its features or descriptors, for both modalities
 * and for each alone. They are what a model has to be better than, and where samples are few they know
 * what a network does not. The one on both is more robust to noisy texts where it is fitted to noisy copies of the
 * training texts, too.
 *
 * @throws {ConfigError} where the model has none, see {@link linearViews}.
 * @returns Parameters by the names under which {@link companionLogits} looks for them.
 */
export async function fitCompanions(
  runtime: Runtime,
  { train, validation }: Pick<PreparedDataset, "train" | "validation">,
  model: ModelConfig,
  labels: LabelSpace,
  { shape, time = Infinity, noise }: CompanionOptions = {},
): Promise<TrainingState> {
  const start = performance.now();
  const isTimeUp = (): boolean => performance.now() - start > 1000 * time;
  const state = new Map<string, HostTensor>();
  const source: Source = { runtime, model, labels, views: linearViews(model) };
  const columns = columnsOf(source, train);
  const fitted = await companionData(source, train, columns, { most: MOST_BYTES, noise });
  const judging = await companionData(source, validation, columns);
  for (const name of COMPANIONS) {
    const data = fitted[name];
    if (data.samples === 0) continue;
    const size = data.features.length / data.samples;
    const regression = await Regression.create(runtime, size, labels, shape);
    try {
      const squaredLength = squaredLengthOf(source, name);
      const fitting = { regression, validation: judging[name], squaredLength, isTimeUp };
      const found = await fitCompanion(data, fitting);
      const { classes } = labels;
      const prefix = scopeOf(name);
      const tensor = (data: Float32Array, ...shape: number[]): HostTensor => ({
        ...{ dtype: "float32", shape, data },
      });
      const weight = wholeWeight(source, columns, name, found.weight);
      state.set(`${prefix}.weight`, tensor(weight, weight.length / classes, classes));
      state.set(`${prefix}.bias`, tensor(found.bias, classes));
    } finally {
      await regression.release();
    }
  }
  return state;
}
