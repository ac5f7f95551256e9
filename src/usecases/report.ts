/** @module The page about some runs on the same data. */

import { type DataIssue, samplesOf, SPLITS } from "../data/dataset.js";
import type { ReportData } from "../report/html.js";
import type { RunRecord } from "../run/records.js";
import type { RunData } from "../run/data.js";
import type { RunStore } from "../run/store.js";

/** Name of the page. */
export const REPORT = "report.html";

/** Number of issues by kind. */
function countIssues(issues: readonly DataIssue[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of issues) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The data as a report names them. */
export function reportData({ dataset, issues }: RunData): ReportData {
  const splits = SPLITS.map((split) => [split, samplesOf(dataset, split).length] as const);
  const { name, classes, attribution } = dataset;
  const counted = countIssues(issues);
  return { name, classes, splits: Object.fromEntries(splits), attribution, issues: counted };
}

/**
 * Writes `report.html` about some runs on the same data; gives its path.
 *
 * @param runs - At least one.
 */
export async function writeReport(
  store: RunStore,
  title: string,
  data: RunData,
  runs: readonly RunRecord[],
): Promise<string> {
  // Plots take long to load, and most processes draw none.
  const { renderReport } = await import("../report/runsPage.js");
  await store.write(REPORT, renderReport({ title, data: reportData(data), runs }));
  return store.locate(REPORT);
}
