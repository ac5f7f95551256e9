/** @module Joint training: the plain task loss, the baseline of every comparison. */

import { z } from "zod";

import { GradientEngine } from "../gramian/engine.js";
import type { Tensor } from "../graph/tensor.js";
import { combineGradients } from "./combination.js";
import type { BalanceMethod } from "./method.js";

const options = z.strictObject({
  probes: z
    .boolean()
    .default(true)
    .describe("train the unimodal heads too, on detached embeddings, so that they can be measured"),
});

/** Options of {@link joint}. */
export type JointOptions = z.infer<typeof options>;

/**
 * Minimises `L_T` alone. The unimodal heads are probes: they learn from their own losses but send
 * no gradient into embeddings and encoders, which stay exactly those of plain training.
 */
export const joint: BalanceMethod<JointOptions> = {
  name: "joint",
  summary: "plain training of the joint classifier; unimodal heads only watch",
  source: "baseline of Kwon et al., NAACL 2025, section 4",
  differs: "unimodal heads are probes",
  options,
  build: ({ objectives, parameters, engine: engineOptions }, { probes }) => {
    const { task, image, text } = objectives;
    const losses: Record<string, Tensor> = probes ? { task, image, text } : { task };
    const engine = new GradientEngine(losses, parameters, engineOptions);
    const ofHead = probes ? { image: 1, text: 1 } : {};
    const gradients = combineGradients(engine, parameters, ({ part }) =>
      part === "head" ? ofHead : { task: 1 },
    );
    const metrics = Object.entries(losses).map(([name, loss]) => [`loss.${name}`, loss] as const);
    return {
      gradients,
      probes: parameters.filter(({ part }) => part === "head"),
      metrics: Object.fromEntries(metrics),
    };
  },
};
