/** @module How inputs of a from-scratch model are prepared, as files for other programs. */

import { DEFAULT_NORMALISATION } from "../prepare/batch.js";
import { GRAMS, MAX_CHARACTERS, tokenize } from "../prepare/text.js";
import type { CardImage, CardText } from "../predict/card.js";
import { jsonBytes } from "../files/json.js";

/** The file that states how texts are hashed. */
export const HASHING_FILE = "text_hashing.json";

/** Resampling by windowed sinc functions in the numbering of Pillow, which the known layout uses. */
const LANCZOS = 1;

/**
 * A picture's preparation in the layout of `preprocessor_config.json`; what that layout cannot say stands
 * under `balgrad`.
 *
 * @param side - Height and width of the square, pixels.
 */
export function preprocessorConfig(side: number): object {
  const { mean, deviation } = DEFAULT_NORMALISATION;
  return {
    image_processor_type: "BalGradImageProcessor",
    do_convert_rgb: true,
    do_resize: true,
    size: { longest_edge: side },
    resample: LANCZOS,
    do_pad: true,
    pad_size: { height: side, width: side },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: deviation,
    balgrad: {
      orientation: "turned upright by the EXIF orientation",
      resize:
        "the longer side becomes longest_edge, the other keeps the proportion, rounded; smaller pictures are enlarged",
      pad: "in the middle; an odd row or column more at the bottom and the right",
      background: [255, 255, 255],
      transparent: "shown on the background",
      layout: "channels first: red, green, blue",
      missing: "a missing picture is all zeros",
    },
  };
}

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
export function hashingConfig({ buckets, maxTokens }: Extract<CardText, { type: "bag" }>): object {
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

/** Files that state how inputs are prepared, where no pretrained encoder's files do, by name. */
export function preprocessingFiles({
  image,
  text,
}: {
  readonly image: CardImage;
  readonly text: CardText;
}): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  if (image.type === "convolutional") {
    files.set("preprocessor_config.json", jsonBytes(preprocessorConfig(image.side)));
  }
  if (text.type === "bag") files.set(HASHING_FILE, jsonBytes(hashingConfig(text)));
  return files;
}
