/** @module No picture, or no text. */

import type { Impairment } from "./impairment.js";

/** A missing input: the blank picture or the empty text, which the model knows to be missing. */
export const missing: Impairment<"missing", "results"> = {
  name: "missing",
  caption: "missing",
  shown: "results",
  // The gate answers samples that have both; who answers the others is settled without it.
  isLearned: false,
  image: () => "missing",
  text: () => "missing",
};
