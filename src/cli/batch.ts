/** @module Many runs from one command: several processes at a time, progress, search. */

import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import {
  comparisonPlan,
  type ComparisonPlan,
  PLAN_FILE,
  type PlannedRun,
} from "../compare/plan.js";
import { type JoinedPlan, joinedPlans } from "../compare/rows.js";
import { type Outcome, trainAll } from "../compare/pool.js";
import { TimeLimit } from "../compare/timeLimit.js";
import { judgeTrials, SEARCH_FILE, trialRuns, type Tuned } from "../compare/tune.js";
import { UserError } from "../errors.js";
import { makeFolder, exists } from "../system.js";
import { writeFileAtomic } from "../files/atomic.js";
import type { RunConfig } from "../run/config.js";
import { RunFolder } from "../run/folder.js";
import { Run } from "../run/run.js";
import { usableCores } from "../runtime/cores.js";
import { readSealed, sealed } from "../files/sealed.js";
import { showPool } from "./progress.js";
import { Interrupted } from "./runs.js";
import { complain } from "./print.js";

/**
 * Writes the plan of a new comparison, or adds it to that of the folder: the same settings with more
 * entries or seeds continue with the runs that are there.
 *
 * @throws {UserError} when the folder's comparison has other settings.
 */
export async function settlePlan(out: string, plan: ComparisonPlan): Promise<JoinedPlan> {
  const path = join(out, "compare.json");
  if (!(await exists(path))) {
    await makeFolder(out);
    await writeFileAtomic(path, sealed(plan, PLAN_FILE));
    return { whole: plan, asked: plan };
  }
  const known = await readSealed(path, PLAN_FILE);
  const joined = joinedPlans(known, comparisonPlan.parse(plan));
  if (!joined) {
    throw new UserError(
      `${out}: there is another comparison in this folder.`,
      "Give another folder with --out, or the same settings to continue.",
    );
  }
  await writeFileAtomic(path, sealed(joined.whole, PLAN_FILE));
  return joined;
}

/** Threads of each run where several run at a time. */
export const threadsFor = (jobs: number): number => Math.max(1, Math.floor(usableCores() / jobs));

/** Whether settings are the same but for what a run notes when it begins. */
function sameSettings(one: RunConfig, other: RunConfig): boolean {
  const noted = { threads: 1, plannedEpochs: 1 };
  const given = ({ train, ...groups }: RunConfig) => ({ ...groups, ...train, ...noted });
  return isDeepStrictEqual(given(one), given(other));
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
    const store = new RunFolder(run.folder);
    if (!(await Run.exists(store))) {
      await Run.create(store, run.config);
    } else if (!sameSettings((await Run.open(store)).config, run.config)) {
      throw new UserError(
        `${run.folder}: there is a run with other settings than those of ${run.entry.label}.`,
        "Give another folder with --out. Defaults may have changed since that run was made.",
      );
    }
    if (!(await exists(join(run.folder, "results.json")))) unfinished.push(run);
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

/**
 * Trains what is missing of some runs; failed ones are named as they fail.
 *
 * @param limit - Time of all; default: no limit.
 * @throws {UserError} when nothing succeeded.
 */
export async function trainRuns(
  runs: readonly PlannedRun[],
  out: string,
  jobs: number,
  signal: AbortSignal,
  limit = new TimeLimit(Infinity),
): Promise<Unfinished> {
  const waiting = await openRuns(runs);
  const progress = showPool(runs.length, runs.length - waiting.length);
  const failed: string[] = [];
  const skipped = new Set<PlannedRun>();
  const mayBegin = (run: PlannedRun): boolean => {
    if (limit.allowsAnother()) return true;
    skipped.add(run);
    progress.onEnd(run, "skipped, for want of time");
    return false;
  };
  const onDone = (run: PlannedRun, { code, message }: Outcome, seconds: number): void => {
    limit.note(seconds);
    const { entry, seed, folder } = run;
    if (code !== 0) failed.push(`${entry.label} seed ${seed} (${folder}): ${message}`);
    progress.onEnd(run, code === 0 ? "done" : `failed: ${message}`);
  };
  const { onProgress } = progress;
  await trainAll(waiting, jobs, { onDone, onProgress, mayBegin }, signal).finally(progress.stop);
  if (signal.aborted) throw new Interrupted(out, "Continue with the same command.");
  if (failed.length === runs.length) throw new UserError(`No run succeeded.\n${failed[0] ?? ""}`);
  return { failed, skipped };
}

/** Writes what a search tried, beside what earlier calls tried for other entries. */
async function recordSearch(path: string, tuned: readonly Tuned[]): Promise<void> {
  const known = (await exists(path)) ? (await readSealed(path, SEARCH_FILE)).searches : [];
  const again = new Set(tuned.map(({ folder }) => folder));
  const searches = [...known.filter(({ folder }) => !again.has(folder)), ...tuned];
  await writeFileAtomic(path, sealed({ searches }, SEARCH_FILE));
}

/** Searches settings for every entry, says what was chosen, and gives the plan with them. */
export async function tunePlan(
  plan: ComparisonPlan,
  out: string,
  jobs: number,
  signal: AbortSignal,
): Promise<{ plan: ComparisonPlan; tuned: readonly Tuned[] }> {
  if (plan.tune === 0) return { plan, tuned: [] };
  const runs = trialRuns(plan, plan.tune, out);
  await trainRuns(runs, out, jobs, signal);
  const { plan: settled, tuned } = await judgeTrials(plan, runs);
  await recordSearch(join(out, "tune.json"), tuned);
  for (const { label, trials, chosen } of tuned) {
    const { options, train, figure } = trials[chosen]!;
    const settings = JSON.stringify({ ...options, ...train });
    complain(
      `${label}: trial ${chosen + 1} of ${trials.length}, ${settings}, validation ${figure?.toFixed(1) ?? "?"}`,
    );
  }
  return { plan: settled, tuned };
}
