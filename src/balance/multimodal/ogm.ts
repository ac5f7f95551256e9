/** @module OGM and OGM-GE: the gradients of the modality that is ahead are scaled down. */

import { z } from "zod";

import {
  add,
  div,
  greater,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  tanh,
  where,
} from "../../graph/functions/elementwise.js";
import { mean } from "../../graph/functions/reduce.js";

import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import type { Parameter } from "../../nn/parameters.js";
import { coordinateNormal } from "../coordinateNoise.js";
import type { BalanceContext, BalanceMethod, BalancePlan } from "../method.js";
import { ADDITIVE } from "../supports.js";
import { additiveShares, changedPlan, shareScores, watchingPlan } from "../watching.js";

const options = z.strictObject({
  alpha: z.number().min(0).default(0.3).describe("strength of the modulation"),
  noise: z.boolean().default(true).describe("add Gaussian noise to the gradients (the GE part)"),
  start: z.int().min(0).default(0).describe("first epoch that is modulated"),
  end: z.int().min(0).default(1000).describe("first epoch that is not modulated any more"),
});

type OgmOptions = z.infer<typeof options>;

const TINY = 1e-8;

/** `1 - tanh(alpha rho)` for the modality ahead (`rho > 1`), 1 for the other. */
export function ogmCoefficient(own: Tensor, other: Tensor, alpha: number): Tensor {
  const ratio = div(own, maximum(other, TINY));
  return where(greater(ratio, 1), sub(1, tanh(mul(ratio, alpha))), 1);
}

/** `k g + N(0, std(g)^2)`; without noise `k g`. */
function modulated(
  gradient: Tensor,
  k: Tensor,
  { name }: Parameter,
  fresh: Tensor | undefined,
  on: Tensor,
): Tensor {
  const scaled = mul(gradient, k);
  if (!fresh) return scaled;
  const spread = sqrt(mean(square(sub(gradient, mean(gradient)))));
  const shape = gradient.shape as number[];
  return add(scaled, mul(coordinateNormal(shape, name, fresh), mul(spread, on)));
}

function build(context: BalanceContext, { alpha, noise }: OgmOptions): BalancePlan {
  const on = context.control("on");
  const scores = shareScores(context, additiveShares(context));
  const k = bySide((side, other) =>
    where(greater(on, 0), ogmCoefficient(scores[side], scores[other], alpha), 1),
  );
  const plan = watchingPlan(context, context.objectives.task, {
    "weight.image": k.image,
    "weight.text": k.text,
    "score.image": scores.image,
    "score.text": scores.text,
  });
  const fresh = noise ? context.noise("ogm", [1]) : undefined;
  return changedPlan(plan, (gradient, parameter, side) =>
    modulated(gradient, k[side], parameter, fresh, on),
  );
}

/**
 * OGM-GE: on-the-fly gradient modulation with generalisation enhancement. Scores are the true
 * class's softmax under each modality's share of the joint logits; multi-label (ours): the mean
 * probability of a sample's labels. The official code modulates convolution weights only; here all
 * encoder and embedding parameters, as the paper writes it. Additive fusions only.
 *
 * Source: Peng et al., "Balanced Multimodal Learning via On-the-fly Gradient Modulation", CVPR 2022,
 * equations 8 to 12.
 */
export const ogmGe: BalanceMethod<OgmOptions> = {
  name: "ogm-ge",
  summary: "scales down the gradients of the modality that is ahead, and adds noise",
  source: "Peng et al., CVPR 2022, equations 8 to 12",
  differs: "all parameters, not only 4-d ones as in the code; multi-label score",
  options,
  metrics: {
    "weight.*": "factors of the gradients",
    "score.*": "mean probability of the true class under the modality's share of the joint logits",
  },
  search: { alpha: [0.1, 0.3, 1, 2.5] },
  supports: ADDITIVE,
  build,
  controls: ({ epoch }, { start, end }) => ({ on: epoch >= start && epoch < end ? 1 : 0 }),
};

/** OGM: {@link ogmGe} with its noise off by default. */
export const ogm: BalanceMethod<OgmOptions> = {
  ...ogmGe,
  name: "ogm",
  summary: "scales down the gradients of the modality that is ahead",
  options: options.extend({
    noise: z.boolean().default(false).describe("add Gaussian noise to the gradients (the GE part)"),
  }),
};
