/** @module The report: one self-contained HTML file without scripts. */

import type { ResultRow } from "../evaluate/aggregate.js";
import { COLUMNS } from "../evaluate/aggregate.js";
import { figureSection } from "./figure.js";
import { impairedGrids } from "./impaired.js";
import { intervalGrids } from "./intervals.js";
import { escapeHtml, gridSection, pageTable, renderPage } from "./page.js";
import { ratiosOf } from "./plots/ratios.js";
import { scoreFigures } from "./scores.js";
import { trainingFigures } from "./training.js";
import type { RunRecord } from "../run/records.js";
import { footnotes, formatCell, HEADINGS, isBest, publishedRows, resultRows } from "./table.js";

/** The data as a report names them: their name, number of samples per split, classes, attribution. */
export interface ReportData {
  readonly name: string;
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<string, number>>;
  readonly attribution?: string | undefined;
  /** Number of issues by kind. */
  readonly issues: Readonly<Record<string, number>>;
}

/** What a report is about. */
export interface ReportInput {
  readonly title: string;
  readonly data: ReportData;
  /** At least one run. */
  readonly runs: readonly RunRecord[];
}

/** Scores as people call them. */
export const SCORE_NAMES = { accuracy: "accuracy", macroF1: "macro-F1", auroc: "AUROC" } as const;

/** Largest number of classes whose confusion matrix is still readable. */
const CONFUSION_CLASSES = 30;

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

/** What the numbers say, in a sentence per method. */
function summary(rows: readonly ResultRow[], score: string): string {
  const sentences = rows.map(({ label, columns }) => {
    const value = (column: (typeof COLUMNS)[number]): string => columns[column].mean.toFixed(1);
    return `<li><b>${escapeHtml(label)}</b>: ${score} is ${value("full")} % with both modalities, ${value("image-missing")} % with the image missing and ${value("text-missing")} % with the text missing: ${value("missing-average")} % on average, ${value("missing-gap")} points apart.</li>`;
  });
  return `<ul>${sentences.join("")}</ul>`;
}

function confusion(run: RunRecord, classes: readonly string[]): string {
  const { confusion: matrix } = run.test.protocol;
  if (classes.length > CONFUSION_CLASSES || matrix[0]?.length !== classes.length) return "";
  const names = classes.map((name) => `<th scope="col"><span>${escapeHtml(name)}</span></th>`);
  const rows = matrix.map((counts, truth) => {
    const total = counts.reduce((sum, value) => sum + value, 0);
    const cells = counts.map((value) => {
      const share = total > 0 ? value / total : 0;
      return `<td style="--share:${share.toFixed(3)}">${value || ""}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(classes[truth]!)}</th>${cells.join("")}</tr>`;
  });
  return `<section><h2>Confusions of ${escapeHtml(run.method)}</h2><div class="scroll"><table class="confusion"><thead><tr><th scope="col">true class</th>${names.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>
<p class="notes">Rows: true class; columns: predicted class, on full input; seed ${run.seed}.</p></section>`;
}

/** What the runs were trained on, and what was wrong with it. */
export function dataSection(data: ReportData): string {
  const splits = Object.entries(data.splits).map(([name, size]) => `${name} ${size}`);
  const issues = Object.entries(data.issues).map(
    ([kind, number]) => `<li>${escapeHtml(kind)}: ${number}</li>`,
  );
  const attribution = data.attribution ? `<p>${escapeHtml(data.attribution)}</p>` : "";
  return `<section><h2>Data</h2><p>${escapeHtml(data.name)}: ${splits.join(", ")}; ${data.classes.length} classes.</p>${attribution}${issues.length > 0 ? `<p>Issues met:</p><ul>${issues.join("")}</ul>` : ""}</section>`;
}

/**
 * Renders the report.
 *
 * @returns A complete HTML document, readable offline, in light and dark mode.
 */
export function renderReport(input: ReportInput): string {
  const { title, runs, data } = input;
  const score = SCORE_NAMES[runs[0]!.test.mainScore];
  const rows = resultRows(runs);
  const notes = footnotes(rows, score).map((note) => `<li>${escapeHtml(note)}</li>`);
  const last = runs.at(-1)!;
  const sections = [
    `<section><h2>Results</h2>${summary(rows, score)}${resultsTable(rows)}<ul class="notes">${notes.join("")}</ul></section>`,
    ...intervalGrids(runs).map(gridSection),
    ...scoreFigures({ cases: rows, noise: rows, ratios: ratiosOf(runs), score, whose: "" }).map(
      figureSection,
    ),
    ...trainingFigures(runs).map(figureSection),
    ...impairedGrids([...rows, ...publishedRows(runs)], { noise: false }).map(gridSection),
    confusion(last, data.classes),
    dataSection(data),
    `<section><h2>Settings</h2><details><summary>${escapeHtml(last.method)}, seed ${last.seed}</summary><pre>${escapeHtml(JSON.stringify(last.config, null, 2))}</pre></details></section>`,
  ];
  return renderPage(title, sections);
}
