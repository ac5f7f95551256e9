/** @module A bag of embeddings for texts, trained from scratch. */

import { z } from "zod";

import { BAG_SCALES, embeddingBag } from "../nn/layers.js";
import { LARGEST, upTo } from "./config.js";
import { countsOfIds } from "./descriptors.js";
import { type InputNetwork, TOKENS } from "./inputs.js";

/** Schema of the settings of a {@link bagNetwork}. */
export const bagConfig = z.strictObject({
  type: z.literal("bag"),
  buckets: upTo(LARGEST.buckets)
    .default(16_384)
    .describe("number of hashed word and character n-gram features"),
  width: upTo(LARGEST.width).default(64).describe("length of a feature's embedding"),
  scale: z
    .enum(BAG_SCALES)
    .default("length")
    .describe(
      "what the sum of a text's embeddings is divided by: the length of the vector of its counts, or their mean is taken",
    ),
});

/** The embeddings of a text's features in one; an empty text gives zeros. */
export const bagNetwork = ({ buckets, width, scale }: z.infer<typeof bagConfig>): InputNetwork => ({
  dtype: "int32",
  shape: [TOKENS],
  encode: (scope, text) => embeddingBag(scope, text, { ids: buckets + 1, width, scale }),
  descriptor: countsOfIds(buckets + 1),
});
