/** @module Parts that pages about runs share: the table of results, the data. */

import type { ResultRow } from "../evaluate/aggregate.js";
import { COLUMNS } from "../evaluate/aggregate.js";
import { escapeHtml, pageTable } from "./page.js";
import { formatCell, HEADINGS, isBest } from "./table.js";

/** The data as a report names them: their name, number of samples per split, classes, attribution. */
export interface ReportData {
  readonly name: string;
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<string, number>>;
  readonly attribution?: string | undefined;
  /** Number of issues by kind. */
  readonly issues: Readonly<Record<string, number>>;
}

/** Scores as people call them. */
export const SCORE_NAMES = { accuracy: "accuracy", macroF1: "macro-F1", auroc: "AUROC" } as const;

/** The results, the best of each column marked. */
export function resultsTable(rows: readonly ResultRow[]): string {
  const body = rows.map((row) => {
    const cells = COLUMNS.map((column) => ({
      text: formatCell(rows, row, column),
      best: isBest(rows, row, column),
    }));
    return [row.label, ...cells] as const;
  });
  return pageTable(["method", ...COLUMNS.map((column) => HEADINGS[column])], body);
}

/** What the runs were trained on, and what was wrong with it. */
export function dataSection(data: ReportData): string {
  const splits = Object.entries(data.splits).map(([name, size]) => `${name} ${size}`);
  const issues = Object.entries(data.issues).map(
    ([kind, number]) => `<li>${escapeHtml(kind)}: ${number}</li>`,
  );
  const attribution = data.attribution ? `<p>${escapeHtml(data.attribution)}</p>` : "";
  return `<section id="data"><h2>Data</h2><p>${escapeHtml(data.name)}: ${splits.join(", ")}; ${data.classes.length} classes.</p>${attribution}${issues.length > 0 ? `<p>Issues met:</p><ul>${issues.join("")}</ul>` : ""}</section>`;
}
