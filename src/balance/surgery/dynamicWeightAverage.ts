/** @module Dynamic weight averaging. */

import { z } from "zod";

import { add, div, exp, greater, maximum, mul, where } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { surgery, SURGERY_LOSSES } from "./weighting.js";

const options = z.strictObject({
  temperature: z.number().positive().default(2).describe("softness of the weights"),
});

const TINY = 1e-12;

/** Weights from each loss's mean in the last two epochs. */
export function averageWeights(
  last: readonly Tensor[],
  before: readonly Tensor[],
  temperature: number,
): Tensor[] {
  const speeds = last.map((mean, i) => exp(div(div(mean, maximum(before[i]!, TINY)), temperature)));
  const total = addAll(speeds);
  return speeds.map((speed) => mul(div(speed, total), speeds.length));
}

/**
 * DWA: a loss that fell less in the last epoch weighs more; equal weights in the first two epochs.
 *
 * Source: Liu et al., "End-to-End Multi-Task Learning with Attention", CVPR 2019, equation 7.
 */
export const dynamicWeightAverage = surgery({
  name: "dynamic-weight-average",
  summary: "weighs losses by how little they fell in the last epoch",
  source: "Liu et al., CVPR 2019, equation 7",
  options,
  search: { temperature: [1, 2, 4] },
  controls: ({ epoch }) => ({ epoch }),
  losses: SURGERY_LOSSES.length,
  weigh: ({ losses, context }, { temperature }) => {
    const { memory } = context;
    const epoch = context.control("epoch");
    const seen = memory("epoch", [], 0);
    const count = memory("count", [], 0);
    const starts = greater(epoch, seen);
    const next: Record<string, Tensor> = {
      epoch: maximum(epoch, seen),
      count: add(where(starts, 0, count), 1),
    };
    const last: Tensor[] = [];
    const before: Tensor[] = [];
    SURGERY_LOSSES.forEach((name, i) => {
      const [sum, one, two] = ["sum", "last", "before"].map((kind) =>
        memory(`${kind}.${name}`, [], 0),
      ) as [Tensor, Tensor, Tensor];
      last.push(where(starts, div(sum, maximum(count, 1)), one));
      before.push(where(starts, one, two));
      next[`sum.${name}`] = add(where(starts, 0, sum), losses[i]!);
      next[`last.${name}`] = last[i]!;
      next[`before.${name}`] = before[i]!;
    });
    const known = greater(epoch, 1.5);
    const weights = averageWeights(last, before, temperature).map((w) => where(known, w, 1));
    return { weights, memory: next };
  },
});
