/** @module Misread characters, as of scanned texts. */

import type { Random } from "../../random.js";
import { CONFUSIONS } from "./characters.js";
import { type Edit, edited, ofTexts, oneOf, perWord } from "./texts.js";

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

/** One part of a chosen word is read as what looks like it, as `rn` as `m` and `O` as `0`; words without such a part stay. */
export const ocr = ofTexts("ocr", "ocr", perWord(misread));
