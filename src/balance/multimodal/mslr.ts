/** @module MSLR: a learning rate for each modality. */

import { z } from "zod";

import type { BalanceMethod, TrainingProgress } from "../method.js";
import { watchingPlan } from "../watching.js";
import type { Modality } from "../../data/dataset.js";

const factor = z.number().positive();

const STRATEGIES = ["keep", "smooth", "dynamic"] as const;

const options = z.strictObject({
  image: factor.default(1.4).describe("learning rate of the image side, as a multiple"),
  text: factor.default(0.7).describe("learning rate of the text side, as a multiple"),
  strategy: z
    .enum(STRATEGIES)
    .default("dynamic")
    .describe("keep the multiples, move them to 1 over the training, or follow validation"),
  window: z.int().min(1).default(5).describe("dynamic: epochs whose mean is compared with"),
});

type MslrOptions = z.infer<typeof options>;

/** Multiple of a modality's learning rate in an epoch. */
export function mslrFactor(
  side: Modality,
  { epoch, epochs, history }: TrainingProgress,
  options: MslrOptions,
): number {
  const base = options[side];
  switch (options.strategy) {
    case "keep":
      return base;
    case "smooth":
      return base + (1 - base) * (epoch / Math.max(1, epochs - 1));
    case "dynamic": {
      const recent = history.slice(-options.window).map((figures) => figures[side] ?? 0);
      const mean = recent.reduce((sum, score) => sum + score, 0) / recent.length;
      const settled = recent.length === options.window && mean > 0;
      return settled ? (base * recent.at(-1)!) / mean : base;
    }
  }
}

/**
 * MSLR: encoders and embeddings of each modality learn at a rate of their own. It scales learning
 * rates, not gradients: under AdamW a scaled gradient is hardly a change.
 *
 * - `keep`: the given multiples (of each modality's best unimodal rate) throughout.
 * - `smooth`: from the given multiples to the common rate over the training.
 * - `dynamic`: the multiple times the unimodal head's validation score over its mean of the last
 *   `window` epochs, on the validation split (the code that later papers compare with uses test).
 *
 * The paper finds the multiples by training each modality alone. The defaults, 1.4 and 0.7, are those
 * of AGM's authors for vision and text (UR-Funny), so that each strategy does something without tuning;
 * with multiples of 1, `keep` and `smooth` are joint training. A search draws among all three strategies.
 *
 * Source: Yao and Mihalcea, "Modality-specific Learning Rates for Effective Multimodal Additive
 * Late-fusion", Findings of ACL 2022; the form of `dynamic` is that of AGM's authors.
 */
export const mslr: BalanceMethod<MslrOptions> = {
  name: "mslr",
  summary: "a learning rate for each modality: kept, smoothed or following validation",
  source: "Yao and Mihalcea, Findings of ACL 2022",
  differs:
    "scales rates, not gradients; follows validation, not test; default multiples of AGM's authors",
  options,
  metrics: { "weight.*": "factors of the learning rates" },
  search: { strategy: STRATEGIES, image: [0.5, 1, 1.4, 2], text: [0.5, 0.7, 1, 2] },
  build: (context) => {
    const rates = { image: context.control("image"), text: context.control("text") };
    return {
      ...watchingPlan(context, context.objectives.task, {
        "weight.image": rates.image,
        "weight.text": rates.text,
      }),
      learningRateScale: ({ modality, part }) =>
        modality === "joint" || part === "head" ? 1 : rates[modality],
    };
  },
  controls: (progress, settings) => ({
    image: mslrFactor("image", progress, settings),
    text: mslrFactor("text", progress, settings),
  }),
};
