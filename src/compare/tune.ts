/** @module A small, fair search: the same number of trials for each method, judged on validation. */

import { z } from "zod";

import { type Random, randomStream } from "../random.js";
import { isLowestBest } from "../train/config.js";
import { Run } from "../run/run.js";
import { findRunMethod, isFitted } from "../run/methods.js";
import type { RunStore } from "../run/store.js";
import type { SealedKind } from "../files/sealed.js";
import {
  asTrial,
  baseSettings,
  type ComparisonPlan,
  folderOfLabel,
  type PlannedEntry,
  type PlannedRun,
  runSettings,
} from "./plan.js";

/** One trial and how it did. */
export interface Trial {
  readonly options: Readonly<Record<string, unknown>>;
  readonly train: Readonly<Record<string, unknown>>;
  /** The validation figure that selects epochs, at the best epoch; `null` where the run failed. */
  readonly figure: number | null;
}

/** The trials of one entry, and which of them it goes on with. */
export interface Tuned {
  readonly label: string;
  /** Folder of the entry's runs. */
  readonly folder: string;
  readonly trials: readonly Trial[];
  readonly chosen: number;
  /** Whether a lower figure is better. */
  readonly lowest: boolean;
}

const settings = z.record(z.string(), z.unknown());

/** `tune.json`: the searches of a comparison. */
export const SEARCH_FILE: SealedKind<{ readonly searches: readonly Tuned[] }> = {
  what: "the searches of a comparison",
  format: 2,
  schema: z.strictObject({
    searches: z.array(
      z
        .strictObject({
          label: z.string(),
          folder: z.string().optional(),
          trials: z.array(
            z.strictObject({ options: settings, train: settings, figure: z.number().nullable() }),
          ),
          chosen: z.int().min(0),
          lowest: z.boolean(),
        })
        .transform((search) => ({
          ...search,
          folder: search.folder ?? folderOfLabel(search.label),
        })),
    ),
  }),
  hint: "Delete the file: the search continues with the runs that are there.",
};

/** Learning rates are drawn up to this factor above and below the entry's own. */
const RATE_SPAN = 3;

/** Settings drawn at random: options from the method's lists, the learning rate log-uniform. */
function drawnEntry(entry: PlannedEntry, learningRate: number, random: Random): PlannedEntry {
  const { search = {} } = findRunMethod(entry.method);
  const options = Object.fromEntries(
    Object.entries(search).map(([name, values]) => [name, values[random.integer(values.length)]]),
  );
  const rate = learningRate * RATE_SPAN ** (2 * random.uniform() - 1);
  return {
    ...entry,
    options: { ...options, ...entry.options },
    train: { learningRate: Number(rate.toPrecision(4)), ...entry.train },
  };
}

/**
 * The entries that a search of `trials` runs tries for one entry: its own settings and seeded random
 * draws of others, as many for a method with many options as for one with none. What the entry itself
 * sets stays as it is.
 *
 * Source: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 2012.
 */
export function trialEntries(
  entry: PlannedEntry,
  trials: number,
  learningRate: number,
): PlannedEntry[] {
  // Nothing is left to search: its penalties are chosen on the validation split anyway.
  if (isFitted({ name: entry.method })) return [entry];
  const random = randomStream(0, "tune", entry.folder);
  const drawn = Array.from({ length: trials - 1 }, () => drawnEntry(entry, learningRate, random));
  return [entry, ...drawn];
}

/** Runs of the search: every trial with the plan's first seed. */
export function trialRuns(plan: ComparisonPlan, trials: number, out: RunStore): PlannedRun[] {
  const base = asTrial(baseSettings(plan));
  const seed = plan.seeds[0]!;
  return plan.entries.flatMap((entry) => {
    const { learningRate } = runSettings(base, entry, seed).train;
    return trialEntries(entry, trials, learningRate).map((trial, at) => ({
      entry: trial,
      seed,
      store: out.inside("tune").inside(entry.folder).inside(`trial-${at}`),
      config: runSettings(base, trial, seed),
    }));
  });
}

async function figureOf({ store }: PlannedRun): Promise<number | null> {
  const run = await Run.open(store);
  const { position } = await run.load("best").catch(() => ({ position: null }));
  return position?.bestFigure ?? null;
}

/** Index of the best figure; the earliest of equals. */
export function bestOf(figures: readonly (number | null)[], lowest: boolean): number {
  const sign = lowest ? -1 : 1;
  const worth = figures.map((figure) => (figure === null ? -Infinity : sign * figure));
  return worth.indexOf(Math.max(...worth));
}

/** Judges finished trials: each entry goes on with the settings of its best one. */
export async function judgeTrials(
  plan: ComparisonPlan,
  runs: readonly PlannedRun[],
): Promise<{ plan: ComparisonPlan; tuned: Tuned[] }> {
  const tuned: Tuned[] = [];
  const entries: PlannedEntry[] = [];
  for (const entry of plan.entries) {
    const own = runs.filter((run) => run.entry.folder === entry.folder);
    const figures = await Promise.all(own.map(figureOf));
    const lowest = isLowestBest(own[0]!.config.train.selectBy);
    const chosen = bestOf(figures, lowest);
    const trials = own.map(({ entry: { options, train } }, at) => ({
      options,
      train,
      figure: figures[at]!,
    }));
    tuned.push({ label: entry.label, folder: entry.folder, trials, chosen, lowest });
    entries.push(own[chosen]!.entry);
  }
  return { plan: { ...plan, entries }, tuned };
}
