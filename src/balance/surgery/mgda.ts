/** @module MGDA: the min-norm point of the gradients' convex hull. */

import { z } from "zod";

import type { Tensor } from "../../graph/tensor.js";
import { conditioned, type Matrix, simplexMinimum } from "./algebra.js";
import { surgery } from "./weighting.js";

/** Weights of the shortest vector in the convex hull of the gradients. */
export const mgdaWeights = (gramian: Matrix): Tensor[] => simplexMinimum(conditioned(gramian));

/**
 * MGDA: the shortest convex combination of the gradients.
 *
 * Sources: Désidéri, "Multiple-gradient descent algorithm", 2012; Sener and Koltun, NeurIPS 2018,
 * equation 3. Solved exactly, not by Frank-Wolfe.
 */
export const mgda = surgery({
  name: "mgda",
  summary: "follows the shortest convex combination of the losses' gradients",
  source: "Sener and Koltun, NeurIPS 2018, equation 3",
  differs: "solved exactly",
  options: z.strictObject({}),
  weigh: ({ gramian }) => ({ weights: mgdaWeights(gramian) }),
});
