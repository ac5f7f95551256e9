/** @module DPL: prototypes per modality, for every pattern of what is there. */

import { z } from "zod";

import { add, mul } from "../../graph/functions/elementwise.js";
import { bySide } from "../../model/network.js";
import type { BalanceMethod } from "../method.js";
import { onlyFusion } from "../supports.js";
import { logitsAlone, watchingPlan } from "../watching.js";

const options = z.strictObject({
  missing: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe("share of the training that is without one modality, half without each"),
});

/**
 * DPL, Decoupled Prototype Learning: the fusion `prototypes`, in which each class has a prototype for samples
 * with both modalities, with the image and with the text alone, learns from all three patterns:
 * `L = (1 - missing) L_T + missing / 2 (L_v' + L_l')`, `L_v'` the loss of the image alone over the samples
 * that have one. Also for multi-label data. The unimodal heads are probes.
 *
 * From the paper: the prototypes by pattern and modality, cosines, and that what is missing is missing from
 * the prototype too. Ours: the paper's training sets lack a modality in a share of their samples, here every
 * sample is seen in each pattern with the weight that it would have on average; cross-entropy of scaled
 * cosines, without the paper's further terms; embeddings in the place of prompted transformers. Its full text
 * and code were not at hand.
 *
 * Source: Lu et al., "DPL: Decoupled Prototype Learning for Enhancing Robustness of Vision-Language
 * Transformers to Missing Modalities", CVPR 2026, arXiv 2505.08283.
 */
export const dpl: BalanceMethod<z.infer<typeof options>> = {
  name: "dpl",
  summary: "class prototypes for each modality and each combination of present modalities",
  source: "Lu et al., CVPR 2026, arXiv 2505.08283",
  differs:
    "every sample in each combination, by weights; only the cross-entropy of cosines; no prompted transformers",
  options,
  metrics: { "alone.*": "loss of the joint classifier on the modality alone" },
  model: { fusion: "prototypes" },
  supports: onlyFusion("prototypes", "the prototypes are the method"),
  search: { missing: [0.5, 0.7, 0.9] },
  build: (context, { missing }) => {
    const { inputs, lossFor, objectives } = context;
    const logits = logitsAlone(context);
    const alone = bySide((side) => lossFor(logits[side], inputs[`${side}Present`]));
    const whole = mul(objectives.task, 1 - missing);
    const loss = add(whole, mul(add(alone.image, alone.text), missing / 2));
    return watchingPlan(context, loss, { "alone.image": alone.image, "alone.text": alone.text });
  },
};
