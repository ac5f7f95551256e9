/** @module The page about a comparison: results, paired differences, plots, settings. */

import type { Interval } from "../evaluate/scores/bootstrap.js";
import type { ComparisonRow } from "../compare/summary.js";
import type { Score } from "../data/dataset.js";
import type { ResultRow } from "../evaluate/aggregate.js";
import { differencesGrid, gridsOf } from "./grids.js";
import { dataSection, NOISE_CAPTION, type ReportData, resultsTable, SCORE_NAMES } from "./html.js";
import type { ExtraTables } from "./impaired.js";
import { cosinesCaption, weightsCaption } from "./metricCaption.js";
import { escapeHtml, figure, gridSection, renderPage } from "./page.js";
import { plotCases } from "./plots/cases.js";
import { plotCosines } from "./plots/cosines.js";
import { plotLosses, plotWeights } from "./plots/curves.js";
import { plotNoise } from "./plots/noise.js";
import { plotRatios } from "./plots/ratios.js";
import type { RunRecord } from "../run/records.js";
import { footnotes } from "./table.js";

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

/** Panels beside one another in a plot: with more, names and curves would be too small. */
const PANELS = 4;

/** Items in as few groups as {@link PANELS} allows, of nearly equal size. */
function panels<T>(items: readonly T[]): T[][] {
  const size = Math.ceil(items.length / Math.ceil(items.length / PANELS));
  const groups: T[][] = [];
  for (let at = 0; at < items.length; at += size) groups.push(items.slice(at, at + size));
  return groups;
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
  const groups = panels(runs);
  const differences = differencesGrid(rows);
  const others = gridsOf(rows, extra).filter(({ title: own }) => own !== differences.title);
  const labels = rows.map(({ label }) => `<li>${escapeHtml(label)}</li>`).join("");
  return renderPage(title, [
    resultsSection(input),
    gridSection(differences),
    figure(
      [
        plotCases(
          rows.map((row) => row.protocol),
          score,
        ),
      ],
      "Full and impaired input",
      "Test split; mean over seeds; the joint classifier's answers.",
    ),
    figure(
      panels(rows).map((group) => plotRatios(group, score)),
      "How much can be missing?",
      "Score of the joint classifier as more samples miss a modality; mean over seeds.",
    ),
    figure(
      panels(rows).map((group) =>
        plotNoise(
          group.map((row) => row.protocol),
          score,
        ),
      ),
      "How much noise?",
      `${NOISE_CAPTION} The joint classifier's answers, mean over seeds.`,
    ),
    figure(
      groups.map((group) => plotLosses(group)),
      "Losses per modality",
      "Training losses, smoothed; the first seed of each row.",
    ),
    figure(
      groups.map((group) => plotWeights(group)),
      "Weights per modality",
      weightsCaption(runs),
    ),
    figure([plotCosines(runs)], "Do the gradients agree?", cosinesCaption(runs)),
    ...others.map(gridSection),
    dataSection(data),
    `<section><h2>Settings</h2><p>Rows:</p><ul>${labels}</ul><details><summary>What all rows have in common</summary><pre>${escapeHtml(JSON.stringify(settings, null, 2))}</pre></details></section>`,
  ]);
}
