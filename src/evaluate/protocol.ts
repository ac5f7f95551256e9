/** @module The impairment protocol: full input, and each modality missing, noisy or wrong. */

import type { Answering } from "../balance/method.js";
import type { Score } from "../data/dataset.js";
import type { FurtherCases } from "../prepare/degradations.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import {
  ALL_CASES,
  type AnyCase,
  type Case,
  CASES,
  type Impairment,
  impairmentOf,
  type NoiseLevels,
  type WrongCase,
} from "../prepare/impair.js";
import { DataError } from "../errors.js";
import { say, setting } from "../message.js";
import type { LabelSpace } from "../model/config.js";
import type { TrainingState } from "../train/step.js";
import { type AwareModel, fitAware, type LabelledLogits, predictAware } from "./aware.js";
import { type CorruptionScores, measureCorruptions } from "./corruptions.js";
import { type LabelThresholds, thresholdRows } from "./decisions.js";
import { type ScoreInterval, scoreIntervals } from "./intervals.js";
import { confusionMatrix, type Scores, scorePredictions } from "./metrics.js";
import { type Predictions } from "./predictions.js";
import { measureNoise, type NoisePoint, type WayScores } from "./noiseCurve.js";
import type { Predictor, SplitLogits } from "./predictor.js";
import { toProbabilities } from "./probabilities.js";

/** One kind of impairment over both modalities. */
export interface ImpairedPair {
  /** Mean of the two impaired scores. */
  readonly average: number;
  /** Absolute difference of the two impaired scores, percentage points. */
  readonly gap: number;
}

/** Results of one way to predict. */
export interface ProtocolRow {
  readonly cases: Readonly<Record<Case, Scores>>;
  /** Main score of each case, percent. */
  readonly scores: Readonly<Record<Case, number>>;
  /**
   * 95 % bootstrap intervals of the main score over the samples, percent: how sure the scores are; `null` in results of
   * older versions.
   */
  readonly intervals: Readonly<Record<AnyCase, ScoreInterval>> | null;
  readonly missing: ImpairedPair;
  readonly noisy: ImpairedPair;
  /** Score with another sample's picture, and with another's text; `null` in results of older versions. */
  readonly wrong: (ImpairedPair & { readonly scores: Readonly<Record<WrongCase, number>> }) | null;
  /** Scores by the strength of noise; `null` where they were not measured. */
  readonly noiseCurve: readonly NoisePoint[] | null;
  /** Scores under the corruptions that were asked for; `null` where there were none. */
  readonly corruptions: readonly CorruptionScores[] | null;
  /** Cases that score above full input: the impaired modality does harm there. */
  readonly negativeTransfer: readonly Case[];
  /** Confusion matrix on full input, see `confusionMatrix`. */
  readonly confusion: readonly (readonly number[])[];
}

/** One point of the missing-ratio curve; scores in percent. */
export interface RatioPoint {
  readonly ratio: number;
  readonly imageMissing: number;
  readonly textMissing: number;
}

/** What each modality contributes to the main score, percentage points. */
export interface ShapleyValues {
  readonly image: number;
  readonly text: number;
}

/** Results of the protocol; plain JSON. */
export interface ProtocolResult {
  readonly split: string;
  readonly samples: number;
  readonly mainScore: Score;
  readonly noise: NoiseLevels;
  /**
   * The paper's measurement: the joint classifier, with blank inputs for what is missing. Labels of
   * multi-label data are decided for by thresholds from the validation split.
   */
  readonly protocol: ProtocolRow;
  /** The same with a threshold of 0.5, as published; `null` where no thresholds are needed. */
  readonly published: ProtocolRow | null;
  /** Modality-aware prediction on the same inputs. */
  readonly aware: ProtocolRow;
  readonly shapley: ShapleyValues;
  readonly ratios: readonly RatioPoint[];
}

/** How to run the protocol. */
export interface ProtocolOptions extends FurtherCases {
  readonly predictor: Predictor;
  readonly state?: TrainingState;
  readonly noise: NoiseLevels;
  /** Seed of noise and of the choice of impaired samples. */
  readonly seed: number;
  readonly mainScore: Score;
}

const RATIOS = [0, 0.25, 0.5, 0.75, 1];

function runCase(
  split: PreparedSplit,
  name: AnyCase,
  options: ProtocolOptions,
): Promise<SplitLogits> {
  const { predictor, state, noise, seed } = options;
  return predictor.runSplit(split, impairmentOf(name, noise), seed, state);
}

/** Logits of a split under every case. */
export type CaseLogits = Readonly<Record<AnyCase, SplitLogits>>;

/** Answers of a model's heads to a split, whole and impaired in every way. */
export async function runCases(
  split: PreparedSplit,
  options: ProtocolOptions,
): Promise<CaseLogits> {
  const logits = {} as Record<AnyCase, SplitLogits>;
  for (const name of ALL_CASES) logits[name] = await runCase(split, name, options);
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
      impaired: [
        labelled("image-noisy"),
        labelled("text-noisy"),
        labelled("image-wrong"),
        labelled("text-wrong"),
      ],
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

/**
 * The main score in percent.
 *
 * @throws {DataError} where it is not defined for the samples.
 */
export function percentOf(scores: Scores, main: Score): number {
  const value = scores[main];
  if (value !== null) return 100 * value;
  throw new DataError(
    `The score "${main}" is not defined: all samples of a split have the same label.`,
    say`Choose another with ${setting("evaluation.score")}.`,
  );
}

const pair = (image: number, text: number): ImpairedPair => ({
  average: (image + text) / 2,
  gap: Math.abs(image - text),
});

/** Probabilities, and what they must exceed where labels are decided for one by one. */
type Predict = (logits: SplitLogits) => Pick<Predictions, "probabilities" | "thresholds">;

/** What a row has beside the cases. */
type Further = Pick<ProtocolRow, "noiseCurve" | "corruptions">;

/** Intervals of the main score under every case. */
function intervalsOf(
  predictions: Readonly<Record<AnyCase, Predictions>>,
  { mainScore, seed }: ProtocolOptions,
): ProtocolRow["intervals"] {
  const all = ALL_CASES.map((name) => predictions[name]);
  const found = scoreIntervals(all, mainScore, seed);
  return Object.fromEntries(ALL_CASES.map((name, at) => [name, found[at]!])) as Record<
    AnyCase,
    ScoreInterval
  >;
}

function protocolRow(
  logits: Readonly<Record<AnyCase, SplitLogits>>,
  { targets }: PreparedSplit,
  predict: Predict,
  options: ProtocolOptions,
  further: Further,
): ProtocolRow {
  const { predictor, mainScore } = options;
  const { labelKind, classes } = predictor.labels;
  const predictions = Object.fromEntries(
    ALL_CASES.map((name) => [name, { labelKind, classes, ...predict(logits[name]), targets }]),
  ) as Record<AnyCase, Predictions>;
  const perCase = <T>(value: (name: Case) => T): Record<Case, T> =>
    Object.fromEntries(CASES.map((name) => [name, value(name)])) as Record<Case, T>;
  const cases = perCase((name) => scorePredictions(predictions[name]));
  const scores = perCase((name) => percentOf(cases[name], mainScore));
  const wrong = (name: WrongCase): number =>
    percentOf(scorePredictions(predictions[name]), mainScore);
  const wrongScores = { "image-wrong": wrong("image-wrong"), "text-wrong": wrong("text-wrong") };
  return {
    cases,
    scores,
    intervals: intervalsOf(predictions, options),
    missing: pair(scores["image-missing"], scores["text-missing"]),
    noisy: pair(scores["image-noisy"], scores["text-noisy"]),
    wrong: {
      ...pair(wrongScores["image-wrong"], wrongScores["text-wrong"]),
      scores: wrongScores,
    },
    ...further,
    negativeTransfer: CASES.filter((name) => scores[name] > scores.full),
    confusion: confusionMatrix(predictions.full),
  };
}

/** The main score of the joint classifier under an impairment. */
async function impairedScore(
  split: PreparedSplit,
  impairment: Impairment,
  predict: Predict,
  { predictor, state, seed, mainScore }: ProtocolOptions,
): Promise<number> {
  const { labelKind, classes } = predictor.labels;
  const logits = await predictor.runSplit(split, impairment, seed, state);
  const scores = scorePredictions({
    labelKind,
    classes,
    ...predict(logits),
    targets: split.targets,
  });
  return percentOf(scores, mainScore);
}

async function ratioPoint(
  split: PreparedSplit,
  ratio: number,
  { scores }: ProtocolRow,
  predict: Predict,
  options: ProtocolOptions,
): Promise<RatioPoint> {
  if (ratio === 0) return { ratio, imageMissing: scores.full, textMissing: scores.full };
  if (ratio === 1) {
    return { ratio, imageMissing: scores["image-missing"], textMissing: scores["text-missing"] };
  }
  const score = (missing: Impairment): Promise<number> =>
    impairedScore(split, { ...missing, ratio }, predict, options);
  return {
    ratio,
    imageMissing: await score({ image: "missing" }),
    textMissing: await score({ text: "missing" }),
  };
}

/**
 * Shapley value of each modality for the main score, percentage points: what it adds on average
 * over the orders in which the two could be given. An absent modality is the blank input.
 *
 * Source: BalanceBenchmark (arXiv 2502.10816), section 3.3.
 */
async function shapleyValues(
  split: PreparedSplit,
  { scores }: ProtocolRow,
  predict: Predict,
  options: ProtocolOptions,
): Promise<ShapleyValues> {
  const nothing = { image: "missing", text: "missing" } as const;
  const empty = await impairedScore(split, nothing, predict, options);
  const [image, text] = [scores["text-missing"], scores["image-missing"]];
  return {
    image: (image - empty + scores.full - text) / 2,
    text: (text - empty + scores.full - image) / 2,
  };
}

/** Measures what is asked for beside the cases, for all ways to answer at once. */
async function measureFurther(
  split: PreparedSplit,
  logits: Readonly<Record<Case, SplitLogits>>,
  ways: Readonly<Record<string, Predict>>,
  options: ProtocolOptions,
): Promise<(way: string) => Further> {
  const { predictor, state, noise, seed, mainScore, noiseCurve, corruptions = [] } = options;
  const { labelKind, classes } = predictor.labels;
  const { targets } = split;
  const scoresOf = (found: SplitLogits): WayScores =>
    Object.fromEntries(
      Object.entries(ways).map(([way, predict]) => {
        const scores = scorePredictions({ labelKind, classes, ...predict(found), targets });
        return [way, percentOf(scores, mainScore)] as const;
      }),
    );
  const measure = async (impairment: Impairment): Promise<WayScores> =>
    scoresOf(await predictor.runSplit(split, impairment, seed, state));
  const { images, texts } = split;
  // Features of noise at other strengths have to be made by an encoder, so they must be asked for.
  const isFree = !images.degraded && !(texts.kind === "features" && texts.degraded);
  const curveOf =
    (noiseCurve ?? isFree)
      ? await measureNoise(measure, noise, {
          image: scoresOf(logits["image-noisy"]),
          text: scoresOf(logits["text-noisy"]),
        })
      : null;
  const corruptionsOf =
    corruptions.length > 0 ? await measureCorruptions(measure, corruptions) : null;
  return (way) => ({
    noiseCurve: curveOf && curveOf(way),
    corruptions: corruptionsOf && corruptionsOf(way),
  });
}

/**
 * Runs the protocol on a split.
 *
 * Source of the cases, averages and gaps: Kwon et al., NAACL 2025, section 4.1; the curve over the
 * missing ratio is its figure 4.
 *
 * @param aware - Fitted on the validation split with {@link fitAwareOn}.
 */
export async function runProtocol(
  split: PreparedSplit,
  name: string,
  aware: AwareModel,
  options: ProtocolOptions,
): Promise<ProtocolResult> {
  const { labelKind, classes } = options.predictor.labels;
  const logits = await runCases(split, options);
  const decided = (
    probabilities: Float32Array,
    thresholds: LabelThresholds | undefined,
    heads: SplitLogits,
  ): ReturnType<Predict> => ({
    probabilities,
    ...(thresholds && { thresholds: thresholdRows(thresholds, heads) }),
  });
  const { thresholds } = aware;
  const probabilitiesOf = ({ joint }: SplitLogits) => toProbabilities(joint, classes, labelKind);
  const predictJoint: Predict = (heads) =>
    decided(probabilitiesOf(heads), thresholds?.joint, heads);
  const predictPublished: Predict = (heads) => ({ probabilities: probabilitiesOf(heads) });
  const predictMixture: Predict = (heads) =>
    decided(predictAware(aware, heads), thresholds?.aware, heads);
  const ways = {
    protocol: predictJoint,
    aware: predictMixture,
    ...(thresholds && { published: predictPublished }),
  };
  const further = await measureFurther(split, logits, ways, options);
  const rowOf = (way: string, predict: Predict): ProtocolRow =>
    protocolRow(logits, split, predict, options, further(way));
  const protocol = rowOf("protocol", predictJoint);
  const ratios: RatioPoint[] = [];
  for (const ratio of RATIOS) {
    ratios.push(await ratioPoint(split, ratio, protocol, predictJoint, options));
  }
  return {
    split: name,
    samples: split.size,
    mainScore: options.mainScore,
    noise: options.noise,
    protocol,
    published: thresholds && rowOf("published", predictPublished),
    shapley: await shapleyValues(split, protocol, predictJoint, options),
    aware: rowOf("aware", predictMixture),
    ratios,
  };
}
