/** @module What corruptions of texts share: which words are changed, and how words are edited. */

import { type Random, randomStream } from "../../random.js";
import type { TextCorruption } from "../impairment.js";

/** Probability that a word is corrupted, by severity from 1 on. */
const SHARE = [0.2, 0.4, 0.6, 0.8, 1] as const;

const segmenter = new Intl.Segmenter("und", { granularity: "word" });

/** A change of a word's characters from a position on: so many are replaced. */
export interface Edit {
  readonly position: number;
  readonly length: number;
  readonly by: string;
}

/** A word after a change. */
export const edited = (characters: readonly string[], { position, length, by }: Edit): string =>
  [...characters.slice(0, position), by, ...characters.slice(position + length)].join("");

/** One of some items. */
export const oneOf = <T>(items: readonly T[], random: Random): T =>
  items[random.integer(items.length)]!;

/** A text cut at the boundaries of its words, of which some are chosen. */
export interface ChosenWords {
  /** Words, and what is between them. */
  readonly segments: readonly string[];
  /** Places of the words among the segments. */
  readonly words: readonly number[];
  /** Numbers of the words that are chosen: those of a smaller severity are among those of a larger one. */
  readonly chosen: readonly number[];
  /** Random streams of this text under this corruption, by what they are for. */
  readonly draw: (...path: readonly (string | number)[]) => Random;
}

/**
 * A corruption of texts by words; each is chosen with a probability of 0.2 times the severity.
 *
 * The kinds are among those of Qiu et al., "Benchmarking Robustness of Multimodal Image-Text Models under
 * Distribution Shift", 2022 (arXiv 2212.08044). No word is lost, but for the letters that typos drop.
 */
export const ofTexts = <const N extends string>(
  name: N,
  caption: string,
  change: (text: ChosenWords) => readonly string[],
): TextCorruption<N> => ({
  kind: "corruption",
  modality: "text",
  name,
  caption,
  text(text, { strength, seed, row }) {
    const parts = [...segmenter.segment(text)];
    const words = [...parts.keys()].filter((place) => parts[place]!.isWordLike);
    const draw: ChosenWords["draw"] = (...path) => randomStream(seed, name, row, ...path);
    const random = draw("choice");
    const chosen = [...words.keys()].filter(() => random.uniform() < SHARE[strength - 1]!);
    return change({ segments: parts.map(({ segment }) => segment), words, chosen, draw }).join("");
  },
});

/** Changes the chosen words one by one; what a text keeps at one severity is changed alike at the next. */
export const perWord =
  (change: (word: string, random: Random) => string) =>
  ({ segments, words, chosen, draw }: ChosenWords): string[] => {
    const result = [...segments];
    for (const word of chosen) {
      const place = words[word]!;
      result[place] = change(result[place]!, draw("word", word));
    }
    return result;
  };
