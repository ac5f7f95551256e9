/** @module Diagnosing and re-learning: encoders that overfit are reset towards their start. */

import { z } from "zod";

import { cast, greater, mul } from "../../graph/functions/elementwise.js";
import { mean } from "../../graph/functions/reduce.js";
import { bySide } from "../../model/network.js";
import { isShared } from "../../nn/parameters.js";
import type { BalanceMethod, TrainingProgress } from "../method.js";
import { rightDecisions, watchingPlan } from "../watching.js";
import type { Modality } from "../../data/dataset.js";

const options = z.strictObject({
  lambda: z.number().min(0).default(3).describe("how strongly a gap re-initialises"),
  every: z.int().min(1).default(8).describe("epochs between two re-initialisations"),
  times: z.int().min(0).default(2).describe("re-initialisations in all"),
});

type RelearningOptions = z.infer<typeof options>;

/** How many re-initialisations are due by an epoch. */
export const roundOf = (
  { epoch }: Pick<TrainingProgress, "epoch">,
  { every, times }: RelearningOptions,
): number => Math.min(times, Math.floor(epoch / every));

/**
 * How far a modality goes back at the last re-initialisation due: `tanh(lambda |P_train - P_val|)` with
 * the share of right decisions of its head in the epoch before.
 */
export function relearningStrength(
  side: Modality,
  progress: Pick<TrainingProgress, "epoch" | "history">,
  settings: RelearningOptions,
): number {
  const round = roundOf(progress, settings);
  if (round === 0) return 0;
  const figures = progress.history[round * settings.every - 1]!;
  const validation = figures[`${side}Right`]!;
  const gap = Math.abs(figures[`train.accuracy.${side}`]! - validation / 100);
  return Math.tanh(settings.lambda * gap);
}

/**
 * Diagnosing and re-learning: every few epochs each modality's encoder and embedding are softly
 * re-initialised, `theta <- w theta_0 + (1 - w) theta`, the more the better they separate training
 * samples than validation samples. Separability is the share of right decisions of the unimodal head,
 * which watches the embedding without changing it; the paper clusters the embeddings and takes their
 * purity. Multi-label (ours): the share over all labels. Any fusion. The way back is part of the first
 * update of an epoch, and AdamW's moments stay.
 *
 * Source: Wei et al., "Diagnosing and Re-learning for Balanced Multimodal Learning", ECCV 2024, section
 * 3.
 */
export const relearning: BalanceMethod<RelearningOptions> = {
  name: "relearning",
  summary: "every few epochs, resets encoders that overfit towards their initial weights",
  source: "Wei et al., ECCV 2024, section 3",
  differs: "separability is the heads' share of right decisions, not a clustering",
  options,
  metrics: {
    "accuracy.*": "share of right decisions of the head",
    "back.*":
      "how far the modality was reset towards its initial weights in this step, from 0 to 1",
  },
  search: { lambda: [1, 3], every: [5, 8] },
  build: (context) => {
    const { outputs, objectives, control, memory } = context;
    const round = control("round");
    const due = cast(greater(round, memory("round", [], 0)), "float32");
    const back = bySide((side) => mul(due, control(`back.${side}`)));
    const accuracy = bySide((side) => mean(rightDecisions(context, outputs[`${side}Logits`])));
    return {
      ...watchingPlan(context, objectives.task, {
        ...{ "accuracy.image": accuracy.image, "accuracy.text": accuracy.text },
        ...{ "back.image": back.image, "back.text": back.text },
      }),
      memory: { round },
      pull: (parameter) => {
        const { modality } = parameter;
        if (!isShared(parameter) || modality === "joint") return undefined;
        return { toward: "start", by: back[modality] };
      },
    };
  },
  controls: (progress, settings) => ({
    round: roundOf(progress, settings),
    "back.image": relearningStrength("image", progress, settings),
    "back.text": relearningStrength("text", progress, settings),
  }),
};
