/** @module Linear companions: logistic regressions on the same frozen features, fitted beside the network. */

import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import { degradedRows } from "../prepare/degradations.js";
import { dropValues } from "../prepare/impair.js";
import type { PreparedDataset, PreparedSplit } from "../prepare/prepared.js";
import type { Tensor } from "../graph/tensor.js";
import { concat } from "../graph/functions/layout.js";
import type { ModelConfig, LabelSpace } from "../model/config.js";
import type { InputNetwork } from "../model/inputs.js";
import type { Sides } from "../model/network.js";
import { linear } from "../nn/layers.js";
import type { LossShape } from "../nn/losses.js";
import type { ParameterScope } from "../nn/parameters.js";
import { randomStream } from "../random.js";
import type { HostTensor } from "../graph/hostTensor.js";
import type { Runtime } from "../runtime/session.js";
import { eachRepresentation, type Representations } from "../train/representations.js";
import type { TrainingState } from "../train/step.js";
import { type Linear, Regression, type RegressionData } from "./regression.js";

/** Regressions on both modalities' features, on the image's and on the text's. */
export const COMPANIONS = ["linear", "linearImage", "linearText"] as const;

/** One of {@link COMPANIONS}. */
export type Companion = (typeof COMPANIONS)[number];

/** Scope of a companion's parameters among a model's. */
const SCOPE = "companion";

type FixedInput = InputNetwork & { readonly fixed: number };

/** A model whose features are fixed, so that regressions on them are possible. */
export type FrozenModel = ModelConfig & { readonly image: FixedInput; readonly text: FixedInput };

/**
 * What the companions of a model's features are fitted to, checked.
 *
 * @throws {ConfigError} where the features are not fixed, or only one modality is used.
 */
export function frozenModel(model: ModelConfig): FrozenModel {
  if (hasCompanions(model)) return model;
  if (model.modalities !== "both") {
    throw new ConfigError(
      `linear needs images and texts: the ${model.modalities}s alone are used.`,
      "Choose another method.",
    );
  }
  const sides = (["image", "text"] as const).filter((side) => model[side].fixed === undefined);
  throw new ConfigError(
    `linear needs fixed features of images and texts: the ${sides.join(" and ")} encoder${sides.length > 1 ? "s are" : " is"} trained.`,
    say`Give features, or frozen encoders with ${setting("model.image.encoder")} and ${setting("model.text.encoder")}; or choose another method.`,
  );
}

/** Whether a model has companions: it looks at both modalities, and the features of both are fixed. */
export const hasCompanions = (model: ModelConfig): model is FrozenModel =>
  model.image.fixed !== undefined && model.text.fixed !== undefined && model.modalities === "both";

/**
 * Logits of the companions, `[batch, classes]` each.
 *
 * @param features - What the embedding layers get, `[batch, size]` each.
 */
export function companionLogits(
  scope: ParameterScope,
  { image, text }: Sides,
  { classes }: LabelSpace,
): Record<Companion, Tensor> {
  const of = (name: Companion, x: Tensor): Tensor =>
    linear(scope.child(`${SCOPE}.${name}`), x, classes);
  return {
    linear: of("linear", concat([image, text], 1)),
    linearImage: of("linearImage", image),
    linearText: of("linearText", text),
  };
}

/**
 * Inverse strengths of the penalty that are tried, the strongest first, as scikit-learn's `C` on
 * standardised features divided by the root of their number, each modality's by its own.
 */
const INVERSE_STRENGTHS = [0.3, 1, 3, 10, 30, 100];

/** Training features beyond this are drawn by seed: a regression needs no more samples. */
const MOST_BYTES = 512 * 2 ** 20;

/** Noise on training texts: with how much, and which. */
export interface TextNoiseOptions {
  /** Probability that a token is dropped, `0..1`. */
  readonly drop: number;
  readonly seed: number;
}

/** A split with noisy texts: features that an encoder made of them, or its own with values dropped. */
function withNoise(split: PreparedSplit, { drop, seed }: TextNoiseOptions): PreparedSplit {
  const { texts } = split;
  if (texts.kind !== "features") throw new Error("internal: companions need features of texts.");
  const { row, degraded } = texts;
  const dropped = (at: number): Float32Array => {
    const values = row(at).slice();
    dropValues(values, drop, seed, at);
    return values;
  };
  return {
    ...split,
    texts: { ...texts, row: degraded ? degradedRows(degraded, { drop }) : dropped },
  };
}

/** A sample as a companion sees it: as it is, or with a noisy text. */
interface Seen {
  readonly row: number;
  readonly isNoisy: boolean;
}

/**
 * Samples that a companion sees: those that have its modality. The one on both sees those with a text once more
 * with noise: it can learn to rely on the image, which the text alone cannot.
 */
function seenBy(
  { size, imagePresent, textPresent }: PreparedSplit,
  name: Companion,
  noise: TextNoiseOptions | undefined,
): Seen[] {
  const all = [...Array(size).keys()];
  const present = name === "linearImage" ? imagePresent : textPresent;
  const rows = name === "linear" ? all : all.filter((row) => present[row]);
  const noisy = noise && name === "linear" ? all.filter((row) => textPresent[row]) : [];
  return [
    ...rows.map((row) => ({ row, isNoisy: false })),
    ...noisy.map((row) => ({ row, isNoisy: true })),
  ];
}

/** Lengths of a companion's features: 0 for a modality that it does not see. */
const widthsOf = ({ image, text }: FrozenModel, name: Companion) => ({
  image: name === "linearText" ? 0 : image.fixed,
  text: name === "linearImage" ? 0 : text.fixed,
});

/**
 * Factor of each feature of a companion: a modality of many numbers does not outweigh one of few, as one
 * penalty for all weights would have it. The mean squared factor is 1.
 */
function balanceOf(model: FrozenModel, name: Companion): Float64Array {
  const { image, text } = widthsOf(model, name);
  const share = (image + text) / (Number(image > 0) + Number(text > 0));
  const factors = new Float64Array(image + text);
  factors.fill(Math.sqrt(share / image), 0, image);
  return factors.fill(Math.sqrt(share / text), image);
}

/** What the regressions of a model are fitted to. */
interface Source {
  readonly runtime: Runtime;
  readonly model: FrozenModel;
  readonly labels: LabelSpace;
}

/**
 * Features of samples as the model's embedding layers get them, those of one companion side by side.
 *
 * @param rows - Positions in the split.
 * @param targetOf - Where the features of the sample at a place in `rows` are written.
 */
async function readFeatures(
  { runtime, model, labels }: Source,
  split: PreparedSplit,
  name: Companion,
  rows: readonly number[],
  targetOf: (place: number) => Float32Array,
): Promise<void> {
  const widths = widthsOf(model, name);
  const none = new Map<string, HostTensor>();
  await eachRepresentation(runtime, model, labels, none, split, rows, ({ image, text }, start) => {
    const samples = image.values.length / image.size;
    const row = ({ values, size }: Representations, at: number): Float32Array =>
      values.subarray(at * size, (at + 1) * size);
    for (let at = 0; at < samples; at++) {
      const target = targetOf(start + at);
      if (widths.image > 0) target.set(row(image, at));
      if (widths.text > 0) target.set(row(text, at), widths.image);
    }
  });
}

/** Features, balanced, and targets of a split for one companion. */
async function dataOf(
  source: Source,
  split: PreparedSplit,
  name: Companion,
  { most = Infinity, noise }: { readonly most?: number; readonly noise?: TextNoiseOptions } = {},
): Promise<RegressionData> {
  const factors = balanceOf(source.model, name);
  const width = factors.length;
  const all = seenBy(split, name, noise);
  const fitting = Math.floor(most / (4 * width));
  const seen =
    all.length > fitting ? randomStream(0, "companion", name).shuffle(all).slice(0, fitting) : all;
  const features = new Float32Array(seen.length * width);
  const targetOf = (at: number): Float32Array => features.subarray(at * width, (at + 1) * width);
  const read = async (from: PreparedSplit, places: readonly number[]): Promise<void> => {
    const rows = places.map((at) => seen[at]!.row);
    await readFeatures(source, from, name, rows, (place) => targetOf(places[place]!));
  };
  const places = [...seen.keys()];
  await read(
    split,
    places.filter((at) => !seen[at]!.isNoisy),
  );
  if (noise) {
    await read(
      withNoise(split, noise),
      places.filter((at) => seen[at]!.isNoisy),
    );
  }
  const { classes } = source.labels;
  const targets = new Float32Array(seen.length * classes);
  seen.forEach(({ row }, at) => {
    const target = targetOf(at);
    for (let i = 0; i < width; i++) target[i]! *= factors[i]!;
    targets.set(split.targets.subarray(row * classes, (row + 1) * classes), at * classes);
  });
  return { features, targets, samples: seen.length };
}

/**
 * The regression whose penalty is best on the validation split, by log-loss: from the strongest penalty on,
 * each starting where the one before ended, until the loss rises, or the time is up.
 */
async function fitCompanion(
  regression: Regression,
  train: RegressionData,
  validation: RegressionData,
  isTimeUp: () => boolean,
): Promise<Linear> {
  let best: Linear | undefined;
  let lowest = Infinity;
  let start: Linear | undefined;
  for (const strength of INVERSE_STRENGTHS) {
    const penalty = regression.size / (strength * train.samples);
    start = await regression.fit(train, penalty, start);
    const loss = await regression.loss(validation, start);
    if (loss >= lowest) break;
    [best, lowest] = [start, loss];
    if (isTimeUp()) break;
  }
  return best ?? start!;
}

/** How companions are fitted. */
export interface CompanionOptions {
  /** Class weights and label smoothing of the training, which are the companions' too; default: neither. */
  readonly shape?: LossShape;
  /** Seconds after which weaker penalties are not tried any more; default: all are. */
  readonly time?: number;
  /** Each training text is seen a second time with this noise; default: only as it is. */
  readonly noise?: TextNoiseOptions;
}

/**
 * Fits the companions of a model: L2-penalised logistic regressions on its features, for both modalities
 * and for each alone. They are what a model has to be better than, and where samples are few they know
 * what a network does not. The one on both is more robust to noisy texts where it is fitted to noisy copies of the
 * training texts, too.
 *
 * @returns Parameters by the names under which {@link companionLogits} looks for them.
 */
export async function fitCompanions(
  runtime: Runtime,
  { train, validation }: Pick<PreparedDataset, "train" | "validation">,
  model: FrozenModel,
  labels: LabelSpace,
  { shape, time = Infinity, noise }: CompanionOptions = {},
): Promise<TrainingState> {
  const start = performance.now();
  const isTimeUp = (): boolean => performance.now() - start > 1000 * time;
  const state = new Map<string, HostTensor>();
  const source = { runtime, model, labels };
  for (const name of COMPANIONS) {
    const data = await dataOf(source, train, name, {
      most: MOST_BYTES,
      ...(noise && { noise }),
    });
    const size = data.features.length / Math.max(1, data.samples);
    if (data.samples === 0) continue;
    const regression = await Regression.create(runtime, size, labels, shape);
    try {
      const judged = await dataOf(source, validation, name);
      const found = await fitCompanion(regression, data, judged, isTimeUp);
      const { classes } = labels;
      const prefix = `${SCOPE}.${name}`;
      const tensor = (data: Float32Array, ...shape: number[]): HostTensor => ({
        ...{ dtype: "float32", shape, data },
      });
      const factors = balanceOf(model, name);
      // The factors move into the weights: at prediction features are taken as they are.
      const weight = found.weight.map((value, at) => value * factors[Math.floor(at / classes)]!);
      state.set(`${prefix}.weight`, tensor(weight, size, classes));
      state.set(`${prefix}.bias`, tensor(found.bias, classes));
    } finally {
      await regression.release();
    }
  }
  return state;
}
