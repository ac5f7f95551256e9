/** @module What a generator says about the miniature data set that it wrote. */

import type { Split } from "../../src/data/dataset.js";

/** Something odd in a data set, as the real one has it, and which samples or files have it. */
export class Oddity {
  /** As the data set's lists spell them: file names, ids or paths. */
  readonly ids: readonly string[];

  /** @param what - Says of the ids, in words, what is odd with them. */
  constructor(
    readonly what: string,
    ...ids: readonly string[]
  ) {
    this.ids = ids;
  }

  /** Whether a sample is odd in this way. */
  has(id: string): boolean {
    return this.ids.includes(id);
  }
}

/** Facts about the files of one data set; `Kind` names its oddities. */
export interface LayoutFacts<Kind extends string = string> {
  /**
   * Samples that the data set's own lists put into each split; `validation` is 0 where there is no
   * official one. Odd samples count, since it is the reader's choice which of them it can use. A row
   * that says the same as an earlier one, word for word, does not.
   */
  readonly samples: Readonly<Record<Split, number>>;
  /** Rows of each list by its path below the folder, repeated ones too; a header is no row. */
  readonly rows: Readonly<Record<string, number>>;
  /** Ids of the odd samples, or paths of the odd files, by kind. */
  readonly odd: Readonly<Record<Kind, readonly string[]>>;
  /** One line per kind that occurs, for people: kind, meaning, ids. */
  readonly notes: readonly string[];
}

/** Gathers the facts about a data set. */
export function factsOf<Kind extends string>(
  samples: Readonly<Record<Split, number>>,
  rows: Readonly<Record<string, number>>,
  oddities: Readonly<Record<Kind, Oddity>>,
): LayoutFacts<Kind> {
  const entries = Object.entries<Oddity>(oddities);
  const met = entries.filter(([, { ids }]) => ids.length > 0);
  return {
    samples,
    rows,
    odd: Object.fromEntries(entries.map(([kind, { ids }]) => [kind, ids])) as unknown as Record<
      Kind,
      readonly string[]
    >,
    notes: met.map(([kind, { what, ids }]) => `${kind}: ${what}: ${ids.join(", ")}`),
  };
}
