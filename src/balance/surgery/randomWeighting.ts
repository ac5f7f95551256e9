/** @module Random loss weighting. */

import { z } from "zod";

import { cos, log, maximum, mul, softmax, sqrt } from "../../graph/functions/elementwise.js";
import { reshape, slice } from "../../graph/functions/layout.js";
import { surgery } from "./weighting.js";

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
  weigh: ({ context }) => {
    // Normal noise by Box and Muller's method.
    const radius = sqrt(mul(log(maximum(context.noise("random-weighting.radius", [3]), 1e-7)), -2));
    const angle = mul(context.noise("random-weighting.angle", [3]), 2 * Math.PI);
    const weights = mul(softmax(mul(radius, cos(angle))), 3);
    return {
      weights: [0, 1, 2].map((at) =>
        reshape(slice(weights, [{ axis: 0, start: at, end: at + 1 }]), []),
      ),
    };
  },
});
