/** @module Modality dropout: the joint classifier learns from samples that lack a modality. */

import { z } from "zod";

import { add, cast, greaterOrEqual, less, mul, sub } from "../../graph/functions/elementwise.js";
import { expandLike, unsqueeze } from "../../graph/functions/layout.js";
import type { Operand } from "../../graph/functions/elementwise.js";
import type { Tensor } from "../../graph/tensor.js";
import { BATCH } from "../../model/inputs.js";
import type { BalanceContext, BalanceMethod } from "../method.js";
import { watchingPlan } from "../watching.js";

const probability = z.number().min(0).max(0.5);

const options = z.strictObject({
  image: probability.default(0.25).describe("probability that a sample's image is blanked"),
  text: probability.default(0.25).describe("probability that a sample's text is blanked"),
});

/** Where a sample's embedding is replaced by the blank one; `dropped`: `[batch, 1]`, 0 or 1. */
function blanked(z: Tensor, blank: Tensor, dropped: Tensor): Tensor {
  return add(mul(z, sub(1, dropped)), mul(expandLike(blank, z), dropped));
}

/**
 * Joint logits of a batch in which some samples lost their image, others their text, never both.
 *
 * @param image - Probability of losing the image, number or scalar; at most 1/2.
 * @param text - Probability of losing the text.
 * @returns `[batch, classes]`.
 */
export function droppedLogits(
  { network, outputs, noise }: BalanceContext,
  image: Operand,
  text: Operand,
): Tensor {
  const uniform = unsqueeze(noise("modality-dropout", [BATCH]), [1]); // [batch, 1]
  const blanks = network.blanks();
  const flag = (condition: Tensor): Tensor => cast(condition, "float32");
  return network.fuse({
    image: blanked(outputs.imageEmbedding, blanks.image, flag(less(uniform, image))),
    text: blanked(
      outputs.textEmbedding,
      blanks.text,
      flag(greaterOrEqual(uniform, typeof text === "number" ? 1 - text : sub(1, text))),
    ),
  });
}

/**
 * Modality dropout on the embeddings: what stands for a missing modality at test time is shown in
 * training too.
 *
 * Source: Neverova et al., "ModDrop", TPAMI 2016, section 4.2.
 */
export const modalityDropout: BalanceMethod<z.infer<typeof options>> = {
  name: "modality-dropout",
  summary: "blanks the image or the text of random samples in training",
  source: "Neverova et al., TPAMI 2016, section 4.2",
  differs: "on embeddings",
  options,
  search: { image: [0.15, 0.25, 0.35], text: [0.15, 0.25, 0.35] },
  build: (context, { image, text }) =>
    watchingPlan(context, context.lossFor(droppedLogits(context, image, text))),
};
