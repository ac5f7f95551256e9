/** @module The picture, or the text, of another sample. */

import type { Impairment, OwnTable } from "./impairment.js";

/** A wrong input: that of another sample which has one. */
export const wrong: Impairment<"wrong", OwnTable> = {
  name: "wrong",
  caption: "wrong",
  shown: { title: "Wrong input: the picture or the text of another sample" },
  isLearned: true,
  image: () => "wrong",
  text: () => "wrong",
};
