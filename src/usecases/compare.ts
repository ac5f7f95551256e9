/** @module Methods on the same splits, seeds, initial weights and budget. */

import { hasCompanions } from "../companion/companions.js";
import { type AskedEntries, entriesOf } from "../compare/entries.js";
import {
  type ComparisonPlan,
  type PlannedRun,
  plannedRuns,
  type Possible,
  rowOrigin,
} from "../compare/plan.js";
import { plannedEntries } from "../compare/rows.js";
import { type ComparisonRow, firstRecords, summarise } from "../compare/summary.js";
import type { Score } from "../data/dataset.js";
import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import { originOf } from "../settings/origin.js";
import { markdownComparison } from "../report/comparison.js";
import { csvComparison } from "../report/csv.js";
import type { ExtraTables } from "../report/impaired.js";
import { latexComparison } from "../report/latex.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import type { RunData } from "../run/data.js";
import type { RunStore } from "../run/store.js";
import { jsonBytes } from "../files/json.js";
import { refuseIdle } from "../run/idle.js";
import { refuseUnsupportedRun } from "../run/supported.js";
import { modelFor } from "../inputs/model.js";
import { checkClassWeights } from "../train/classWeights.js";
import { settlePlan, threadsFor, trainBatch } from "./batch.js";
import { type GivenData, loadData } from "./data.js";
import { settleDevice } from "./device.js";
import type { CompareEvent, Watch } from "./events.js";
import { type Launching, launching } from "./launch.js";
import { REPORT, reportData } from "./report.js";
import { searchSettings } from "./search.js";
import type { GivenSettings } from "./settings.js";

/** What to compare. */
export interface CompareRequest extends GivenSettings, Launching, Watch<CompareEvent> {
  /** Where the comparison is kept: it continues, or is added to, where there is one. */
  readonly store: RunStore;
  /** Default: those that the settings name. */
  readonly data?: GivenData;
  /** Which rows; the comparison's first is the one that others are compared with. */
  readonly rows?: AskedEntries;
  /** Seeds per row, counted from the settings' own; default: 3. */
  readonly seeds?: number;
  /** Trials of a search for settings before the comparison, per row; default: none. */
  readonly tune?: number;
  /** Whether the tables have the scores by the share of impaired samples, too. */
  readonly missingRatio?: boolean;
}

/** What a comparison came to. */
export interface CompareResult {
  /** Name of the store: the path of its folder. */
  readonly folder: string;
  /** Path of `report.html`. */
  readonly report: string;
  /** All rows of the folder, those of earlier calls among them. */
  readonly rows: readonly ComparisonRow[];
  readonly mainScore: Score;
  /** Which tables there are beside those of every comparison. */
  readonly extra: ExtraTables;
  /** What all rows have in common. */
  readonly config: RunConfig;
  /** Runs that were asked for. */
  readonly runs: number;
  /** What failed of them, a line each. */
  readonly failed: readonly string[];
}

/** @throws {ConfigError} for a method outside the rows, which would have no effect. */
function refuseMethod({ settings, origin }: GivenSettings): void {
  if (settings.method === undefined) return;
  throw new ConfigError(
    say`${originOf(origin).written("method", settings.method)}: the rows of a comparison name their methods.`,
    say`Name the rows with ${setting("methods")}, for example ${setting("methods", "joint,balgrad:lambda=3")}.`,
  );
}

async function writeTables(
  store: RunStore,
  { rows, mainScore, extra }: CompareResult,
): Promise<void> {
  const files = {
    "results.md": markdownComparison(rows, mainScore, extra),
    "results.csv": csvComparison(rows),
    "results.tex": latexComparison(rows, extra),
    "results.json": jsonBytes({ format: 1, mainScore, rows }),
  };
  for (const [name, contents] of Object.entries(files)) await store.write(name, contents);
}

async function writePage(
  store: RunStore,
  { rows, mainScore, config, extra }: CompareResult,
  data: RunData,
  runs: readonly PlannedRun[],
): Promise<void> {
  // Plots take long to load, and most processes draw none.
  const { renderComparison } = await import("../report/comparisonPage.js");
  const page = renderComparison({
    title: `Comparison on ${data.dataset.name}`,
    data: reportData(data),
    ...{ rows, mainScore, extra, settings: config },
    runs: await firstRecords(runs),
  });
  await store.write(REPORT, page);
}

/**
 * Settings, data and plan of a comparison, checked: nothing is written before they can be used.
 *
 * @param jobs - Runs at a time on one machine.
 * @param features - `blank`: those of frozen encoders are not made, which the plan does not depend on; default: they are.
 * @throws {ConfigError} for settings that are wrong, or would have no effect.
 * @throws {DataError} for data that cannot be trained on.
 */
export async function planComparison(
  request: Omit<CompareRequest, "launch">,
  jobs: number,
  features: "made" | "blank" = "made",
): Promise<{
  readonly config: RunConfig;
  readonly data: RunData;
  readonly plan: ComparisonPlan;
}> {
  refuseMethod(request);
  const { settings, origin, store, rows = {}, seeds = 3, tune = 0, events, signal } = request;
  const config = checkConfig(settings, origin);
  refuseIdle(settings, config, origin);
  await settleDevice(config.train.device, events);
  const planFor = (possible: Possible): ComparisonPlan => ({
    entries: plannedEntries(settings, entriesOf(rows, possible)),
    seeds: Array.from({ length: seeds }, (_, at) => config.train.seed + at),
    ...{ tune, base: settings, threads: threadsFor(jobs) },
  });
  const { modalities } = config.data;
  const { fusion } = config.model;
  plannedRuns(planFor({ linear: false, modalities, fusion }), store);
  const data = await loadData(config, {
    ...request.data,
    ...{ given: settings, features, events, signal },
  });
  const linear = hasCompanions(await modelFor(config.model, data.prepared));
  const plan = planFor({ linear, modalities, fusion });
  for (const run of plannedRuns(plan, store)) {
    const { model, train } = run.entry;
    refuseIdle({ model, train }, run.config, rowOrigin(run.entry));
    checkClassWeights(run.config.train.classWeights, data.dataset.classes);
    await refuseUnsupportedRun(run.config, data.prepared);
  }
  return { config, data, plan };
}

/**
 * Trains what is missing of a comparison, and writes its tables and `report.html`. The same request again
 * continues after a stop; one with more rows or seeds is added to what is there.
 *
 * @throws {ConfigError} for settings that are wrong, or would have no effect.
 * @throws {DataError} for data that cannot be trained on.
 * @throws {UserError} when the folder has a comparison with other settings, or no run succeeded.
 * @throws {Interrupted} after the signal.
 */
export async function compare(request: CompareRequest): Promise<CompareResult> {
  const { store, missingRatio = false, events, signal } = request;
  const { launch, jobs, inFlight } = launching(request, request.data);
  const { config, data, plan } = await planComparison(request, jobs);
  const { whole, asked } = await settlePlan(store, plan);
  const batch = { out: store, launch, jobs: inFlight, events, signal };
  const runs = plannedRuns(await searchSettings(asked, batch), store);
  const { failed } = await trainBatch(runs, batch);
  const planned = plannedRuns(whole, store);
  const extra = { ratios: missingRatio, noise: config.evaluation.noiseCurve === true };
  const found = { ...(await summarise(whole, planned)), extra, config, runs: runs.length, failed };
  const result = { folder: store.name, report: store.locate(REPORT), ...found };
  await writeTables(store, result);
  await writePage(store, result, data, planned);
  return result;
}
