/** @module The default method: BalGrad in which the modality that is ahead teaches the other one. */

import { z } from "zod";

import { settingNotes } from "../settings/notes.js";
import { balgradOptions, balgradPlan, BALGRAD_METRICS } from "./balgrad.js";
import type { BalanceMethod } from "./method.js";
import { STATUSES } from "./status.js";

const options = balgradOptions.extend({
  status: z
    .enum(STATUSES)
    .default("lead")
    .describe("how the modalities' learning is measured; lead: only the one that is ahead teaches")
    .register(settingNotes, { flag: "status", value: "measure" }),
});

/** Options of {@link robust}. */
export type RobustOptions = z.infer<typeof options>;

/**
 * What keeps a classifier working when the image or the text is missing, noisy or wrong: BalGrad with
 * one-sided teaching (`status = "lead"`), so that the modality that is ahead is not pulled back by the other,
 * dropout of 0.3 on features, and an answer by the head of the modality that is there. The answers of
 * `balgrad predict` add linear companions and a gate to it, see `docs/method.md`; how it was chosen, and where it
 * is behind `balgrad-plus`, see `docs/results.md`.
 *
 * Source: ours, on Kwon et al., NAACL 2025.
 */
export const robust: BalanceMethod<RobustOptions> = {
  name: "robust",
  summary: "BalGrad in which the modality that is ahead teaches the other; dropout on features",
  source: "ours, on Kwon et al., NAACL 2025",
  options,
  metrics: BALGRAD_METRICS,
  search: { lambda: [0.3, 1, 3], status: STATUSES },
  model: { blank: "head", inputDropout: 0.3 },
  build: (context, settings) => balgradPlan(context, settings),
};
