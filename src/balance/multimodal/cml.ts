/** @module CML: confidence must not rise when a modality is taken away. */

import { z } from "zod";

import { abs, add, mul, relu, sigmoid, softmax, sub } from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import { max, mean } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import type { BalanceMethod } from "../method.js";
import { logitsWithout, watchingPlan } from "../watching.js";

const options = z.strictObject({
  lambda: z.number().min(0).default(0.1).describe("weight of the confidence penalty"),
});

/**
 * CML: the task loss on full input and without each modality, plus a penalty where confidence is
 * higher without a modality than with it. Confidence is the largest class probability; multi-label
 * (ours): the mean over labels of the distance of the probability from one half.
 *
 * Source: Ma et al., "Calibrating Multimodal Learning", ICML 2023, equations 4 to 6.
 */
export const cml: BalanceMethod<z.infer<typeof options>> = {
  name: "cml",
  summary: "penalises confidence that rises when a modality is taken away",
  source: "Ma et al., ICML 2023, equations 4 to 6",
  differs: "multi-label confidence",
  options,
  metrics: { "loss.confidence": "how much the confidence rises when a modality is taken away" },
  search: { lambda: [0.03, 0.1, 0.3] },
  build: (context, { lambda }) => {
    const { outputs, labels } = context;
    const parts = Object.values(logitsWithout(context));
    const confidence = (logits: Tensor): Tensor =>
      labels.labelKind === "single-label"
        ? max(softmax(logits), { axes: [-1] })
        : mean(abs(sub(sigmoid(logits), 0.5)), { axes: [-1] });
    const full = confidence(outputs.logits);
    const penalty = addAll(parts.map((logits) => mean(relu(sub(confidence(logits), full)))));
    const losses = [outputs.logits, ...parts].map((logits) => context.lossFor(logits));
    const fit = mul(addAll(losses), 1 / losses.length);
    return watchingPlan(context, add(fit, mul(penalty, lambda)), { "loss.confidence": penalty });
  },
};
