/** @module MBSD: on each sample the modality that knows better teaches the other. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import {
  abs,
  add,
  cast,
  greaterOrEqual,
  maximum,
  mul,
  square,
  sub,
} from "../../graph/functions/elementwise.js";
import { mean } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import { combineGradients } from "../combination.js";
import type { BalanceContext, BalanceMethod } from "../method.js";
import { rightDecisions, trueScores } from "../watching.js";

const options = z.strictObject({
  weight: z.number().min(0).default(1).describe("weight of the distillation"),
});

/**
 * Distillation between the heads, scalar: per sample `w (|o_v - o_l|^2 / classes + KL(strong || weak))`
 * with `w = |p_v(y) - p_l(y)|` where either head is right, else 0. The strong head, the one with the
 * higher probability of the true class, takes no gradient of the divergence. Multi-label (ours):
 * `p(y)` is the mean probability of the sample's labels, how right a head is the share of right
 * decisions over all labels, and the divergence is summed over them.
 */
export function selfDistillation(context: BalanceContext): Tensor {
  const { outputs, losses } = context;
  const { imageLogits, textLogits } = outputs;
  const score = bySide((side) => trueScores(context, outputs[`${side}Logits`]));
  const right = bySide((side) => rightDecisions(context, outputs[`${side}Logits`]));
  const weight = mul(abs(sub(score.image, score.text)), maximum(right.image, right.text));
  const { divergence } = losses;
  const imageLeads = cast(greaterOrEqual(score.image, score.text), "float32");
  const lesson = add(
    mul(divergence(imageLogits, textLogits), imageLeads),
    mul(divergence(textLogits, imageLogits), sub(1, imageLeads)),
  );
  const distance = mean(square(sub(imageLogits, textLogits)), { axes: [-1] });
  return mean(mul(weight, add(distance, lesson)));
}

/**
 * MBSD: bidirectional self-distillation. Task and unimodal losses, plus {@link selfDistillation} between
 * the heads, weighed by how far they are apart. The toolkit's divergence takes probabilities of the
 * true class for log-probabilities; here it is the divergence of the predictions. Any fusion.
 *
 * Source: Xu et al., "BalanceBenchmark", arXiv 2502.10816, section 3, and its toolkit BalanceMM.
 */
export const mbsd: BalanceMethod<z.infer<typeof options>> = {
  name: "mbsd",
  summary: "on each sample the head that knows better teaches the other",
  source: "Xu et al., arXiv 2502.10816, section 3",
  differs: "divergence of predictions; the toolkit's code uses probabilities as log-probabilities",
  options,
  metrics: {
    "loss.distillation":
      "distance between the heads' predictions, weighted by how far one head is ahead",
  },
  search: { weight: [0.3, 1, 3] },
  build: (context, { weight }) => {
    const { objectives, parameters, engine: engineOptions } = context;
    const { task, image, text } = objectives;
    const distillation = selfDistillation(context);
    const losses = { task, image, text, distillation };
    const engine = new GradientEngine(losses, parameters, engineOptions);
    const unimodal = { image: 1, text: 1, distillation: weight };
    return {
      gradients: combineGradients(engine, parameters, ({ part }) =>
        part === "fusion" ? { task: 1 } : part === "head" ? unimodal : { task: 1, ...unimodal },
      ),
      metrics: {
        ...{ "loss.task": task, "loss.image": image, "loss.text": text },
        "loss.distillation": distillation,
      },
    };
  },
};
