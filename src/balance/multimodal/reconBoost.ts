/** @module ReconBoost: modalities take turns as boosting learners, each on what the other leaves. */

import { z } from "zod";

import { add, mul, softmax, square, stopGradient, sub } from "../../graph/functions/elementwise.js";
import { mean, sum } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import type { ClassificationLosses } from "../../nn/losses.js";
import type { BalanceMethod, TrainingProgress } from "../method.js";
import { ADDITIVE, singleLabelOnly } from "../supports.js";
import { additiveShares, watchingPlan } from "../watching.js";

const options = z.strictObject({
  stage: z.int().min(1).default(1).describe("epochs of each turn and of each rectification"),
  own: z.number().min(0).default(5).describe("weight of a learner's own cross-entropy"),
  residual: z
    .number()
    .min(0)
    .default(1)
    .describe("how much of it is taken off where the other modality is right already"),
  agreement: z.number().min(0).default(0.5).describe("weight of agreeing with the other modality"),
});

type ReconBoostOptions = z.infer<typeof options>;

/** The turns of a cycle: each modality, and after it the rectification of the whole. */
const TURNS = ["image", "joint", "text", "joint"] as const;

/** Whose turn an epoch is. */
export function turnOf({ epoch }: Pick<TrainingProgress, "epoch">, stage: number) {
  return TURNS[Math.floor(epoch / stage) % TURNS.length]!;
}

/**
 * Loss of one learner: `(own - residual p_other(y)) CE(p, y) + agreement |p - p_other|^2 / classes`,
 * mean over the batch; the other modality takes no gradient.
 *
 * @param logits - The learner's, `[batch, classes]`.
 */
export function boostingLoss(
  logits: Tensor,
  other: Tensor,
  targets: Tensor,
  weights: Omit<ReconBoostOptions, "stage">,
  losses: Pick<ClassificationLosses, "crossEntropy" | "mean">,
): Tensor {
  const known = stopGradient(softmax(other));
  const left = sub(weights.own, mul(sum(mul(targets, known), { axes: [-1] }), weights.residual));
  const fit = losses.mean(mul(left, losses.crossEntropy(logits, targets)), targets);
  const agreement = mean(square(sub(softmax(logits), known)));
  return add(fit, mul(agreement, weights.agreement));
}

/**
 * ReconBoost: in turns of whole epochs one modality's share of the joint logits is trained on what
 * the other leaves unexplained; after each turn the joint model is rectified by the task loss. The
 * released code detaches both sides of the agreement term, which leaves it without effect; here the
 * learner follows it. Additive fusions and single-label data.
 *
 * Source: Hua et al., "ReconBoost: Boosting Can Achieve Modality Reconcilement", ICML 2024, section 4.
 */
export const reconBoost: BalanceMethod<ReconBoostOptions> = {
  name: "recon-boost",
  summary: "modalities take turns as boosting learners, then the whole is rectified",
  source: "Hua et al., ICML 2024, section 4",
  differs: "the agreement term has a gradient",
  options,
  metrics: { "turn.*": "1 in epochs that train the modality's share of the logits" },
  search: { stage: [1, 2], agreement: [0, 0.5] },
  supports: singleLabelOnly("it boosts on the probability of one true class", ADDITIVE),
  build: (context, settings) => {
    const { objectives, inputs, losses, control } = context;
    const { image, text } = additiveShares(context);
    const turns = { image: control("image"), text: control("text"), joint: control("joint") };
    const { targets } = inputs;
    const learners = add(
      mul(boostingLoss(image, text, targets, settings, losses), turns.image),
      mul(boostingLoss(text, image, targets, settings, losses), turns.text),
    );
    const loss = add(learners, mul(objectives.task, turns.joint));
    return watchingPlan(context, loss, { "turn.image": turns.image, "turn.text": turns.text });
  },
  controls: (progress, { stage }) => {
    const turn = turnOf(progress, stage);
    const on = (name: (typeof TURNS)[number]): number => Number(turn === name);
    return { image: on("image"), text: on("text"), joint: on("joint") };
  },
};
