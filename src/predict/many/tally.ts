/** @module What became of many samples, counted. */

import { z } from "zod";

import type { AnsweredBatch } from "./samples.js";

const whole = z.int().min(0);
const sides = z.strictObject({ image: whole, text: whole });

/** Schema of {@link Tally}. */
export const tallySchema = z.strictObject({
  answered: whole,
  /** Left out, because their pictures cannot be used. */
  skipped: whole,
  /** Answered without a picture, because it cannot be used. */
  unusable: whole,
  /** Answered without that modality, for whatever reason. */
  missing: sides,
  /** With an input that is unlike the training data. */
  unusual: sides,
  decidedBy: z.strictObject({ both: whole, image: whole, text: whole, none: whole }),
  /** The first pictures that cannot be used: which sample, and why. */
  examples: z.array(z.string()),
});

/** Counts of answers. */
export type Tally = z.infer<typeof tallySchema>;

/** Examples that are kept. */
const EXAMPLES = 3;

/** Nothing yet. */
export const emptyTally = (): Tally => ({
  ...{ answered: 0, skipped: 0, unusable: 0, examples: [] },
  missing: { image: 0, text: 0 },
  unusual: { image: 0, text: 0 },
  decidedBy: { both: 0, image: 0, text: 0, none: 0 },
});

/** The counts with those of a further batch. */
export function tallied(before: Tally, { answers, skipped }: AnsweredBatch): Tally {
  const tally = structuredClone(before);
  tally.answered += answers.length;
  tally.skipped += skipped.length;
  const lost = skipped.map(({ where, why }) => `${where}: ${why}`);
  for (const { id, unusable, missing, unusual, decidedBy } of answers) {
    if (unusable !== null) {
      tally.unusable++;
      lost.push(`${id}: ${unusable}`);
    }
    for (const side of missing) tally.missing[side]++;
    for (const side of unusual) tally.unusual[side]++;
    tally.decidedBy[decidedBy]++;
  }
  tally.examples = [...tally.examples, ...lost].slice(0, EXAMPLES);
  return tally;
}
