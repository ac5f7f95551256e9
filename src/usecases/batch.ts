/** @module The runs of a comparison or of a choice: planned in a folder, launched, several at a time. */

import { isDeepStrictEqual } from "node:util";

import {
  comparisonPlan,
  type ComparisonPlan,
  PLAN_FILE,
  type PlannedRun,
} from "../compare/plan.js";
import { type Launch, trainAll } from "../compare/pool.js";
import { type JoinedPlan, joinedPlans } from "../compare/rows.js";
import { TimeLimit } from "../compare/timeLimit.js";
import { UserError } from "../errors.js";
import { say, setting } from "../message.js";
import type { RunConfig } from "../run/config.js";
import { isFinished } from "../run/results.js";
import { readSealedFrom, Run } from "../run/run.js";
import type { RunStore } from "../run/store.js";
import { usableCores } from "../runtime/cores.js";
import { sealed } from "../files/sealed.js";
import { type BatchEvent, silent, type Watch } from "./events.js";
import { Interrupted } from "./interrupted.js";

const FILE = "compare.json";

/**
 * Writes the plan of a new comparison, or adds it to that of the folder: the same settings with more
 * entries or seeds continue with the runs that are there.
 *
 * @throws {UserError} when the folder's comparison has other settings.
 */
export async function settlePlan(out: RunStore, plan: ComparisonPlan): Promise<JoinedPlan> {
  if (!(await out.has(FILE))) {
    await out.write(FILE, sealed(plan, PLAN_FILE));
    return { whole: plan, asked: plan };
  }
  const known = await readSealedFrom(out, FILE, PLAN_FILE);
  const joined = joinedPlans(known, comparisonPlan.parse(plan));
  if (!joined) {
    throw new UserError(
      `${out.name}: there is another comparison in this folder.`,
      say`Give another folder with ${setting("out")}, or the same settings to continue.`,
    );
  }
  await out.write(FILE, sealed(joined.whole, PLAN_FILE));
  return joined;
}

/** Threads of each run where several run at a time. */
export const threadsFor = (jobs: number): number => Math.max(1, Math.floor(usableCores() / jobs));

/** Whether a run's settings are those that are asked for, but for what a run notes when it begins. */
function sameSettings(own: RunConfig, asked: RunConfig): boolean {
  const isChosen = asked.train.device === "auto";
  const noted = { threads: 1, plannedEpochs: 1, ...(isChosen && { device: "auto" }) };
  const given = ({ train, ...groups }: RunConfig) => ({ ...groups, ...train, ...noted });
  return isDeepStrictEqual(given(own), given(asked));
}

/**
 * Makes the folders of all runs that do not have one yet.
 *
 * @returns The runs that are not finished.
 * @throws {UserError} when a folder holds a run with other settings.
 */
async function openRuns(runs: readonly PlannedRun[]): Promise<PlannedRun[]> {
  const unfinished: PlannedRun[] = [];
  for (const run of runs) {
    const { store } = run;
    const isThere = await Run.exists(store);
    const opened = isThere ? await Run.open(store) : await Run.create(store, run.config);
    if (isThere && !sameSettings(opened.config, run.config)) {
      throw new UserError(
        `${run.store.name}: there is a run with other settings than those of ${run.entry.label}.`,
        say`Give another folder with ${setting("out")}. Defaults may have changed since that run was made.`,
      );
    }
    if (!(await isFinished(opened))) unfinished.push(run);
  }
  return unfinished;
}

/** What became of runs that are not finished. */
export interface Unfinished {
  /** What failed, a line each. */
  readonly failed: readonly string[];
  /** Runs that were not begun, for want of time. */
  readonly skipped: ReadonlySet<PlannedRun>;
}

/** How the runs of a batch are trained. */
export interface BatchOptions extends Watch<BatchEvent> {
  /** Where they all are kept. */
  readonly out: RunStore;
  readonly launch: Launch;
  /** Runs at a time. */
  readonly jobs: number;
  /** Time of all; default: no limit. */
  readonly limit?: TimeLimit;
}

/** Launches runs, and says what became of each. */
async function launchAll(
  waiting: readonly PlannedRun[],
  { launch, jobs, events = silent, limit }: BatchOptions,
  signal: AbortSignal,
): Promise<Unfinished> {
  const failed: string[] = [];
  const skipped = new Set<PlannedRun>();
  await trainAll(
    waiting,
    { launch, jobs, signal },
    {
      mayBegin: (run) => {
        if (limit?.allowsAnother() ?? true) return true;
        skipped.add(run);
        events({ kind: "batch-run-ended", run, outcome: "skipped", message: "" });
        return false;
      },
      onProgress: (run, done) => {
        events({ kind: "batch-progress", run, done });
      },
      onDone: (run, outcome, seconds) => {
        limit?.note(seconds);
        const { entry, seed, store } = run;
        const message = outcome.kind === "failed" ? outcome.message : "";
        if (outcome.kind === "failed")
          failed.push(`${entry.label} seed ${seed} (${store.name}): ${message}`);
        events({ kind: "batch-run-ended", run, outcome: outcome.kind, message });
      },
    },
  );
  return { failed, skipped };
}

/**
 * Trains what is missing of some runs; failed ones are told as they fail.
 *
 * @throws {UserError} when nothing succeeded.
 * @throws {Interrupted} after the signal.
 */
export async function trainBatch(
  runs: readonly PlannedRun[],
  options: BatchOptions,
): Promise<Unfinished> {
  const { out, events = silent, signal = new AbortController().signal } = options;
  const waiting = await openRuns(runs);
  const [total, finished] = [runs.length, runs.length - waiting.length];
  events({ kind: "batch-started", total, finished });
  const unfinished = await launchAll(waiting, options, signal).finally(() => {
    events({ kind: "batch-ended" });
  });
  const { failed } = unfinished;
  if (signal.aborted) throw new Interrupted(out.name, { by: "repeat" });
  if (failed.length === runs.length) throw new UserError(`No run succeeded.\n${failed[0] ?? ""}`);
  return unfinished;
}
