/** @module A bag of embeddings for texts, trained from scratch. */

import { type BAG_SCALES, embeddingBag } from "../nn/layers.js";
import { countsOfIds } from "./descriptors.js";
import { type InputNetwork, TOKENS } from "./inputs.js";

/** Shape of a {@link bagNetwork}. */
export interface BagShape {
  /** Number of hashed word and character n-gram features. */
  readonly buckets: number;
  /** Length of a feature's embedding. */
  readonly width: number;
  /** What the sum of a text's embeddings is divided by. */
  readonly scale: (typeof BAG_SCALES)[number];
}

/** The embeddings of a text's features in one; an empty text gives zeros. */
export const bagNetwork = ({ buckets, width, scale }: BagShape): InputNetwork => ({
  dtype: "int32",
  shape: [TOKENS],
  encode: (scope, text) => embeddingBag(scope, text, { ids: buckets + 1, width, scale }),
  descriptor: countsOfIds(buckets + 1),
});
