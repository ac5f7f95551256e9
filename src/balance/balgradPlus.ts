/** @module What works best: modality dropout by dominance, with BalGrad's parts to add. */

import { z } from "zod";

import {
  add,
  div,
  maximum,
  minimum,
  mul,
  stopGradient,
  sub,
} from "../graph/functions/elementwise.js";
import type { Tensor } from "../graph/tensor.js";
import { balgradOptions, balgradPlan } from "./balgrad.js";
import type { BalanceContext, BalanceMethod } from "./method.js";
import { droppedLogits } from "./remedies/modalityDropout.js";
import { STATUSES } from "./status.js";
import { taskLoss, watchingPlan } from "./watching.js";

const options = balgradOptions.extend({
  lambda: z.number().min(0).default(0).describe("strength of the KL gradients; 0: none"),
  status: z.enum(STATUSES).default("progress").describe("how the modalities' learning is measured"),
  unimodal: z
    .number()
    .min(0)
    .default(0)
    .describe("weight of the unimodal losses over encoders and embeddings"),
  drop: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.3)
    .describe("mean probability that a sample's image, and that its text, is blanked"),
  schedule: z
    .enum(["dominance", "even"])
    .default("dominance")
    .describe("blank the modality that has learned more, more often; or both alike"),
});

/** Options of {@link balgradPlus}. */
export type BalgradPlusOptions = z.infer<typeof options>;

// Share of the present step in the running measure of what a modality has learned.
const MOMENTUM = 0.02;
const TINY = 1e-6;
const MOST_DROPPED = 0.5;

/** Running measure of learning over chance, in `[0, 1]`, and its next value. */
function progressOf(
  { memory, objectives }: BalanceContext,
  side: "image" | "text",
): { now: Tensor; next: Tensor } {
  const now = memory(`progress.${side}`, [], 0);
  const learned = maximum(sub(1, div(stopGradient(objectives[side]), objectives.prior())), 0);
  return { now, next: add(mul(now, 1 - MOMENTUM), mul(learned, MOMENTUM)) };
}

/**
 * BalGrad's question, which modality has learned more, answered by modality dropout.
 *
 * The joint classifier also sees blank inputs in training: some samples lose their image, others
 * their text. With the schedule `dominance` the probabilities, `2 drop s_m / (s_v + s_l)` at most one
 * half, follow what each modality has learned over chance (BalGrad's status `progress`), so that the
 * classifier practises most without the modality that it would lean on.
 *
 * BalGrad's KL gradients (`lambda`) and unimodal losses (`unimodal`) can be added, and a learned
 * embedding can stand for a missing modality (`model.blank = "learned"`). All three are off by
 * default: chosen on validation splits, see `docs/results.md`.
 *
 * Source: ours, on Kwon et al., NAACL 2025, and Neverova et al., TPAMI 2016.
 */
export const balgradPlus: BalanceMethod<BalgradPlusOptions> = {
  name: "balgrad-plus",
  summary: "modality dropout scheduled by what each modality has learned, with BalGrad's parts",
  source: "ours, on Kwon et al., NAACL 2025",
  options,
  search: { drop: [0.15, 0.25, 0.35], lambda: [0, 0.1, 1], unimodal: [0, 0.1, 1] },
  build: (context, settings) => {
    const { drop, schedule, unimodal, lambda } = settings;
    const sides = { image: progressOf(context, "image"), text: progressOf(context, "text") };
    const total = add(add(sides.image.now, sides.text.now), TINY);
    const probability = (side: "image" | "text"): Tensor => {
      const scheduled = div(mul(add(sides[side].now, TINY / 2), 2 * drop), total);
      return schedule === "even" ? context.graph.scalar(drop) : minimum(scheduled, MOST_DROPPED);
    };
    const [image, text] = [probability("image"), probability("text")];
    const task = taskLoss(context, droppedLogits(context, image, text));
    const objectives = { ...context.objectives, task };
    const plan =
      lambda === 0 && unimodal === 0
        ? watchingPlan({ ...context, objectives }, task)
        : balgradPlan({ ...context, objectives }, settings, unimodal);
    return {
      ...plan,
      metrics: { ...plan.metrics, "drop.image": image, "drop.text": text },
      memory: { "progress.image": sides.image.next, "progress.text": sides.text.next },
    };
  },
};
