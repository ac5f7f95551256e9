/** @module The page about a comparison: results, paired differences, plots, settings. */

import type { Interval } from "../evaluate/scores/bootstrap.js";
import type { ComparisonRow } from "../compare/summary.js";
import type { Score } from "../data/dataset.js";
import type { ResultRow } from "../evaluate/aggregate.js";
import { differencesGrid, gridsOf } from "./grids.js";
import { figureSection } from "./figure.js";
import { dataSection, type ReportData, resultsTable, SCORE_NAMES } from "./html.js";
import type { ExtraTables } from "./impaired.js";
import { escapeHtml, gridSection, renderPage } from "./page.js";
import type { RunRecord } from "../run/records.js";
import { scoreFigures } from "./scores.js";
import { footnotes } from "./table.js";
import { trainingFigures } from "./training.js";

/** What a comparison's page is about. */
export interface ComparisonPageInput {
  readonly title: string;
  readonly data: ReportData;
  /** At least one. */
  readonly rows: readonly ComparisonRow[];
  readonly mainScore: Score;
  /** One run of each row, whose curves are drawn, under the row's label. */
  readonly runs: readonly RunRecord[];
  /** What all rows have in common. */
  readonly settings: unknown;
  readonly extra: ExtraTables;
}

/** What a paired difference allows to say. */
function doubtOf({ low, high }: Interval, seeds: number): string {
  if (seeds < 2) return "one seed tells no more";
  return low > 0 || high < 0
    ? "the interval leaves out zero"
    : "the interval includes zero: the seeds do not tell them apart";
}

/** A sentence about each row against the first, with a modality missing. */
function verdicts(rows: readonly ComparisonRow[]): string {
  const base = escapeHtml(rows[0]!.label);
  const sentences = rows.flatMap(({ label, differences, seeds }) => {
    const found = differences?.["missing-average"];
    if (!found) return [];
    const points = Math.abs(found.mean).toFixed(1);
    const place =
      points === "0.0"
        ? `level with ${base}`
        : `${points} points ${found.mean < 0 ? "below" : "above"} ${base}`;
    return [
      `<li>With a modality missing, <b>${escapeHtml(label)}</b> is ${place}; ${doubtOf(found, seeds.length)}.</li>`,
    ];
  });
  return sentences.length > 0 ? `<ul>${sentences.join("")}</ul>` : "";
}

function resultsSection({ rows, mainScore }: ComparisonPageInput): string {
  const protocol: ResultRow[] = rows.map((row) => row.protocol);
  // Under a heading that says so, the rows need not say it again.
  const aware: ResultRow[] = rows.map((row) => ({ ...row.aware, label: row.label }));
  const notes = footnotes([...protocol, ...aware], SCORE_NAMES[mainScore]);
  const list = notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("");
  return `<section><h2>Results</h2>${verdicts(rows)}${resultsTable(protocol)}
<h3>Modality-aware prediction</h3>${resultsTable(aware)}<ul class="notes">${list}</ul></section>`;
}

/** Renders a comparison as one page that needs nothing else. */
export function renderComparison(input: ComparisonPageInput): string {
  const { title, rows, mainScore, runs, data, settings, extra } = input;
  const score = SCORE_NAMES[mainScore];
  const protocol = rows.map((row) => row.protocol);
  const differences = differencesGrid(rows);
  const others = gridsOf(rows, extra).filter(({ title: own }) => own !== differences.title);
  const labels = rows.map(({ label }) => `<li>${escapeHtml(label)}</li>`).join("");
  return renderPage(title, [
    resultsSection(input),
    gridSection(differences),
    ...scoreFigures({
      ...{ cases: protocol, noise: protocol, ratios: rows, score },
      whose: "The joint classifier's answers.",
    }).map(figureSection),
    ...trainingFigures(runs).map(figureSection),
    ...others.map(gridSection),
    dataSection(data),
    `<section><h2>Settings</h2><p>Rows:</p><ul>${labels}</ul><details><summary>What all rows have in common</summary><pre>${escapeHtml(JSON.stringify(settings, null, 2))}</pre></details></section>`,
  ]);
}
