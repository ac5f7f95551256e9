/** @module Scores of one way to predict, under every case. */

import {
  ALL_CASES,
  type AnyCase,
  type Case,
  CASES,
  casesOf,
  OWN_IMPAIRMENTS,
  type OwnImpairment,
  RESULT_IMPAIRMENTS,
} from "../impairments/cases.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import type { ProtocolOptions } from "./cases.js";
import { type ScoreInterval, scoreIntervals } from "./scores/intervals.js";
import { confusionMatrix, mainPercentOf, percentOf, scorePredictions } from "./scores/metrics.js";
import type { Predictions } from "./scores/predictions.js";
import type { SplitLogits } from "./predictor.js";
import type { ImpairedPair, OwnPair, ProtocolRow } from "./result.js";

const pair = (image: number, text: number): ImpairedPair => ({
  average: (image + text) / 2,
  gap: Math.abs(image - text),
});

/** An entry for each of some impairments. */
const byImpairment = <N extends string, T>(
  impairments: readonly { readonly name: N }[],
  entry: (name: N) => T,
): Record<N, T> =>
  Object.fromEntries(impairments.map(({ name }) => [name, entry(name)])) as Record<N, T>;

/** Probabilities, and what they must exceed where labels are decided for one by one. */
export type Predict = (logits: SplitLogits) => Pick<Predictions, "probabilities" | "thresholds">;

/** What a row has beside the cases. */
export type Further = Pick<ProtocolRow, "noiseCurve" | "corruptions">;

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

/** Scores of one way to predict. */
export function protocolRow(
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
  const pairs = byImpairment(RESULT_IMPAIRMENTS, (name): ImpairedPair => {
    const [image, text] = casesOf(name);
    return pair(scores[image], scores[text]);
  });
  const own = byImpairment(OWN_IMPAIRMENTS, (name): OwnPair<OwnImpairment> => {
    const found = casesOf(name).map(
      (one) => [one, mainPercentOf(predictions[one], mainScore)] as const,
    );
    const byCase = Object.fromEntries(found) as OwnPair<OwnImpairment>["scores"];
    return { ...pair(found[0]![1], found[1]![1]), scores: byCase };
  });
  return {
    cases,
    scores,
    intervals: intervalsOf(predictions, options),
    ...pairs,
    ...own,
    ...further,
    negativeTransfer: CASES.filter((name) => scores[name] > scores.full),
    confusion: confusionMatrix(predictions.full),
  };
}
