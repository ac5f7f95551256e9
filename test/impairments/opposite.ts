/** @module Impairments as new files would hold them: inputs that say the opposite. */

import { ofPictures } from "../../src/impairments/corruptions/pictures.js";
import {
  at,
  type Impairment,
  type OwnTable,
  type PictureNoise,
  type TextNoise,
} from "../../src/impairments/impairment.js";

const negativePixels: PictureNoise = {
  kind: "noise",
  modality: "image",
  name: "negative-pixels",
  cachedAs: (strength) => ({ name: "negative-pixels", strength }),
  values(values, { strength }) {
    values.forEach((value, place) => (values[place] = -strength * value));
  },
};

const reversedTokens: TextNoise = {
  kind: "noise",
  modality: "text",
  name: "reversed-tokens",
  cachedAs: () => ({ name: "reversed-tokens" }),
  tokens(tokens) {
    const length = tokens.findIndex((token) => token === 0);
    tokens.subarray(0, length < 0 ? tokens.length : length).reverse();
    return length < 0 ? tokens.length : length;
  },
  values: (values) => values.reverse(),
};

/** A negative of the picture, and the words in reverse order. */
export const opposite: Impairment<"opposite", OwnTable> = {
  name: "opposite",
  caption: "upside down",
  shown: { title: "Opposite input: a negative, and words in reverse order" },
  isLearned: false,
  image: () => at(negativePixels, 1),
  text: () => at(reversedTokens, 1),
};

/** A negative of the picture from severity 3 on. */
export const negative = ofPictures("negative", "photo negative", (planes, _, { strength }) =>
  strength < 3 ? planes : planes.map((value) => 255 - value),
);
