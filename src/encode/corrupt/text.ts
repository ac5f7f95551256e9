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

/** Changes each word with a probability. */
function perWord(
  text: string,
  share: number,
  random: Random,
  change: (word: string, random: Random) => string,
): string {
  return [...segmenter.segment(text)]
    .map(({ segment, isWordLike }) =>
      isWordLike && random.uniform() < share ? change(segment, random) : segment,
    )
    .join("");
}

/** Lets the chosen words change places; one alone with a neighbour. What is between words stays. */
function swapWords(text: string, share: number, random: Random): string {
  const segments = [...segmenter.segment(text)];
  const words = [...segments.keys()].filter((place) => segments[place]!.isWordLike);
  const chosen = [...words.keys()].filter(() => random.uniform() < share);
  if (chosen.length === 1 && words.length > 1) {
    chosen.push(chosen[0] === 0 ? 1 : chosen[0]! - 1);
  }
  const places = random.shuffle(chosen).map((word) => words[word]!);
  const result = segments.map(({ segment }) => segment);
  // Each takes the next one's place, so that none stays where it was.
  places.forEach((place, turn) => {
    result[places[(turn + 1) % places.length]!] = segments[place]!.segment;
  });
  return result.join("");
}

function corrupted(
  text: string,
  corruption: TextCorruption,
  share: number,
  random: Random,
): string {
  switch (corruption) {
    case "typos":
      return perWord(text, share, random, mistyped);
    case "ocr":
      return perWord(text, share, random, misread);
    case "word-swap":
      return swapWords(text, share, random);
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
  corrupted(text, corruption, shareAt(severity), randomStream(seed, corruption, severity, row));
