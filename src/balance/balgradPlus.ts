/** @module BalGrad and a prediction that knows which head to trust. */

import { z } from "zod";

import { add, div, minimum, mul, stopGradient } from "../graph/functions/elementwise.js";
import type { Tensor } from "../graph/tensor.js";
import { bySide } from "../model/network.js";
import { balgradOptions, balgradPlan, BALGRAD_METRICS } from "./balgrad.js";
import type { BalanceContext, BalanceMethod } from "./method.js";
import { droppedLogits } from "./remedies/modalityDropout.js";
import { learnedOverChance, STATUSES } from "./status.js";
import type { Modality } from "../data/dataset.js";

const options = balgradOptions.extend({
  unimodal: z
    .number()
    .min(0)
    .default(1)
    .describe("weight of the unimodal losses over encoders and embeddings"),
  drop: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
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
  side: Modality,
): { now: Tensor; next: Tensor } {
  const now = memory(`progress.${side}`, [], 0);
  const learned = learnedOverChance(stopGradient(objectives[side]), objectives.prior());
  return { now, next: add(mul(now, 1 - MOMENTUM), mul(learned, MOMENTUM)) };
}

/** Probabilities of modality dropout, what they are computed from at the next step, and the task loss. */
function dropout(context: BalanceContext, { drop, schedule }: BalgradPlusOptions) {
  const sides = bySide((side) => progressOf(context, side));
  const total = add(add(sides.image.now, sides.text.now), TINY);
  const { image, text } = bySide((side) => {
    const scheduled = div(mul(add(sides[side].now, TINY / 2), 2 * drop), total);
    return schedule === "even" ? context.graph.scalar(drop) : minimum(scheduled, MOST_DROPPED);
  });
  return {
    task: context.lossFor(droppedLogits(context, image, text)),
    metrics: { "drop.image": image, "drop.text": text },
    memory: { "progress.image": sides.image.next, "progress.text": sides.text.next },
  };
}

/**
 * BalGrad, and a prediction that knows which head to trust: where one modality is blank, the other
 * modality's head answers (`model.blank = "head"`), which BalGrad's unimodal losses and KL gradients
 * have trained. The paper's protocol, blank inputs through the joint model, measures it as it is.
 *
 * Modality dropout can be added: with `drop` above 0 some samples lose their image, others their
 * text. With the schedule `dominance` the probabilities, `2 drop s_m / (s_v + s_l)` at most one half,
 * follow what each modality has learned over chance (BalGrad's status `progress`). It is off by
 * default, as is a learned blank embedding (`model.blank = "learned"`): chosen on validation splits,
 * see `docs/results.md`.
 *
 * Source: ours, on Kwon et al., NAACL 2025, and Neverova et al., TPAMI 2016.
 */
export const balgradPlus: BalanceMethod<BalgradPlusOptions> = {
  name: "balgrad-plus",
  summary:
    "BalGrad with heads that answer where the other modality is blank; optional modality dropout",
  source: "ours, on Kwon et al., NAACL 2025",
  options,
  metrics: { ...BALGRAD_METRICS, "drop.*": "probability that a sample loses the modality" },
  search: { lambda: [0.3, 1, 3], unimodal: [0.3, 1, 3], drop: [0, 0.1], status: STATUSES },
  model: { blank: "head" },
  build: (context, settings) => {
    const { drop, unimodal } = settings;
    if (drop === 0) return balgradPlan(context, settings, unimodal);
    const { task, metrics, memory } = dropout(context, settings);
    const objectives = { ...context.objectives, task };
    const plan = balgradPlan({ ...context, objectives }, settings, unimodal);
    return { ...plan, metrics: { ...plan.metrics, ...metrics }, memory };
  },
};
