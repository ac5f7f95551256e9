/** @module The linear companions alone as a method: what every network has to be better than. */

import { z } from "zod";

import type { MethodDescription } from "../balance/method.js";

/**
 * Three logistic regressions on frozen features, without a network and without training steps: the one on
 * both modalities answers full input, and where one is missing that of the other answers.
 */
export const linearMethod: MethodDescription = {
  name: "linear",
  summary: "logistic regressions on frozen features: on both, on the image, on the text",
  source: "baseline",
  options: z.strictObject({}),
  model: { blank: "head" },
  supports: { fusions: [] },
  answering: "joint",
};
