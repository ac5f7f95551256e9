/** @module OPM: the features of the modality that is ahead are dropped at random. */

import { z } from "zod";

import {
  add,
  cast,
  clip,
  div,
  greater,
  greaterOrEqual,
  maximum,
  mul,
  relu,
  sub,
  tanh,
  where,
} from "../../graph/functions/elementwise.js";
import { unsqueeze } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { BATCH } from "../../model/inputs.js";
import { bySide } from "../../model/network.js";
import type { BalanceMethod } from "../method.js";
import { ADDITIVE } from "../supports.js";
import { additiveShares, shareScores, watchingPlan } from "../watching.js";

const options = z.strictObject({
  base: z.number().min(0).max(1).default(0.4).describe("drop probability where both stand equal"),
  lambda: z.number().min(0).default(0.5).describe("growth of the probability with the lead"),
});

const TINY = 1e-8;

/** `q (1 + lambda tanh(rho - 1))` for the modality ahead, 0 for the other; at most 1. */
export function dropProbability(own: Tensor, other: Tensor, base: number, lambda: number): Tensor {
  const ratio = div(own, maximum(other, TINY));
  const lead = tanh(relu(sub(ratio, 1)));
  return where(greater(ratio, 1), clip(mul(add(mul(lead, lambda), 1), base), 0, 1), 0);
}

/**
 * OPM: on-the-fly prediction modulation. In training, each sample loses the embedding of the modality
 * that is ahead with a probability that grows with its lead. Additive fusions only; scores as in
 * OGM, also for multi-label data (ours): the mean probability of a sample's labels.
 *
 * The official code differs in three points that are left out here: it leaves three batches in ten as
 * they are; it divides both embeddings by `1 - theta`, `theta` the mean of the two probabilities; and
 * it takes out samples that lost both modalities, of which two modalities have none, as only one is ahead.
 *
 * Source: Wei et al., "On-the-fly Modulation for Balanced Multimodal Learning", TPAMI 2024, section
 * 3.3.
 */
export const opm: BalanceMethod<z.infer<typeof options>> = {
  name: "opm",
  summary: "drops the embeddings of the modality that is ahead at random",
  source: "Wei et al., TPAMI 2024, section 3.3",
  differs: "every batch, no rescaling; the code skips 3 of 10 batches and divides by 1 − θ",
  options,
  metrics: { "drop.*": "probability that a sample loses the modality's embedding" },
  search: { base: [0.2, 0.4, 0.6] },
  supports: ADDITIVE,
  build: (context, { base, lambda }) => {
    const { outputs, network, noise } = context;
    const scores = shareScores(context, additiveShares(context));
    const q = bySide((side, other) => dropProbability(scores[side], scores[other], base, lambda));
    const uniform = unsqueeze(noise("opm", [BATCH]), [1]); // [batch, 1]
    const kept = (z: Tensor, probability: Tensor): Tensor =>
      mul(z, cast(greaterOrEqual(uniform, probability), "float32"));
    const logits = network.fuse({
      image: kept(outputs.imageEmbedding, q.image),
      text: kept(outputs.textEmbedding, q.text),
    });
    return watchingPlan(context, context.lossFor(logits), {
      "drop.image": q.image,
      "drop.text": q.text,
    });
  },
};
