/** @module The linear companions alone as a method: what every network has to be better than. */

import { z } from "zod";

import type { MethodDescription } from "../balance/method.js";

/**
 * Three logistic regressions without a network and without training steps: on fixed features, or, where encoders would
 * train from scratch, on counts of words and n-grams and on edges and colours. The one on both modalities answers full
 * input, and where one is missing that of the other answers.
 */
export const linearMethod: MethodDescription = {
  name: "linear",
  summary:
    "logistic regressions on features, or on words, edges and colours: on both, on the image, on the text",
  source: "baseline",
  options: z.strictObject({}),
  model: { blank: "head" },
  supports: { fusions: [] },
  answering: "joint",
};
