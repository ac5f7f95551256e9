/** @module The search for settings before a comparison: `trials` runs of each entry, judged on validation. */

import type { ComparisonPlan } from "../compare/plan.js";
import { judgeTrials, SEARCH_FILE, trialRuns, type Tuned } from "../compare/tune.js";
import { sealed } from "../files/sealed.js";
import { readSealedFrom } from "../run/run.js";
import type { RunStore } from "../run/store.js";
import { type BatchOptions, trainBatch } from "./batch.js";
import { type BatchEvent, type SearchEvent, silent, type Watch } from "./events.js";

const FILE = "tune.json";

/** Writes what a search tried, beside what earlier calls tried for other entries. */
async function recordSearch(out: RunStore, tuned: readonly Tuned[]): Promise<void> {
  const known = (await out.has(FILE))
    ? (await readSealedFrom(out, FILE, SEARCH_FILE)).searches
    : [];
  const again = new Set(tuned.map(({ folder }) => folder));
  const searches = [...known.filter(({ folder }) => !again.has(folder)), ...tuned];
  await out.write(FILE, sealed({ searches }, SEARCH_FILE));
}

/** How a search is made. */
export type SearchOptions = Omit<BatchOptions, "events" | "limit"> &
  Watch<BatchEvent | SearchEvent>;

/**
 * Searches settings for every entry of a plan that asks for it, and writes `tune.json`.
 *
 * @returns The plan with the settings that were chosen.
 */
export async function searchSettings(
  plan: ComparisonPlan,
  options: SearchOptions,
): Promise<ComparisonPlan> {
  if (plan.tune === 0) return plan;
  const { out, events = silent } = options;
  const runs = trialRuns(plan, plan.tune, out);
  await trainBatch(runs, options);
  const { plan: settled, tuned } = await judgeTrials(plan, runs);
  await recordSearch(out, tuned);
  for (const one of tuned) events({ kind: "tuned", tuned: one });
  return settled;
}
