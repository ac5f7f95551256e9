/** @module Random loss weighting. */

import { z } from "zod";

import { mul, softmax } from "../../graph/functions/elementwise.js";
import type { Tensor } from "../../graph/tensor.js";
import { normalFrom } from "../coordinateNoise.js";
import { scalarsOf } from "./algebra.js";
import { surgery, SURGERY_LOSSES } from "./weighting.js";

/**
 * RLW: weights are the softmax of standard normal noise, fresh at each step, times their number.
 *
 * Source: Lin et al., "Reasonable Effectiveness of Random Weighting", TMLR 2022, section 3.
 */
export const randomWeighting = surgery({
  name: "random-weighting",
  summary: "weighs the losses at random, afresh at each step",
  source: "Lin et al., TMLR 2022, section 3",
  options: z.strictObject({}),
  losses: SURGERY_LOSSES.length,
  weigh: ({ context }) => {
    const uniform = (kind: string): Tensor => context.noise(`random-weighting.${kind}`, [3]);
    const normal = normalFrom(uniform("radius"), uniform("angle"));
    return { weights: scalarsOf(mul(softmax(normal), 3)) };
  },
});
