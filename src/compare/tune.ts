/** @module A small, fair search: the same number of trials for each method, judged on validation. */

import { join } from "node:path";

import { findMethod } from "../balance/methods.js";
import { randomStream } from "../random.js";
import { RunFolder } from "../run/folder.js";
import { type ComparisonPlan, type Entry, type PlannedRun, runSettings, slug } from "./plan.js";

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
  readonly trials: readonly Trial[];
  readonly chosen: number;
  /** Whether a lower figure is better. */
  readonly lowest: boolean;
}

const RATE_FACTORS = [0.5, 1, 2];

/** All settings that a search over an entry may draw, the entry's own first. */
function candidates(entry: Entry, learningRate: number): Entry[] {
  const { search = {} } = findMethod(entry.method);
  const grids = Object.entries(search).reduce<Record<string, unknown>[]>(
    (sofar, [name, values]) =>
      sofar.flatMap((options) => values.map((value) => ({ ...options, [name]: value }))),
    [{}],
  );
  const varied = grids.flatMap((options) =>
    RATE_FACTORS.map((factor) => ({
      ...entry,
      options: { ...entry.options, ...options },
      train: { ...entry.train, learningRate: learningRate * factor },
    })),
  );
  return [entry, ...varied];
}

/**
 * The entries that a search of `trials` runs tries for one entry: its own settings and a seeded draw
 * of others. A method with few settings gets no more than it has.
 */
export function trialEntries(entry: Entry, trials: number, learningRate: number): Entry[] {
  const [own, ...others] = candidates(entry, learningRate) as [Entry, ...Entry[]];
  const drawn = randomStream(0, "tune", entry.label).shuffle(others.keys());
  return [own, ...drawn.slice(0, trials - 1).map((at) => others[at]!)];
}

/** Runs of the search: every trial with the plan's first seed. */
export function trialRuns(
  { entries, seeds, base }: ComparisonPlan,
  trials: number,
  out: string,
): PlannedRun[] {
  const seed = seeds[0]!;
  return entries.flatMap((entry) => {
    const { learningRate } = runSettings(base, entry, seed).train;
    return trialEntries(entry, trials, learningRate).map((trial, at) => ({
      entry: trial,
      seed,
      folder: join(out, "tune", slug(entry.label), `trial-${at}`),
      config: runSettings(base, trial, seed),
    }));
  });
}

async function figureOf({ folder }: PlannedRun): Promise<number | null> {
  const run = await RunFolder.open(folder);
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
  const entries: Entry[] = [];
  for (const entry of plan.entries) {
    const own = runs.filter((run) => run.entry.label === entry.label);
    const figures = await Promise.all(own.map(figureOf));
    const lowest = own[0]!.config.train.selectBy === "loss";
    const chosen = bestOf(figures, lowest);
    const trials = own.map(({ entry: { options, train } }, at) => ({
      options,
      train,
      figure: figures[at]!,
    }));
    tuned.push({ label: entry.label, trials, chosen, lowest });
    entries.push(own[chosen]!.entry);
  }
  return { plan: { ...plan, entries }, tuned };
}
