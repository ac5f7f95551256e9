/** @module Text features for a text encoder that is trained from scratch: hashed words and n-grams. */

import { hash32 } from "../random.js";
import type { TextPreparation, TokenizedText } from "./preparation.js";

/** How texts become features. */
export interface TextOptions {
  /** Number of feature ids; ids run from 1 to `buckets`. */
  readonly buckets: number;
  /** Largest number of features of one text. */
  readonly maxTokens: number;
}

/** Default of {@link TextOptions.maxTokens}. */
export const MAX_TOKENS = 192;

/** Characters read of one text: beyond them a text is cut, which is reported, not silent. */
export const MAX_CHARACTERS = 8_192;

/** Lengths of character n-grams, the word's marks included. */
export const GRAMS: { readonly shortest: number; readonly longest: number } = {
  shortest: 3,
  longest: 5,
};

const segmenter = new Intl.Segmenter("und", { granularity: "word" });

/** Segments of a text that become features. */
function segmentsOf(text: string): Intl.SegmentData[] {
  const normal = text.slice(0, MAX_CHARACTERS).normalize("NFKC").toLowerCase();
  return [...segmenter.segment(normal)].filter(
    ({ isWordLike, segment }) => isWordLike || isSymbol(segment),
  );
}

/** Words of a text in any script, and symbols such as emoji; spaces and punctuation fall away. */
export const words = (text: string): string[] => segmentsOf(text).map(({ segment }) => segment);

const isSymbol = (segment: string): boolean => /\p{S}/u.test(segment);

/**
 * Character n-grams of a word with boundary marks, n from 3 to 5.
 *
 * Source: Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017,
 * section 3.2.
 */
function grams(word: string): string[] {
  const characters = Array.from(`<${word}>`);
  const result: string[] = [];
  for (let length = GRAMS.shortest; length <= GRAMS.longest; length++) {
    for (let start = 0; start + length <= characters.length; start++) {
      // The whole word is a feature of its own already.
      if (length < characters.length) result.push(characters.slice(start, start + length).join(""));
    }
  }
  return result;
}

/**
 * Hashed features of a text: its words first, then as many of their character n-grams as there is room
 * for. Repeated features count as often as they occur. An empty text has no features.
 */
export function tokenize(text: string, { buckets, maxTokens }: TextOptions): TokenizedText {
  const found = words(text);
  const features = [...found.map((word) => `<${word}>`), ...found.flatMap(grams)];
  const ids = features.slice(0, maxTokens).map((feature) => (hash32(feature) % buckets) + 1);
  return {
    tokens: Int32Array.from(ids),
    truncated: text.length > MAX_CHARACTERS || found.length > maxTokens,
  };
}

/** Why a text says little: it has no word, or symbols alone. */
function doubt(text: string): string | null {
  const found = segmentsOf(text);
  if (found.length === 0) return "The text has no word in it; it counts as missing.";
  if (found.some(({ isWordLike }) => isWordLike)) return null;
  return "The text has symbols and no word; the model may never have seen them.";
}

/** Texts for a text encoder that is trained from scratch: hashed features. */
export const hashedText = (options: TextOptions): TextPreparation => ({
  identity: `hashed into ${options.buckets} buckets, at most ${options.maxTokens}`,
  tokenize: (text) => tokenize(text, options),
  doubt,
});
