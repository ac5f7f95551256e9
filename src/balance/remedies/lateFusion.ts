/** @module Late fusion of two unimodal models. */

import { z } from "zod";

import { add } from "../../graph/functions/elementwise.js";
import type { BalanceMethod } from "../method.js";
import { ADDITIVE } from "../supports.js";
import { additiveShares, watchingPlan } from "../watching.js";

/**
 * Trains each modality's share of the joint logits by its own cross-entropy, so that the joint
 * prediction is the product of two unimodal models' predictions. Additive fusions only. Modality-aware
 * prediction answers with the mean of the two heads, calibrated, which learn nothing of each other either.
 *
 * Source: Hinton, "Training Products of Experts by Minimizing Contrastive Divergence", 2002, for
 * the product; the experts are trained apart.
 */
export const lateFusion: BalanceMethod = {
  name: "late-fusion",
  summary: "two unimodal models trained apart, their logits added",
  source: "product of experts trained apart; baseline",
  options: z.strictObject({}),
  supports: ADDITIVE,
  answering: "heads",
  build: (context) => {
    const { image, text } = additiveShares(context);
    return watchingPlan(context, add(context.lossFor(image), context.lossFor(text)));
  },
};
