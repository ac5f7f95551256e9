/** @module SimMLM: a gated mixture of modality experts that must not lose by what it is given. */

import { z } from "zod";

import { mul, relu, sub } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide, type Sides } from "../../model/network.js";
import type { BalanceMethod } from "../method.js";
import { onlyFusion } from "../supports.js";
import { logitsAlone, watchingPlan } from "../watching.js";

const options = z.strictObject({
  lambda: z.number().min(0).default(1).describe("weight of the ranking loss"),
});

/**
 * SimMLM: the fusion `mixture`, whose gate weighs an expert per modality, learns from the task loss with
 * all that a sample has and with one modality taken away, and from the ranking loss "more versus fewer":
 * the loss with more must not be above that with fewer. Over the two modalities that may be taken away,
 * `L = L_T + mean_m L(without m) + lambda mean_m max(0, L(with both) - L(without m))`; what is taken away is
 * taken from the samples that have both. Also for multi-label data. The unimodal heads are probes.
 *
 * From the paper: gate, experts and the ranking loss. Ours: linear experts and a linear gate on the
 * embeddings; both modalities are taken away in turn at each step, where the paper draws at random what
 * is left; the default of `lambda`.
 *
 * Source: Li et al., "SimMLM: A Simple Framework for Multi-modal Learning with Missing Modality", ICCV
 * 2025, arXiv 2507.19264.
 */
export const simmlm: BalanceMethod<z.infer<typeof options>> = {
  name: "simmlm",
  summary: "a gated mixture of experts that must not do worse with more modalities",
  source: "Li et al., ICCV 2025, arXiv 2507.19264",
  differs:
    "linear experts and gate on the embeddings; each modality taken away at every step; default of `lambda`",
  options,
  metrics: {
    "loss.ranking": "how much worse the classifier is with both modalities than without one",
    "without.*": "loss of the joint classifier without the modality",
  },
  model: { fusion: "mixture" },
  supports: onlyFusion("mixture", "the mixture of experts is the method"),
  search: { lambda: [0.1, 1, 3] },
  build: (context, { lambda }) => {
    const { outputs, inputs, objectives } = context;
    const both = mul(inputs.imagePresent, inputs.textPresent);
    const lossOf = (logits: Tensor): Tensor => context.lossFor(logits, both);
    const more = lossOf(outputs.logits);
    const alone = logitsAlone(context);
    const fewer = bySide((_, other) => lossOf(alone[other]));
    const overSides = (terms: Sides): Tensor => mul(addAll([terms.image, terms.text]), 0.5);
    const ranking = overSides(bySide((side) => relu(sub(more, fewer[side]))));
    const loss = addAll([objectives.task, overSides(fewer), mul(ranking, lambda)]);
    return watchingPlan(context, loss, {
      "loss.ranking": ranking,
      ...{ "without.image": fewer.image, "without.text": fewer.text },
    });
  },
};
