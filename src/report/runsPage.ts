/** @module The page about some runs: one self-contained HTML file without scripts. */

import type { ExplainedSample } from "../diagnose/explain.js";
import type { ResultRow } from "../evaluate/aggregate.js";
import type { COLUMNS } from "../evaluate/aggregate.js";
import { type Figure, figureSection } from "./figure.js";
import { gallerySection } from "./gallery.js";
import { dataSection, type ReportData, resultsTable, SCORE_NAMES } from "./html.js";
import { impairedGrids } from "./impaired.js";
import { confusionSection, insightFigures, insightSections, type RunInsight } from "./insights.js";
import { intervalGrids } from "./intervals.js";
import { escapeHtml, gridSection, renderPage } from "./page.js";
import { ratiosOf } from "./plots/ratios.js";
import type { RunRecord } from "../run/records.js";
import { commandsSection, type Repeating, settingsSection } from "./repeat.js";
import { scoreFigures } from "./scores.js";
import { footnotes, publishedRows, resultRows } from "./table.js";
import { trainingFigures } from "./training.js";
import { verdict } from "./verdict.js";

/** What a report is about. */
export interface ReportInput {
  readonly title: string;
  readonly data: ReportData;
  /** At least one run. */
  readonly runs: readonly RunRecord[];
}

/** Samples with the answers of one run. */
export interface Gallery {
  /** Of the run's row. */
  readonly label: string;
  readonly samples: readonly ExplainedSample[];
}

/** What a page about runs shows. */
export interface RunsPage extends Omit<ReportInput, "data"> {
  /** `null` where the data were not read. */
  readonly data: ReportData | null;
  /** What is seen of single answers, a run each; default: nothing. */
  readonly insights?: readonly RunInsight[];
  /** Samples with their answers; default: none. */
  readonly gallery?: Gallery;
  /** How the runs can be repeated; default: it is not said. */
  readonly repeating?: Repeating;
}

/** With more rows the table is read faster than sentences. */
const MOST_SENTENCES = 6;

/** What the numbers say, in a sentence per method. */
function summary(rows: readonly ResultRow[], score: string): string {
  const sentences = rows.map(({ label, columns }) => {
    const value = (column: (typeof COLUMNS)[number]): string => columns[column].mean.toFixed(1);
    return `<li><b>${escapeHtml(label)}</b>: ${score} is ${value("full")} % with both modalities, ${value("image-missing")} % with the image missing and ${value("text-missing")} % with the text missing: ${value("missing-average")} % on average, ${value("missing-gap")} points apart.</li>`;
  });
  const list = rows.length > MOST_SENTENCES ? "" : `<ul>${sentences.join("")}</ul>`;
  return `<p>${escapeHtml(verdict(rows, score))}</p>${list}`;
}

/** What some runs came to: in sentences, and as the paper's table. */
export function resultsSection(runs: readonly RunRecord[]): string {
  const score = SCORE_NAMES[runs[0]!.test.mainScore];
  const rows = resultRows(runs);
  const notes = footnotes(rows, score).map((note) => `<li>${escapeHtml(note)}</li>`);
  return `<section id="results"><h2>Results</h2>${summary(rows, score)}${resultsTable(rows)}<ul class="notes">${notes.join("")}</ul></section>`;
}

/** All figures of a report, in its order. */
export function reportFigures({ runs, data, insights = [] }: RunsPage): Figure[] {
  const rows = resultRows(runs);
  const score = SCORE_NAMES[runs[0]!.test.mainScore];
  return [
    ...scoreFigures({ cases: rows, noise: rows, ratios: ratiosOf(runs), score, whose: "" }),
    ...trainingFigures(runs),
    ...insights.flatMap((one) => insightFigures(one, data?.classes ?? [])),
  ];
}

/** Sections that are worth a jump, by the name that their links have. */
const JUMPS: readonly (readonly [id: string, name: string])[] = [
  ["results", "Results"],
  ["validation", "Training"],
  ["answers", "Answers"],
  ["samples", "Samples"],
  ["data", "Data"],
  ["settings", "Settings"],
  ["commands", "Commands"],
];

/** Links to the parts that a page has. */
function contents(sections: readonly string[]): string {
  const found = JUMPS.filter(([id]) => sections.some((one) => one.includes(` id="${id}"`)));
  const links = found.map(([id, name]) => `<a href="#${id}">${name}</a>`);
  return `<nav aria-label="Contents">${links.join(" ")}</nav>`;
}

/** Confusions on full input of the last run, from its results; none for multi-label data. */
function lastConfusions(runs: readonly RunRecord[], classes: readonly string[]) {
  const { method: label, seed, test } = runs.at(-1)!;
  const counts = test.aware.confusion;
  const isMatrix = classes.length > 0 && counts[0]?.length === classes.length;
  return { label, seed, confusions: isMatrix ? [{ name: "full" as const, counts }] : null };
}

function gallerySections({ label, samples }: Gallery): string {
  const notes = [
    "Samples of the test split, half of them answered wrongly as far as there are any: the surest errors first, then the least sure right answers.",
    "Below each: what predict answers to it, as it is and under every impairment, and which modality decided.",
  ];
  return gallerySection(samples, `Samples answered by ${label}`, notes);
}

/**
 * Renders a page about runs.
 *
 * @returns A complete HTML document, readable offline, in light and dark mode.
 */
export function renderRuns(input: RunsPage): string {
  const { title, runs, data, insights = [], gallery, repeating } = input;
  const rows = resultRows(runs);
  const classes = data?.classes ?? [];
  const sections = [
    resultsSection(runs),
    ...intervalGrids(runs).map(gridSection),
    ...reportFigures({ title, runs, data }).map(figureSection),
    ...impairedGrids([...rows, ...publishedRows(runs)], { noise: false }).map(gridSection),
    ...(insights.length > 0
      ? [`<div id="answers"></div>`, ...insights.flatMap((one) => insightSections(one, classes))]
      : [confusionSection(lastConfusions(runs, classes), classes)]),
    gallery ? gallerySections(gallery) : "",
    data ? dataSection(data) : "",
    settingsSection(runs),
    repeating ? commandsSection(repeating) : "",
  ];
  return renderPage(title, [contents(sections), ...sections]);
}

/**
 * Renders the report of some runs on the same data.
 *
 * @returns A complete HTML document, readable offline, in light and dark mode.
 */
export const renderReport = (input: ReportInput): string => renderRuns(input);
