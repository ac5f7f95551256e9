/** @module `train --method auto`: the method and its options, chosen on the validation split. */

import { availableParallelism } from "node:os";
import { join } from "node:path";

import { hasCompanions } from "../companion/companions.js";
import { autoEntries, chooseMethod, effortFor } from "../compare/auto.js";
import { AUTO_FILE, type Choice } from "../compare/choice.js";
import { FIGURES } from "../compare/judge.js";
import { type Entry, type PlannedRun, withEntry } from "../compare/plan.js";
import { plannedEntries } from "../compare/rows.js";
import { TimeLimit } from "../compare/timeLimit.js";
import { ConfigError } from "../errors.js";
import { interval } from "../report/grids.js";
import { terminalGrid } from "../report/table.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import { writeFileAtomic } from "../files/atomic.js";
import { modelFor } from "../run/model.js";
import { nodeRuntime } from "../runtime/node.js";
import { sealed } from "../files/sealed.js";
import { settlePlan, threadsFor, trainRuns } from "./batch.js";
import { withInterrupt } from "./interrupt.js";
import { complain } from "./print.js";
import { loadData } from "./runs.js";
import type { GivenSettings } from "./settings.js";

/** Whether settings ask for the choice. */
export function asksForAuto({ settings }: GivenSettings): boolean {
  return (settings.method as { name?: unknown } | undefined)?.name === "auto";
}

/** @throws {ConfigError} when options are given, which the choice would set aside. */
function refuseOptions({ settings, origin }: GivenSettings): void {
  const { options = {} } = settings.method as { options?: object };
  const [given] = Object.keys(options);
  if (given === undefined) return;
  throw new ConfigError(
    `${origin}: method.options.${given}: --method auto chooses the options itself.`,
    "Leave the option out, or name the method that it belongs to.",
  );
}

const settingsOf = ({ options, train }: Entry): string => {
  const own = { ...options, ...train };
  return Object.keys(own).length > 0 ? ` with ${JSON.stringify(own)}` : "";
};

/** Training settings of the runs of a choice, each of which may take its share of the time. */
function shareOfTime({ train: { time } }: RunConfig, given: unknown, candidates: number): object {
  if (time === undefined) return {};
  return {
    train: { ...(given as object), time: Math.max(1, Math.round(time / (candidates + 1))) },
  };
}

/** What was judged, as a table, and what it allows to say. */
function tell({ chosen, undecided, score, folds, samples, skipped, candidates }: Choice): void {
  const body = candidates.map(({ entry, outcome, judgement }) => [
    entry.label,
    ...FIGURES.map((name) => judgement?.figures[name].toFixed(1) ?? ""),
    judgement ? interval(judgement.difference) : outcome,
  ]);
  complain(
    `auto: ${score} on ${samples} validation samples${folds > 1 ? ` of ${folds} folds` : ""}, percent; overall: half full input, half the three impairments`,
  );
  complain(terminalGrid(["method", ...FIGURES, "difference to the best [95 %]"], body));
  if (skipped > 0) {
    complain(`auto: ${skipped} runs were skipped for want of time; a fold counts that all have.`);
  }
  const name = `${chosen.label}${settingsOf(chosen)}`;
  const judged = candidates.filter(({ judgement }) => judgement);
  const isBest = judged.find(({ entry }) => entry.label === chosen.label)?.judgement?.difference;
  if (judged.length === 1) complain(`auto: ${name}, the only one that could be judged.`);
  else if (undecided) {
    complain(`auto: ${name}, the simplest: the samples tell no difference between the methods.`);
  } else if (isBest?.mean === 0) complain(`auto: ${name}, the best of ${judged.length} methods.`);
  else {
    complain(`auto: ${name}, the simplest that the samples cannot tell apart from the best.`);
  }
}

/**
 * Chooses a method and its options for a run, says how the candidates did, and gives the settings with what
 * was chosen. The runs are kept in `<out>/auto`, with the choice in `auto.json`, and are not repeated.
 *
 * A limited time is that of the choice and of the training after it.
 *
 * @param to - Of the training to come: the first seed, whose validation split is that of the choice; how many
 *   seeds; the folder, by default `runs/auto-seed<seed>`.
 * @throws {ConfigError} when options of a method are given.
 */
export async function autoSettings(
  given: GivenSettings,
  { seed, seeds, out }: { readonly seed?: number; readonly seeds: number; readonly out?: string },
): Promise<GivenSettings> {
  refuseOptions(given);
  const { settings, origin } = given;
  const base = Object.fromEntries(Object.entries(settings).filter(([name]) => name !== "method"));
  const config = checkConfig(base, origin);
  const { time = Infinity } = config.train;
  const limit = new TimeLimit(time);
  const first = seed ?? config.train.seed;
  const folder = join(out ?? join("runs", `auto-seed${first}`), "auto");
  const data = await loadData(config, { quiet: true });
  const { modalities } = config.data;
  const { fusion } = config.model;
  const frozen = hasCompanions(await modelFor(config.model, data.prepared));
  const effort = effortFor(data.prepared.validation.size);
  const jobs = availableParallelism();
  const candidates = autoEntries({ frozen, modalities, fusion });
  const shared = { ...base, ...shareOfTime(config, base.train, candidates.length) };
  const plan = {
    ...{ entries: plannedEntries(shared, candidates), seeds: [first], tune: effort.trials },
    base: shared,
    threads: threadsFor(jobs),
  };
  const { asked } = await settlePlan(folder, plan);
  const choice = await withInterrupt(async (signal) => {
    const runtime = nodeRuntime({ threads: asked.threads, signal });
    const train = async (runs: readonly PlannedRun[]): Promise<ReadonlySet<PlannedRun>> =>
      (await trainRuns(runs, folder, jobs, signal, limit)).skipped;
    const load = async (own: typeof config) => (await loadData(own, { quiet: true })).prepared;
    const score = config.evaluation.score ?? data.prepared.score;
    return chooseMethod(asked, effort, folder, { runtime, load, train }, score);
  }, true);
  tell(choice);
  await writeFileAtomic(join(folder, "auto.json"), sealed(choice, AUTO_FILE));
  const chosen = withEntry(settings, choice.chosen);
  // At least a second: a training that begins is brought to the end of an epoch.
  const left = Number.isFinite(time) ? { time: Math.max(1, Math.floor(limit.left / seeds)) } : {};
  return { settings: { ...chosen, train: { ...(chosen.train as object), ...left } }, origin };
}
