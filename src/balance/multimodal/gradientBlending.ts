/** @module Gradient Blending: losses weighted by how well they generalise. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import { combineGradients, usualTable } from "../combination.js";
import type { BalanceMethod, TrainingProgress } from "../method.js";

const options = z.strictObject({
  superEpoch: z.int().min(2).default(5).describe("epochs between two estimates of the weights"),
});

/** The three heads: their figures of validation and training loss, in the order of all weights. */
const HEADS = [
  { name: "task", validation: "loss", training: "train.loss.task" },
  { name: "image", validation: "imageLoss", training: "train.loss.image" },
  { name: "text", validation: "textLoss", training: "train.loss.text" },
] as const;

const EQUAL = { task: 1, image: 1, text: 1 };
// A loss that has not overfitted at all would get infinite weight.
const LEAST_OVERFITTING = 1e-3;

/**
 * Weights `G / O^2`, scaled to sum to 3: `G` is how much a head's validation loss fell over the last
 * super-epoch, `O` by how much more its training loss did. The first epoch is no part of a super-epoch:
 * nothing is measured before the training, so the first super-epoch starts at that epoch's end, and
 * each next one where the last one ended. Equal weights up to the first estimate, after `superEpoch + 1`
 * epochs, and where no head improved.
 */
export function blendingWeights(
  { epoch, history }: Pick<TrainingProgress, "epoch" | "history">,
  superEpoch: number,
): Record<(typeof HEADS)[number]["name"], number> {
  const last = Math.floor((epoch - 1) / superEpoch) * superEpoch;
  const [end, start] = [history[last], history[last - superEpoch]];
  if (!end || !start) return EQUAL;
  const raw = HEADS.map(({ validation, training }) => {
    const gain = start[validation]! - end[validation]!;
    const overfitting = gain - (start[training]! - end[training]!);
    return Math.max(gain, 0) / Math.max(Math.abs(overfitting), LEAST_OVERFITTING) ** 2;
  });
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return EQUAL;
  const [task, image, text] = raw.map((weight) => (HEADS.length * weight) / total) as [
    number,
    number,
    number,
  ];
  return { task, image, text };
}

/**
 * Gradient Blending: the task and the unimodal losses are weighted by their overfitting-to-
 * generalisation ratio, estimated anew after each super-epoch on the validation split. The paper
 * estimates it on copies trained apart; here it is read off the run itself, whose heads play the
 * copies' part, see {@link blendingWeights}.
 *
 * Source: Wang et al., "What Makes Training Multi-Modal Classification Networks Hard?", CVPR 2020,
 * proposition 1, Algorithm 2 (online).
 */
export const gradientBlending: BalanceMethod<z.infer<typeof options>> = {
  name: "gradient-blending",
  summary: "weighs the losses by how well they generalise",
  source: "Wang et al., CVPR 2020, Algorithm 2",
  differs: "estimated on the run itself, not on copies",
  options,
  metrics: {
    "weight.task": "weight of the task loss",
    "weight.*": "weights of the unimodal losses",
  },
  search: { superEpoch: [3, 5, 8] },
  build: ({ objectives, parameters, engine: engineOptions, control }) => {
    const { task, image, text } = objectives;
    const engine = new GradientEngine({ task, image, text }, parameters, engineOptions);
    const weights = { task: control("task"), image: control("image"), text: control("text") };
    return {
      gradients: combineGradients(engine, parameters, usualTable(weights)),
      metrics: {
        "loss.task": task,
        "loss.image": image,
        "loss.text": text,
        "weight.task": weights.task,
        "weight.image": weights.image,
        "weight.text": weights.text,
      },
    };
  },
  controls: (progress, { superEpoch }) => blendingWeights(progress, superEpoch),
};
