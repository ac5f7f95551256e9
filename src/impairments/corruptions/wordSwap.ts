/** @module Words in another order. */

import { type ChosenWords, ofTexts } from "./texts.js";

/** Lets the chosen words change places; one alone with a neighbour. What is between words stays. */
function swapWords({ segments, words, chosen, draw }: ChosenWords): string[] {
  const [only] = chosen;
  const isAlone = chosen.length === 1 && words.length > 1;
  const swapped = isAlone ? [only!, only === 0 ? 1 : only! - 1] : chosen;
  const places = draw("order")
    .shuffle(swapped)
    .map((word) => words[word]!);
  const result = [...segments];
  // Each takes the next one's place, so that none stays where it was.
  places.forEach((place, turn) => {
    result[places[(turn + 1) % places.length]!] = segments[place]!;
  });
  return result;
}

/** The chosen words change places. */
export const wordSwap = ofTexts("word-swap", "word swap", swapWords);
