/** @module Texts into a bag of hashed words and n-grams that is trained from scratch. */

import { z } from "zod";

import { LARGEST_TEXT } from "../../data/config.js";
import { bagConfig, bagNetwork } from "../../model/bag.js";
import { LARGEST, upTo } from "../../model/config.js";
import { HASHED } from "../../model/feeds.js";
import { hashedText } from "../../prepare/text.js";
import { type ExamplePart, renamed } from "../exported.js";
import type { InputKind } from "../kind.js";
import { textQuestion } from "../question.js";
import { HASHING_FILE, hashingConfig } from "./hashing.js";

/** How a program prepares texts. */
const example: ExamplePart = {
  imports: [],
  code: `function words(text) {
  const { max_characters, ngrams, max_features, buckets } = json("${HASHING_FILE}");
  const normal = text.slice(0, max_characters).normalize("NFKC").toLowerCase();
  const segments = [...new Intl.Segmenter("und", { granularity: "word" }).segment(normal)];
  const words = segments.filter(({ isWordLike, segment }) => isWordLike || /\\p{S}/u.test(segment))
    .map(({ segment }) => Array.from(\`<\${segment}>\`));
  const features = words.map((word) => word.join(""));
  for (const word of words) for (let n = ngrams.shortest; n <= ngrams.longest && n < word.length; n++) {
    for (let at = 0; at + n <= word.length; at++) features.push(word.slice(at, at + n).join(""));
  }
  const hash = (feature) => new TextEncoder().encode(feature)
    .reduce((value, byte) => Math.imul(value ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
  const ids = features.slice(0, max_features).map((feature) => 1 + (hash(feature) % buckets));
  if (ids.length === 0) ids.push(0); // a missing text is padding
  return new ort.Tensor("int32", Int32Array.from(ids), [1, ids.length]);
}`,
  feeds: [`${HASHED}: words(text ?? "")`],
  input: `\`${HASHED}\` int32 \`[batch, longest text]\`, padded with 0: see \`${HASHING_FILE}\`, which has test vectors; a missing text is all padding.`,
};

const card = z.strictObject({
  type: z.literal("bag"),
  buckets: upTo(LARGEST.buckets),
  maxTokens: upTo(LARGEST_TEXT),
});

/** Hashed words and n-grams into a bag of embeddings that is trained from scratch. */
export const bag: InputKind<"text", typeof bagConfig, typeof card> = {
  modality: "text",
  settings: bagConfig,
  open(given, { maxTokens }) {
    const network = bagNetwork(given);
    const { type, buckets } = given;
    const about = { type, buckets, maxTokens };
    return Promise.resolve({
      preparation: hashedText({ buckets, maxTokens }),
      trained: () => Promise.resolve(network),
      complete: () => Promise.resolve({ network, card: about }),
    });
  },
  card: {
    schema: card,
    prepare: (options) => Promise.resolve(hashedText(options)),
    ask: (_, preparation) => textQuestion(preparation!),
    // There is no tokenizer for hashed words in other libraries: their ids stay ours, 0 is padding.
    publicInput: () => renamed(HASHED),
    example: () => example,
    files: (options) => ({ [HASHING_FILE]: hashingConfig(options) }),
  },
};
