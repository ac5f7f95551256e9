/** @module How texts of a from-scratch model become ids, as a file for other programs. */

import { GRAMS, MAX_CHARACTERS, type TextOptions, tokenize } from "../../prepare/text.js";

/** The file that states how texts are hashed. */
export const HASHING_FILE = "text_hashing.json";

/** Texts whose ids a reimplementation must give: scripts, forms, symbols, repetition, nothing. */
const VECTORS = [
  "A sleeping cat",
  "the cat, THE CAT",
  "naïve café ﬁsh Straße",
  "привет мир",
  "x2 = 3.14!",
  "😀 smile",
  "...",
  "",
];

/** The rule by which texts become ids, with its numbers and what it gives for some texts. */
export function hashingConfig({ buckets, maxTokens }: TextOptions): object {
  return {
    type: "hashed-words",
    input: { name: "hashed_words", dtype: "int32", shape: ["batch", "longest text"], padding: 0 },
    steps: [
      "cut the text to max_characters UTF-16 code units",
      "apply Unicode normalization form NFKC, then the default lower case of Unicode (no locale)",
      "segment by the word boundaries of Unicode (UAX 29, root locale of ICU, as Intl.Segmenter does)",
      "keep segments that are word-like (letters, digits, ideographs) and those with a symbol (category S)",
      "each word is a feature: the segment between the boundary marks",
      "after all words, for each word: its n-grams of Unicode code points, marks included, by length and then by place, from shortest to longest, shorter than the marked word",
      "keep the first max_features features; the same feature counts as often as it occurs",
      "id = 1 + (32-bit FNV-1a of the feature's UTF-8 bytes) mod buckets",
    ],
    max_characters: MAX_CHARACTERS,
    boundary_marks: ["<", ">"],
    ngrams: { shortest: GRAMS.shortest, longest: GRAMS.longest },
    max_features: maxTokens,
    hash: { name: "FNV-1a", bits: 32, offset_basis: 0x811c9dc5, prime: 0x01000193 },
    buckets,
    test_vectors: VECTORS.map((text) => ({
      text,
      ids: Array.from(tokenize(text, { buckets, maxTokens }).tokens),
    })),
  };
}
