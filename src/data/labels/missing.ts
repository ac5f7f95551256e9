/** @module Words such as `None` and `NA`, which mean a missing label or name a class. */

import { plainNumber } from "./equal.js";

/** Words that pandas reads as missing values, but that a class may be called. */
const DOUBTFUL: ReadonlySet<string> = new Set(["None", "NA", "N/A", "n/a"]);

/** Words that no class is called without saying so. */
const CERTAIN: ReadonlySet<string> = new Set(["NULL", "null", "Null"]);

/** A word that means a missing label or a class, and what was decided. */
export interface WordDecision {
  readonly word: string;
  /** Rows that have it. */
  readonly rows: number;
  readonly missing: boolean;
}

/** Whether a text may stand for a missing label. */
export const isMissingWord = (text: string): boolean => DOUBTFUL.has(text) || CERTAIN.has(text);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/**
 * How the files say that a label is missing: with `null`, so that a word is a word; with words; or with words among
 * lists, where a word is no class.
 */
export type MissingStyle = "null" | "words" | "words-among-lists";

/**
 * Decides about such words of a column. `null` is missing. The others are missing among numbers and among lists, and
 * where the files have nothing else to say so, unless the word is half as frequent as the middle one of the other
 * labels, or too few classes would be left.
 *
 * @param counts - Rows of every label as it is written.
 */
export function decideWords(
  counts: ReadonlyMap<string, number>,
  style: MissingStyle,
): readonly WordDecision[] {
  const others = [...counts].filter(([word]) => !isMissingWord(word));
  const usual = median(others.map(([, rows]) => rows));
  const areNumbers = others.every(([word]) => plainNumber(word) !== null);
  const isMissing = (word: string, rows: number): boolean => {
    if (CERTAIN.has(word) || style === "words-among-lists") return true;
    if (others.length < 2) return false;
    return areNumbers || (style === "words" && 2 * rows < usual);
  };
  return [...counts]
    .filter(([word]) => isMissingWord(word))
    .map(([word, rows]) => ({ word, rows, missing: isMissing(word, rows) }));
}
