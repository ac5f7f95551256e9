/** @module Words that name a split: in cells, and in names of files and of folders. */

import { type Split, SPLITS } from "./dataset.js";

const WORDS: Readonly<Record<Split, readonly string[]>> = {
  train: ["train", "training", "trn"],
  validation: [
    ...["val", "valid", "validation", "validate", "dev", "devel", "development"],
    ...["eval", "evaluation"],
  ],
  test: ["test", "testing", "tst", "holdout", "heldout"],
};

const SPLIT_OF: ReadonlyMap<string, Split> = new Map(
  SPLITS.flatMap((split) => WORDS[split].map((word) => [word, split] as const)),
);

/** The split that a word means, whatever its case, spaces and hyphens; `undefined` for other words. */
export const splitNamed = (word: string): Split | undefined =>
  SPLIT_OF.get(word.toLowerCase().replace(/[\s_-]/g, ""));

/**
 * The split that the name of a file or folder means: like {@link splitNamed}, but `eval` and `evaluation` are the
 * test split, as in Hugging Face `datasets`, by whose rules folders are read.
 */
export const splitOfName = (name: string): Split | undefined =>
  /^eval(?:uation)?$/i.test(name) ? "test" : splitNamed(name);
