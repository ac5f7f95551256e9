/** @module The choice of a method: candidates, folds of the validation, and what can be told apart. */

import type { Score } from "../data/dataset.js";
import type { ModelData } from "../inputs/data.js";
import type { CaseAnswers } from "../evaluate/crossfit.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import { validationAnswers } from "../run/experiment.js";
import { Run } from "../run/run.js";
import { isFinished } from "../run/results.js";
import type { RunStore } from "../run/store.js";
import type { Runtime } from "../runtime/session.js";
import type { Choice, Outcome } from "./choice.js";
import { judge, type Judgement } from "./judge.js";
import {
  asTrial,
  baselines,
  baseSettings,
  type ComparisonPlan,
  type Entry,
  methodEntry,
  type PlannedEntry,
  type PlannedRun,
  type Possible,
  runSettings,
  withFold,
} from "./plan.js";
import { trialEntries } from "./tune.js";

/** Methods that train a network, the simplest first. */
const NETWORKS = ["joint", "unimodal-losses", "modality-dropout", "balgrad", "robust"];

/** What is chosen from, as far as the data allow it, the simplest first. */
export const autoEntries = (possible: Possible): Entry[] =>
  [...baselines(possible), ...NETWORKS].map((name) => methodEntry(name));

/** What the choice is made with. */
export interface Effort {
  /** Folds of a cross-validation in which every candidate is trained and judged. */
  readonly folds: number;
  /** Settings of each candidate that are tried. */
  readonly trials: number;
}

/** Validation samples that differences of a few points need. */
const ENOUGH = 600;
const MOST_FOLDS = 5;
const TRIALS = 3;

/**
 * How the runs of a choice are spent: where few samples validate, on folds, so that more of them are
 * judged; else on settings.
 *
 * @param samples - In the validation split.
 */
export function effortFor(samples: number): Effort {
  const folds = Math.min(MOST_FOLDS, Math.ceil(ENOUGH / Math.max(1, samples)));
  return { folds, trials: folds > 1 ? 1 : TRIALS };
}

/** What the choice needs from its surroundings. */
export interface AutoServices {
  readonly runtime: Runtime;
  /** Data of a run. */
  readonly load: (config: RunConfig) => Promise<ModelData>;
  /**
   * Trains what is missing of some runs, in order.
   *
   * @returns Runs that were not begun, for want of time.
   */
  readonly train: (runs: readonly PlannedRun[]) => Promise<ReadonlySet<PlannedRun>>;
}

/** A run and what became of it. */
interface Tried {
  readonly run: PlannedRun;
  readonly outcome: Outcome;
  /** `null` where there are none. */
  readonly answers: CaseAnswers | null;
}

/** Trains and judges the runs of a choice. */
class Trials {
  readonly #data = new Map<number, Promise<ModelData>>();
  /** Runs that were not begun, for want of time. */
  skipped = 0;

  constructor(
    readonly plan: ComparisonPlan,
    readonly out: RunStore,
    readonly services: AutoServices,
  ) {}

  /** A run of an entry in a fold. */
  planned(entry: PlannedEntry, name: string, fold: number): PlannedRun {
    const seed = this.plan.seeds[0]!;
    const store = this.out.inside(entry.folder).inside(name);
    const config = runSettings(withFold(asTrial(baseSettings(this.plan)), fold), entry, seed);
    return { entry: { ...entry, label: `${entry.label} ${name}` }, seed, store, config };
  }

  #dataOf(config: RunConfig): Promise<ModelData> {
    const { fold } = config.data;
    const data = this.#data.get(fold) ?? this.services.load(config);
    this.#data.set(fold, data);
    return data;
  }

  async train(runs: readonly PlannedRun[]): Promise<Tried[]> {
    const skipped = await this.services.train(runs);
    this.skipped += skipped.size;
    const tried: Tried[] = [];
    for (const run of runs) {
      if (skipped.has(run)) {
        tried.push({ run, outcome: "skipped", answers: null });
        continue;
      }
      const opened = await Run.open(run.store);
      if (!(await isFinished(opened))) tried.push({ run, outcome: "failed", answers: null });
      else {
        const data = await this.#dataOf(opened.config);
        const answers = await validationAnswers(opened, data, this.services.runtime);
        tried.push({ run, outcome: "judged", answers });
      }
    }
    return tried;
  }
}

/** A candidate between the stages of a choice. */
interface Standing {
  /** With the settings that it goes on with. */
  readonly entry: PlannedEntry;
  readonly outcome: Outcome;
  readonly trials: Choice["candidates"][number]["trials"];
  /** In every fold so far; empty where it is out. */
  readonly answers: readonly CaseAnswers[];
}

/** The settings that a candidate goes on with: its own, unless others are clearly better. */
function standingOf(
  entry: PlannedEntry,
  trials: readonly PlannedEntry[],
  tried: readonly Tried[],
  main: Score,
): Standing {
  const judged = tried.flatMap(({ answers }, at) => (answers ? [{ at, answers }] : []));
  const verdict =
    judged.length > 0
      ? judge(
          judged.map(({ answers }) => [answers]),
          main,
        )
      : null;
  const judgementOf = (at: number): Judgement | null => {
    const place = judged.findIndex((one) => one.at === at);
    return verdict?.judgements[place] ?? null;
  };
  const chosen = verdict ? judged[verdict.chosen]! : null;
  return {
    entry: chosen ? trials[chosen.at]! : entry,
    outcome: chosen ? "judged" : tried[0]!.outcome,
    trials: tried.map(({ outcome: own }, at) => ({
      entry: trials[at]!,
      outcome: own,
      judgement: judgementOf(at),
    })),
    answers: chosen ? [chosen.answers] : [],
  };
}

/** Tries the settings of every candidate in fold 0: all candidates' own first, then drawn ones. */
async function tryAll(
  entries: readonly PlannedEntry[],
  count: number,
  trials: Trials,
  main: Score,
): Promise<Standing[]> {
  const own = entries.map((entry) => {
    const { learningRate } = checkConfig(baseSettings(trials.plan), "auto").train;
    return trialEntries(entry, count, learningRate);
  });
  const runs = own.map((list) => list.map((entry, at) => trials.planned(entry, `trial-${at}`, 0)));
  const inTurn = Array.from({ length: count }, (_, at) => runs.flatMap((list) => list[at] ?? []));
  const tried = await trials.train(inTurn.flat());
  return entries.map((entry, at) => {
    const mine = runs[at]!.map((run) => tried.find((one) => one.run === run)!);
    return standingOf(entry, own[at]!, mine, main);
  });
}

/** Trains the candidates in further folds; a fold counts that all of them have. */
async function addFolds(
  standings: readonly Standing[],
  folds: number,
  trials: Trials,
): Promise<Standing[]> {
  const inside = standings.filter(({ answers }) => answers.length > 0);
  const runs = Array.from({ length: folds - 1 }, (_, at) =>
    inside.map(({ entry }) => trials.planned(entry, `fold-${at + 1}`, at + 1)),
  );
  const tried = runs.length > 0 ? await trials.train(runs.flat()) : [];
  const perFold = runs.map((list) => list.map((run) => tried.find((one) => one.run === run)!));
  const isFailed = (at: number): boolean => perFold.some((list) => list[at]!.outcome === "failed");
  const left = inside.filter((_, at) => !isFailed(at));
  const whole = perFold.filter((list) =>
    list.every(({ answers }, at) => answers !== null || isFailed(at)),
  );
  return standings.map((standing): Standing => {
    const at = inside.indexOf(standing);
    if (at < 0) return standing;
    if (!left.includes(standing)) return { ...standing, outcome: "failed", answers: [] };
    return {
      ...standing,
      answers: [...standing.answers, ...whole.map((list) => list[at]!.answers!)],
    };
  });
}

function choiceOf(standings: readonly Standing[], skipped: number, main: Score): Choice {
  const judged = standings.filter(({ answers }) => answers.length > 0);
  const verdict = judge(
    judged.map(({ answers }) => answers),
    main,
  );
  const { answers } = judged[0]!;
  return {
    chosen: judged[verdict.chosen]!.entry,
    undecided: verdict.undecided,
    score: main,
    folds: answers.length,
    samples: answers.reduce((sum, { full }) => sum + full.targets.length / full.classes, 0),
    skipped,
    candidates: standings.map((standing) => ({
      entry: standing.entry,
      outcome: standing.outcome,
      judgement: verdict.judgements[judged.indexOf(standing)] ?? null,
      trials: standing.trials,
    })),
  };
}

/**
 * Chooses a method on validation data: every candidate is trained in every fold, its answers (those that
 * `predict` gives) are measured on full input and on every impairment, and the simplest is taken that
 * cannot be told apart from the best.
 *
 * @param plan - Its entries are the candidates, the simplest first; its first seed is that of all runs.
 * @param out - Where the runs are kept.
 * @throws {UserError} where no candidate can be trained.
 */
export async function chooseMethod(
  plan: ComparisonPlan,
  { folds, trials }: Effort,
  out: RunStore,
  services: AutoServices,
  main: Score,
): Promise<Choice> {
  const runs = new Trials(plan, out, services);
  const first = await tryAll(plan.entries, trials, runs, main);
  const standings = await addFolds(first, folds, runs);
  return choiceOf(standings, runs.skipped, main);
}
