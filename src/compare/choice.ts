/** @module The choice of a method as a file. */

import { z } from "zod";

import { SCORES } from "../data/dataset.js";
import type { SealedKind } from "../files/sealed.js";
import { type Figures, FIGURES } from "./judge.js";
import { plannedEntry } from "./plan.js";

const figures = z.strictObject(
  Object.fromEntries(FIGURES.map((name) => [name, z.number()])) as Record<
    keyof Figures,
    z.ZodNumber
  >,
);
const interval = z.strictObject({ mean: z.number(), low: z.number(), high: z.number() });
const judgement = z.strictObject({ figures, difference: interval });
const outcome = z.enum(["judged", "failed", "skipped"]);

/** What became of a run: `skipped` for want of time. */
export type Outcome = z.infer<typeof outcome>;

const candidate = z.strictObject({
  /** The candidate with the settings that it was judged with. */
  entry: plannedEntry,
  outcome,
  judgement: judgement.nullable(),
  /** Settings that were tried, its own first. */
  trials: z.array(
    z.strictObject({ entry: plannedEntry, outcome, judgement: judgement.nullable() }),
  ),
});

const choice = z.strictObject({
  chosen: plannedEntry,
  /** Whether nothing could be told apart, so that the simplest was taken. */
  undecided: z.boolean(),
  score: z.enum(SCORES),
  folds: z.int().min(1),
  /** Validation samples of all folds. */
  samples: z.int().min(1),
  /** Runs that were not begun, for want of time. */
  skipped: z.int().min(0),
  candidates: z.array(candidate),
});

/** What was chosen, and why; plain JSON. */
export type Choice = z.infer<typeof choice>;

/** `auto.json`. */
export const AUTO_FILE: SealedKind<Choice> = {
  what: "the choice of a method",
  format: 2,
  schema: choice,
  hint: "Delete the file: the same command makes the choice again with the runs that are there.",
};
