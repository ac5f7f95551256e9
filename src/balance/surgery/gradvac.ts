/** @module GradVac: gradients turned towards each other up to their usual cosine. */

import { z } from "zod";

import {
  add,
  div,
  less,
  maximum,
  mul,
  sqrt,
  sub,
  where,
} from "../../graph/functions/elementwise.js";
import type { Tensor } from "../../graph/tensor.js";
import { dot, type Matrix, quadratic } from "./algebra.js";
import { coins, correctInRandomOrder } from "./pairwise.js";
import { surgery, SURGERY_LOSSES } from "./weighting.js";

// Guards divisions by vanishing gradients only.
const TINY = 1e-30;

const options = z.strictObject({
  beta: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe("share of the present cosine in the running target"),
});

/** Weights of GradVac's sum, given the target cosine of each pair. */
export function gradvacWeights(
  gramian: Matrix,
  targets: Matrix,
  firsts: readonly Tensor[],
): Tensor[] {
  return correctInRandomOrder(gramian[0]![0]!, firsts, (c, j, i) => {
    const own = sqrt(maximum(quadratic(gramian, c), TINY));
    const other = sqrt(maximum(gramian[j]![j]!, TINY));
    const cosine = div(dot(c, gramian[j]!), mul(own, other));
    const target = targets[i]![j]!;
    const sine = (x: Tensor): Tensor => sqrt(maximum(sub(1, mul(x, x)), 1e-6));
    const turn = sub(mul(target, sine(cosine)), mul(cosine, sine(target)));
    const step = div(mul(own, turn), mul(other, sine(target)));
    return where(less(cosine, target), step, 0);
  });
}

/**
 * GradVac: like PCGrad, but lifts each pair's cosine to its running mean, not only to zero.
 *
 * Source: Wang et al., "Gradient Vaccine", ICLR 2021, equations 1 and 4, Algorithm 1.
 */
export const gradvac = surgery({
  name: "gradvac",
  summary: "turns each loss's gradient towards the others up to their usual cosine",
  source: "Wang et al., ICLR 2021, Algorithm 1",
  options,
  search: { beta: [0.01, 0.1, 0.5] },
  losses: SURGERY_LOSSES.length,
  weigh: (inputs, { beta }) => {
    const { gramian, context } = inputs;
    const names = (i: number, j: number): string => `cosine${i}${j}`;
    const targets = gramian.map((row, i) => row.map((_, j) => context.memory(names(i, j), [], 0)));
    const memory: Record<string, Tensor> = {};
    gramian.forEach((row, i) => {
      row.forEach((inner, j) => {
        const norms = mul(sqrt(gramian[i]![i]!), sqrt(gramian[j]![j]!));
        const cosine = div(inner, maximum(norms, TINY));
        memory[names(i, j)] = add(mul(targets[i]![j]!, 1 - beta), mul(cosine, beta));
      });
    });
    return { weights: gradvacWeights(gramian, targets, coins(inputs, "gradvac")), memory };
  },
});
