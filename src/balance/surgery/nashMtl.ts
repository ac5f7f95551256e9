/** @module Nash-MTL: the Nash bargaining solution among the losses. */

import { z } from "zod";

import { fairWeights } from "./fairgrad.js";
import { surgery } from "./weighting.js";

/**
 * Nash-MTL: `G w = 1 / w`, solved at every step.
 *
 * Source: Navon et al., "Multi-Task Learning as a Bargaining Game", ICML 2022, claim 3.1. Weights
 * are scaled to sum to the number of losses instead of clipping the update's norm.
 */
export const nashMtl = surgery({
  name: "nash-mtl",
  summary: "follows the Nash bargaining solution among the losses",
  source: "Navon et al., ICML 2022, claim 3.1",
  differs: "Newton steps; weights sum to 3",
  options: z.strictObject({}),
  weigh: ({ gramian }) => ({ weights: fairWeights(gramian, 1) }),
});
