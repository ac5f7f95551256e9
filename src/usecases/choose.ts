/** @module The method `auto`: method and options, chosen on the validation split. */

import { hasCompanions } from "../companion/companions.js";
import { type AutoServices, autoEntries, chooseMethod, effortFor } from "../compare/auto.js";
import { AUTO_FILE } from "../compare/choice.js";
import { type ComparisonPlan, withEntry } from "../compare/plan.js";
import { plannedEntries } from "../compare/rows.js";
import { TimeLimit } from "../compare/timeLimit.js";
import type { ModelData } from "../inputs/data.js";
import { ConfigError } from "../errors.js";
import { say } from "../message.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import { modelFor } from "../inputs/model.js";
import { nodeRuntime } from "../runtime/node.js";
import { sealed } from "../files/sealed.js";
import type { RunStore } from "../run/store.js";
import { valueAt } from "../settings/explain.js";
import { originOf } from "../settings/origin.js";
import { settlePlan, threadsFor, trainBatch } from "./batch.js";
import { type GivenData, loadData, progressOnly } from "./data.js";
import { silent, type TrainEvent, type Watch } from "./events.js";
import type { Launcher } from "./launch.js";
import type { GivenSettings } from "./settings.js";

/** Whether settings ask for the choice. */
export function asksForAuto({ settings }: GivenSettings): boolean {
  return (settings.method as { name?: unknown } | undefined)?.name === "auto";
}

/** Settings that a method is chosen for. */
export const withoutMethod = (settings: GivenSettings["settings"]): GivenSettings["settings"] =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => name !== "method"));

/** @throws {ConfigError} when options are given, which the choice would set aside. */
function refuseOptions({ settings, origin }: GivenSettings): void {
  const { options = {} } = settings.method as { options?: object };
  const [given] = Object.keys(options);
  if (given === undefined) return;
  throw new ConfigError(
    say`${originOf(origin).written(`method.options.${given}`, valueAt(options, [given]))}: the method auto chooses the options itself.`,
    "Leave the option out, or name the method that it belongs to.",
  );
}

/** Training settings of the runs of a choice, each of which may take its share of the time. */
function shareOfTime({ train: { time } }: RunConfig, given: unknown, candidates: number): object {
  if (time === undefined) return {};
  return {
    train: { ...(given as object), time: Math.max(1, Math.round(time / (candidates + 1))) },
  };
}

/** What to choose for. */
export interface ChooseRequest extends GivenSettings, Launcher, Watch<TrainEvent> {
  /** Where the training to come is kept. */
  readonly store: RunStore;
  /** Default: those that the settings name. */
  readonly data?: GivenData | undefined;
  /** First seed of the training to come, whose validation split is that of the choice; default: the settings'. */
  readonly seed?: number | undefined;
  /** How many seeds will be trained. */
  readonly seeds: number;
}

/** The candidates' runs, not yet in their folder. */
function planOf(
  base: GivenSettings["settings"],
  config: RunConfig,
  data: ModelData,
  linear: boolean,
  { seed, jobs }: { readonly seed: number; readonly jobs: number },
): ComparisonPlan {
  const { modalities } = config.data;
  const { fusion } = config.model;
  const candidates = autoEntries({ linear, modalities, fusion });
  const shared = { ...base, ...shareOfTime(config, base["train"], candidates.length) };
  return {
    entries: plannedEntries(shared, candidates),
    ...{ seeds: [seed], tune: effortFor(data.validation.size).trials, base: shared },
    threads: threadsFor(jobs),
  };
}

/**
 * Chooses a method and its options for a run, and gives the settings with what was chosen. The runs are kept in
 * `auto` of the store, with the choice in `auto.json`, and are not repeated.
 *
 * A limited time is that of the choice and of the training after it.
 *
 * @throws {ConfigError} when options of a method are given.
 * @throws {Interrupted} after the signal.
 */
export async function chooseSettings(request: ChooseRequest): Promise<GivenSettings> {
  refuseOptions(request);
  const { settings, origin, seeds, store, launch, jobs, events = silent, signal } = request;
  const base = withoutMethod(settings);
  const config = checkConfig(base, origin);
  const { time = Infinity } = config.train;
  const limit = new TimeLimit(time);
  const seed = request.seed ?? config.train.seed;
  const out = store.inside("auto");
  // What is wrong with the data is told when they are read for the training.
  const load = async (own: RunConfig): Promise<ModelData> =>
    (await loadData(own, { ...request.data, events: progressOnly(events), signal })).prepared;
  const data = await load(config);
  const linear = hasCompanions(await modelFor(config.model, data));
  const plan = planOf(base, config, data, linear, { seed, jobs });
  const { asked } = await settlePlan(out, plan);
  const runtime = nodeRuntime({ threads: asked.threads, ...(signal && { signal }) });
  const train: AutoServices["train"] = async (runs) =>
    (await trainBatch(runs, { out, jobs, launch, limit, events, signal })).skipped;
  const choice = await chooseMethod(
    asked,
    effortFor(data.validation.size),
    out,
    { runtime, load, train },
    config.evaluation.score ?? data.score,
  );
  events({ kind: "chosen", choice });
  await out.write("auto.json", sealed(choice, AUTO_FILE));
  const chosen = withEntry(settings, choice.chosen);
  // At least a second: a training that begins is brought to the end of an epoch.
  const left = Number.isFinite(time) ? { time: Math.max(1, Math.floor(limit.left / seeds)) } : {};
  return { settings: { ...chosen, train: { ...(chosen.train as object), ...left } }, origin };
}
