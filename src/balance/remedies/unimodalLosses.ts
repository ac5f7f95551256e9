/** @module Joint training with the unimodal losses added. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import { combineGradients, usualTable } from "../combination.js";
import type { BalanceMethod } from "../method.js";

const options = z.strictObject({
  weight: z.number().min(0).default(1).describe("weight of the unimodal losses"),
});

/**
 * Minimises `L_T + weight (L_v + L_l)`: BalGrad without its KL term, and the usual first remedy.
 *
 * Source: Wang et al., "What Makes Training Multi-Modal Classification Networks Hard?", CVPR 2020,
 * section 3, with equal weights.
 */
export const unimodalLosses: BalanceMethod<z.infer<typeof options>> = {
  name: "unimodal-losses",
  summary: "adds the unimodal losses to the task loss",
  source: "Wang et al., CVPR 2020, section 3, equal weights",
  differs: "equal weights",
  options,
  search: { weight: [0.3, 1, 3] },
  build: ({ objectives, parameters, engine: engineOptions }, { weight }) => {
    const { task, image, text } = objectives;
    const engine = new GradientEngine({ task, image, text }, parameters, engineOptions);
    return {
      gradients: combineGradients(
        engine,
        parameters,
        usualTable({ task: 1, image: weight, text: weight }),
      ),
      metrics: { "loss.task": task, "loss.image": image, "loss.text": text },
    };
  },
};
