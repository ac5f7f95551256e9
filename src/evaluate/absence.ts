/** @module What the absence of a modality costs: for a share of the samples, and as Shapley values. */

import type { Impaired } from "../impairments/impairment.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import type { ProtocolOptions } from "./cases.js";
import { mainPercentOf } from "./scores/metrics.js";
import type { ProtocolRow, RatioPoint, ShapleyValues } from "./result.js";
import type { Predict } from "./row.js";

/** The main score of the joint classifier under an impairment. */
async function impairedScore(
  split: PreparedSplit,
  impaired: Impaired,
  predict: Predict,
  { predictor, state, seed, mainScore }: ProtocolOptions,
): Promise<number> {
  const { labelKind, classes } = predictor.labels;
  const logits = await predictor.runSplit(split, impaired, seed, state);
  const { targets } = split;
  return mainPercentOf({ labelKind, classes, ...predict(logits), targets }, mainScore);
}

/** Scores where a share of the samples misses a modality. */
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
  const score = (missing: Impaired): Promise<number> =>
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
export async function shapleyValues(
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

const RATIOS = [0, 0.25, 0.5, 0.75, 1];

/**
 * The curve over the share of samples that miss a modality.
 *
 * Source: Kwon et al., NAACL 2025, figure 4.
 */
export async function ratioCurve(
  split: PreparedSplit,
  row: ProtocolRow,
  predict: Predict,
  options: ProtocolOptions,
): Promise<RatioPoint[]> {
  const points: RatioPoint[] = [];
  for (const ratio of RATIOS) points.push(await ratioPoint(split, ratio, row, predict, options));
  return points;
}
