/** @module A kind of text encoder as a new file would hold it: the letters of a text, in a bag. */

import { z } from "zod";

import { renamed } from "../../src/inputs/exported.js";
import type { InputKind } from "../../src/inputs/kind.js";
import { textQuestion } from "../../src/inputs/question.js";
import { type InputNetwork, TOKENS } from "../../src/model/inputs.js";
import { embeddingBag } from "../../src/nn/layers.js";
import type { TextPreparation } from "../../src/prepare/preparation.js";

const settings = z.strictObject({
  type: z.literal("letters"),
  width: z.int().min(1).default(8).describe("length of a letter's embedding"),
});

const card = z.strictObject({ type: z.literal("letters"), most: z.int() });

const CODE_OF_A = "a".charCodeAt(0);
const LETTERS = 26;

const letters = (most: number): TextPreparation => ({
  identity: `letters, at most ${most}`,
  tokenize(text) {
    const ids = Array.from(text, (letter) => letter.charCodeAt(0) - CODE_OF_A + 1);
    const known = ids.filter((id) => id >= 1 && id <= LETTERS);
    return { tokens: Int32Array.from(known.slice(0, most)), truncated: known.length > most };
  },
  doubt: (text) => (/[a-z]/.test(text) ? null : "The text has no letter."),
});

/** The letters of a text into a bag of embeddings. */
export const lettersText: InputKind<"text", typeof settings, typeof card> = {
  modality: "text",
  settings,
  open({ type, width }, { maxTokens: most }) {
    const network: InputNetwork = {
      dtype: "int32",
      shape: [TOKENS],
      encode: (scope, text) => embeddingBag(scope, text, { ids: LETTERS + 1, width }),
    };
    return Promise.resolve({
      preparation: letters(most),
      trained: () => Promise.resolve(network),
      complete: () => Promise.resolve({ network, card: { type, most } }),
    });
  },
  card: {
    schema: card,
    prepare: ({ most }) => Promise.resolve(letters(most)),
    ask: (_, preparation) => textQuestion(preparation!),
    publicInput: () => renamed("letters"),
    example: () => ({ imports: [], code: "", feeds: ["letters"], input: "`letters` of the text" }),
  },
};
