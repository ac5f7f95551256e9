/** @module LFM: a contrastive loss closes the modality gap, weighed by what helps the task loss. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import { add, clip, div, exp, log, mul, sqrt, sub } from "../../graph/functions/elementwise.js";
import { gemm } from "../../graph/functions/linear.js";
import { mean, sum, sumSquare } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { combineGradients } from "../combination.js";
import type { BalanceMethod } from "../method.js";

const [LEAST, MOST] = [0.05, 0.95];

const options = z.strictObject({
  initial: z
    .number()
    .min(LEAST)
    .max(MOST)
    .default(LEAST)
    .describe("weight of the contrastive loss at the start"),
  rate: z.number().min(0).default(0.01).describe("learning rate of that weight; 0 keeps it"),
  temperature: z.number().positive().default(0.1).describe("temperature of the contrastive loss"),
});

// Inside the root: an embedding of zeros is far from everything.
const EPSILON = 1e-8;

/**
 * Symmetric contrastive loss of paired embeddings `[batch, embed]`, scalar: each picks its partner
 * among the batch by cosine similarity.
 *
 * Source: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision",
 * ICML 2021, figure 3.
 */
export function contrastiveLoss(image: Tensor, text: Tensor, temperature: number): Tensor {
  const unit = (x: Tensor): Tensor =>
    div(x, sqrt(add(sumSquare(x, { axes: [1], keep: true }), EPSILON)));
  const [u, v] = [unit(image), unit(text)];
  const similarity = mul(gemm(u, v, { transposeB: true }), 1 / temperature); // [batch, batch]
  const partner = mul(sum(mul(u, v), { axes: [1] }), 1 / temperature);
  // Cosines are bounded, so the sums of exponentials need no shift.
  const among = (axis: number): Tensor => log(sum(exp(similarity), { axes: [axis] }));
  return mul(mean(sub(add(among(0), among(1)), mul(partner, 2))), 0.5);
}

/**
 * Next weight of the contrastive loss: down the gradient of `L_T(theta - eta g(alpha))` with
 * `g = (1 - alpha) g_T + alpha g_C`, which is `eta (|g_T|^2 - <g_T, g_C>)`.
 *
 * @param taskTask - `|g_T|^2`.
 * @param taskContrast - `<g_T, g_C>`.
 */
export const nextWeight = (
  alpha: Tensor,
  taskTask: Tensor,
  taskContrast: Tensor,
  rate: number,
): Tensor => clip(sub(alpha, mul(sub(taskTask, taskContrast), rate)), LEAST, MOST);

/**
 * LFM: `(1 - alpha) L_T + alpha L_C` with a contrastive loss between the embeddings; `alpha` learns
 * what lowers the task loss after a step. Its gradient is an inner product of gradients, taken here
 * from the same batch at every step. The released code aligns predictions instead of embeddings and
 * follows one parameter's share of that gradient once per epoch, on a batch of the test set. With
 * multi-label data only the task loss changes: the contrastive loss knows pairs, not labels.
 *
 * Source: Yang et al., "Facilitating Multimodal Classification via Dynamically Learning Modality
 * Gap", NeurIPS 2024, section 3, the learning-based integration.
 */
export const lfm: BalanceMethod<z.infer<typeof options>> = {
  name: "lfm",
  summary: "closes the modality gap by a contrastive loss whose weight is learned",
  source: "Yang et al., NeurIPS 2024, section 3",
  differs: "hypergradient from the Gramian at every step, same batch",
  options,
  metrics: {
    "loss.contrast": "contrastive loss of the embeddings",
    "weight.contrast": "weight of the contrastive loss",
  },
  search: { initial: [0.05, 0.2, 0.5], temperature: [0.1, 0.5] },
  build: (context, { initial, rate, temperature }) => {
    const { objectives, outputs, parameters, memory, engine: engineOptions } = context;
    const { task, image, text } = objectives;
    const { imageEmbedding, textEmbedding } = outputs;
    const contrast = contrastiveLoss(imageEmbedding, textEmbedding, temperature);
    const losses = { task, contrast, image, text };
    const engine = new GradientEngine(losses, parameters, engineOptions);
    const followed = parameters.filter(({ part }) => part !== "head");
    const alpha = memory("alpha", [], initial);
    const taskTask = engine.inner("task", "task", followed);
    const taskContrast = engine.inner("task", "contrast", followed);
    return {
      gradients: combineGradients(engine, parameters, ({ part }) =>
        part === "head" ? { image: 1, text: 1 } : { task: sub(1, alpha), contrast: alpha },
      ),
      probes: parameters.filter(({ part }) => part === "head"),
      metrics: {
        ...{ "loss.task": task, "loss.image": image, "loss.text": text },
        ...{ "loss.contrast": contrast, "weight.contrast": alpha },
      },
      memory: { alpha: nextWeight(alpha, taskTask, taskContrast, rate) },
    };
  },
};
