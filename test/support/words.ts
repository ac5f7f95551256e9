/** @module Messages as the command line prints them. */

import { inWords, type Text } from "../../src/message.js";
import { commandWords } from "../../src/cli/words.js";

/** A message in the words of the command line. */
export const shown = (text: Text): string => inWords(text, commandWords);
