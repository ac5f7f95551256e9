/** @module Words such as `None` and `NA`, which mean a missing label or name a class. */

/** Words that pandas reads as missing values, but that a class may be called. */
const DOUBTFUL: ReadonlySet<string> = new Set(["None", "NA", "N/A", "n/a", "NULL", "null"]);

/** A word that means a missing label or a class, and what was decided. */
export interface WordDecision {
  readonly word: string;
  /** Rows that have it. */
  readonly rows: number;
  readonly missing: boolean;
}

/** Whether a text may stand for a missing label. */
export const isDoubtful = (text: string): boolean => DOUBTFUL.has(text);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/**
 * How the files say that a label is missing: with `null`, so that a word is a word; with words; or with words among
 * lists, where a word is no class.
 */
export type MissingStyle = "null" | "words" | "words-among-lists";

/**
 * Decides about the doubtful words of a column. A word is missing where the files have nothing else to say so, unless
 * it is half as frequent as the middle one of the other labels, or too few classes would be left.
 *
 * @param counts - Rows of every label as it is written.
 */
export function decideWords(
  counts: ReadonlyMap<string, number>,
  style: MissingStyle,
): readonly WordDecision[] {
  const others = [...counts].filter(([word]) => !isDoubtful(word)).map(([, rows]) => rows);
  const isRare = (rows: number): boolean => others.length > 1 && 2 * rows < median(others);
  return [...counts]
    .filter(([word]) => isDoubtful(word))
    .map(([word, rows]) => ({
      word,
      rows,
      missing: style === "words-among-lists" || (style === "words" && isRare(rows)),
    }));
}
