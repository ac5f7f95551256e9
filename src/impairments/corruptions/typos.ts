/** @module Slips of typing. */

import type { Random } from "../../random.js";
import { NEIGHBOURS } from "./characters.js";
import { type Edit, edited, ofTexts, oneOf, perWord } from "./texts.js";

const isLetter = (character: string): boolean => /^\p{L}$/u.test(character);

/** A letter for another one, in the case of that. */
const inCaseOf = (letter: string, other: string): string =>
  other === other.toLowerCase() ? letter : letter.toUpperCase();

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

/**
 * A chosen word has one slip: a neighbouring key of a QWERTY keyboard, two letters swapped, one dropped or doubled
 * (Belinkov and Bisk, ICLR 2018; Pruthi et al., ACL 2019).
 */
export const typos = ofTexts("typos", "typos", perWord(mistyped));
