/** @module Corruptions of texts, on their characters and words, before they become tokens. */

import { type Random, randomStream } from "../../random.js";
import { CONFUSIONS, NEIGHBOURS } from "./characters.js";
import type { Corrupted, Severity, TextCorruption } from "./kinds.js";

/** Probability that a word is corrupted, by severity from 1 on. */
const SHARE = [0.2, 0.4, 0.6, 0.8, 1] as const;

const segmenter = new Intl.Segmenter("und", { granularity: "word" });

const isLetter = (character: string): boolean => /^\p{L}$/u.test(character);

/** One of some items. */
const oneOf = <T>(items: readonly T[], random: Random): T => items[random.integer(items.length)]!;

/** A letter for another one, in the case of that. */
const inCaseOf = (letter: string, other: string): string =>
  other === other.toLowerCase() ? letter : letter.toUpperCase();

/** A change of a word's characters from a position on: so many are replaced. */
interface Edit {
  readonly position: number;
  readonly length: number;
  readonly by: string;
}

const edited = (characters: readonly string[], { position, length, by }: Edit): string =>
  [...characters.slice(0, position), by, ...characters.slice(position + length)].join("");

/** The slips of typing that a word allows, by kind; kinds without any are left out. */
function slipsOf(characters: readonly string[]): Edit[][] {
  const letters = [...characters.keys()].filter((position) => isLetter(characters[position]!));
  const neighbours = letters.flatMap((position) => {
    const own = characters[position]!;
    const keys = NEIGHBOURS[own.toLowerCase()] ?? "";
    return Array.from(keys, (key) => ({ position, length: 1, by: inCaseOf(key, own) }));
  });
  const swapped = letters.flatMap((position): Edit[] => {
    const [own, next] = [characters[position]!, characters[position + 1]];
    if (next === undefined || !isLetter(next) || next === own) return [];
    return [{ position, length: 2, by: next + own }];
  });
  const dropped =
    letters.length > 1 ? letters.map((at) => ({ position: at, length: 1, by: "" })) : [];
  const doubled = letters.map((position) => {
    const own = characters[position]!;
    return { position, length: 1, by: own + own };
  });
  return [neighbours, swapped, dropped, doubled].filter(({ length }) => length > 0);
}

/** A word with one slip: a neighbouring key, swapped letters, a dropped or a doubled one. */
function mistyped(word: string, random: Random): string {
  const characters = Array.from(word);
  const kinds = slipsOf(characters);
  return kinds.length === 0 ? word : edited(characters, oneOf(oneOf(kinds, random), random));
}

/** A word with one part read as what looks like it. */
function misread(word: string, random: Random): string {
  const characters = Array.from(word);
  const found = [...characters.keys()].flatMap((position) =>
    CONFUSIONS.flatMap(([from, by]): Edit[] => {
      const { length } = from;
      const isHere = characters.slice(position, position + length).join("") === from;
      return isHere ? [{ position, length, by }] : [];
    }),
  );
  return found.length === 0 ? word : edited(characters, oneOf(found, random));
}

/** Random streams of one text under one corruption, by what they are for. */
type Draw = (...path: readonly (string | number)[]) => Random;

/** Numbers of the words that are chosen: those of a smaller share are among those of a larger one. */
function chosenWords(count: number, share: number, draw: Draw): number[] {
  const random = draw("choice");
  return [...Array(count).keys()].filter(() => random.uniform() < share);
}

/** Changes some of a text's words, given by their numbers; what is between words stays. */
function perWord(
  segments: readonly Intl.SegmentData[],
  words: readonly number[],
  share: number,
  draw: Draw,
  change: (word: string, random: Random) => string,
): string {
  const result = segments.map(({ segment }) => segment);
  for (const word of chosenWords(words.length, share, draw)) {
    const place = words[word]!;
    result[place] = change(result[place]!, draw("word", word));
  }
  return result.join("");
}

/** Lets the chosen words change places; one alone with a neighbour. What is between words stays. */
function swapWords(
  segments: readonly Intl.SegmentData[],
  words: readonly number[],
  share: number,
  draw: Draw,
): string {
  const chosen = chosenWords(words.length, share, draw);
  if (chosen.length === 1 && words.length > 1) {
    chosen.push(chosen[0] === 0 ? 1 : chosen[0]! - 1);
  }
  const places = draw("order")
    .shuffle(chosen)
    .map((word) => words[word]!);
  const result = segments.map(({ segment }) => segment);
  // Each takes the next one's place, so that none stays where it was.
  places.forEach((place, turn) => {
    result[places[(turn + 1) % places.length]!] = segments[place]!.segment;
  });
  return result.join("");
}

function corrupted(text: string, corruption: TextCorruption, share: number, draw: Draw): string {
  const segments = [...segmenter.segment(text)];
  // Places of the words among the segments.
  const words = [...segments.keys()].filter((place) => segments[place]!.isWordLike);
  switch (corruption) {
    case "typos":
      return perWord(segments, words, share, draw, mistyped);
    case "ocr":
      return perWord(segments, words, share, draw, misread);
    case "word-swap":
      return swapWords(segments, words, share, draw);
  }
}

const shareAt = (severity: Severity): number => SHARE[severity - 1]!;

/**
 * A corrupted copy of a text; each word is chosen with a probability of 0.2 times the severity.
 *
 * - `typos`: a chosen word has one slip of typing: a neighbouring key of a QWERTY keyboard, two letters
 *   swapped, one dropped or doubled (Belinkov and Bisk, ICLR 2018; Pruthi et al., ACL 2019).
 * - `word-swap`: the chosen words change places.
 * - `ocr`: one part of a chosen word is read as what looks like it, as `rn` as `m` and `O` as `0`; words
 *   without such a part stay.
 *
 * What typos and OCR change at one severity, they change alike at the next.
 *
 * The kinds are among those of Qiu et al., "Benchmarking Robustness of Multimodal Image-Text Models under
 * Distribution Shift", 2022 (arXiv 2212.08044). No word is lost, but for the letters that typos drop.
 *
 * @param row - Position of the sample in its split: with the seed it decides which words change, and how.
 */
export const corruptText = (
  text: string,
  { corruption, severity }: Corrupted<TextCorruption>,
  seed: number,
  row: number,
): string =>
  corrupted(text, corruption, shareAt(severity), (...path) =>
    randomStream(seed, corruption, row, ...path),
  );
