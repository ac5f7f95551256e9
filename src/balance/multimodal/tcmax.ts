/** @module TCMax: the total correlation of image, text and label, from all pairs of a batch. */

import { z } from "zod";

import { add, exp, log, mul, stopGradient, sub } from "../../graph/functions/elementwise.js";
import { squeeze } from "../../graph/functions/layout.js";
import { max, mean, sum } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Sides } from "../../model/network.js";
import type { BalanceMethod } from "../method.js";
import { ADDITIVE, singleLabelOnly } from "../supports.js";
import { additiveShares, watchingPlan } from "../watching.js";

/** Logarithm of the sum or mean of exponentials along an axis, which is dropped. */
function logOfExp(x: Tensor, axis: number, reduce: typeof sum): Tensor {
  const top = stopGradient(max(x, { axes: [axis], keep: true }));
  return add(log(reduce(exp(sub(x, top)), { axes: [axis] })), squeeze(top, [axis]));
}

/**
 * `log sum_c mean_{j,k} exp(a_jc + v_kc)` over all pairs of a batch, scalar. Since logits are a sum it is
 * `log sum_c (mean_j exp a_jc) (mean_k exp v_kc)`, with as many terms as there are logits.
 *
 * @param shares - Each modality's share of the joint logits, `[batch, classes]`.
 */
export const partitionOverPairs = ({ image, text }: Sides): Tensor =>
  logOfExp(add(logOfExp(image, 0, mean), logOfExp(text, 0, mean)), 0, sum);

/**
 * TCMax: maximises the total correlation of image, text and label by its lower bound,
 * `L = -mean_i o_ii[y_i] + log sum_c mean_{j,k} exp o_jk[c]` with `o_jk` the joint logits of image `j` and
 * text `k`: the paper's up to a constant. It tells a batch's pairs from all others, so the modalities are
 * aligned too, and one that explains the labels leaves the other something to learn. There is nothing to
 * set. Additive fusions only, where the mean over pairs is a product of two means; with others it takes a
 * forward pass for every pair. Single-label data only: one logit a label cannot score both its values.
 *
 * It is computed as cross-entropy, with its class weights and label smoothing, plus the distance of the
 * pairs' partition function from the sample's own, a sample's by the weight of its class.
 *
 * Source: Yu et al., "Multimodal Classification via Total Correlation Maximization", ICLR 2026, arXiv
 * 2602.13015, the loss for linear fusions.
 */
export const tcmax: BalanceMethod = {
  name: "tcmax",
  summary: "maximises the total correlation of image, text and label over all pairs of a batch",
  source: "Yu et al., ICLR 2026, arXiv 2602.13015",
  differs: "up to a constant",
  options: z.strictObject({}),
  metrics: {
    "loss.correlation": "negative total correlation of image, text and label, up to a constant",
  },
  supports: singleLabelOnly("a sample is paired with one class", ADDITIVE),
  build: (context) => {
    const { outputs, inputs, losses } = context;
    const shares = additiveShares(context);
    const { logits } = outputs;
    const beyond = sub(partitionOverPairs(shares), logOfExp(logits, 1, sum)); // [batch]
    const weights = losses.sampleWeights(inputs.targets);
    const each = losses.crossEntropy(logits, inputs.targets);
    const terms = add(each, weights ? mul(beyond, weights) : beyond);
    const loss = losses.mean(terms, inputs.targets);
    return watchingPlan(context, loss, { "loss.correlation": loss });
  },
};
