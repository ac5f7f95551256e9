/** @module The page about a data set: counts, trouble, and example pictures. */

import type { DataReport, Range } from "../check/check.js";
import { type DataIssue, SPLITS } from "../data/dataset.js";
import { count } from "../text.js";
import { escapeHtml, renderPage } from "./page.js";

/** An example of a class. */
export interface DataExample {
  readonly label: string;
  readonly id: string;
  readonly text: string | null;
  /** The picture as a `data:` address; `null` where there is none. */
  readonly picture: string | null;
}

const LISTED = 200;

const list = (lines: readonly string[]): string => {
  const more = lines.length > LISTED ? [`and ${lines.length - LISTED} more`] : [];
  const items = [...lines.slice(0, LISTED), ...more].map((line) => `<li>${escapeHtml(line)}</li>`);
  return `<ul class="notes">${items.join("")}</ul>`;
};

function classTable({ classes, splits }: DataReport): string {
  const row = (name: string, values: readonly number[]): string =>
    `<tr><th scope="row">${escapeHtml(name)}</th>${values.map((value) => `<td>${value}</td>`).join("")}</tr>`;
  const of = (value: (split: (typeof SPLITS)[number]) => number): number[] => SPLITS.map(value);
  const head = SPLITS.map((split) => `<th scope="col">${split}</th>`).join("");
  const body = [
    ...Object.entries(classes).map(([name, counts]) =>
      row(
        name,
        of((split) => counts[split]),
      ),
    ),
    row(
      "samples",
      of((split) => splits[split].samples),
    ),
    row(
      "without image",
      of((split) => splits[split].withoutImage),
    ),
    row(
      "without text",
      of((split) => splits[split].withoutText),
    ),
  ];
  return `<div class="scroll"><table><thead><tr><th scope="col">class</th>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

const rangeText = (name: string, range: Range | null, unit: string): string[] =>
  range ? [`${name}: ${range.smallest} to ${range.largest} ${unit}, median ${range.median}`] : [];

/** The figures of a report in words, a line each. */
export function dataLines(report: DataReport): string[] {
  const { imbalance, hints, leakage, duplicates, imageWidth, imageHeight, textWords } = report;
  const repeated = (what: string): number =>
    duplicates.filter((duplicate) => duplicate.what === what).length;
  return [
    `largest class / smallest class: ${imbalance.toFixed(1)}`,
    ...hints.map((hint) => `hint: ${hint}`),
    `texts that contain their label's name: ${(100 * leakage).toFixed(1)} %`,
    `pictures that look like one of another split: ${repeated("image")}`,
    `texts that occur in another split: ${repeated("text")}`,
    ...rangeText("picture width", imageWidth, "pixels"),
    ...rangeText("picture height", imageHeight, "pixels"),
    ...rangeText("text length", textWords, "words"),
    ...(report.fit
      ? ["fit to train"]
      : report.reasons.map((reason) => `NOT fit to train: ${reason}`)),
  ];
}

function examplesSection(examples: readonly DataExample[]): string {
  const cards = examples.map(({ label, id, text, picture }) => {
    const image =
      picture === null ? "<p>no picture</p>" : `<img src="${picture}" alt="${escapeHtml(label)}">`;
    return `<figure class="example">${image}<figcaption><b>${escapeHtml(label)}</b><br>${escapeHtml(text ?? "no text")}<br><small>${escapeHtml(id)}</small></figcaption></figure>`;
  });
  return `<section><h2>Examples</h2><div class="examples">${cards.join("")}</div></section>`;
}

function issuesSection(issues: readonly DataIssue[]): string {
  const kinds = new Map<string, string[]>();
  for (const { kind, where, message } of issues) {
    kinds.set(kind, [...(kinds.get(kind) ?? []), `${where}: ${message}`]);
  }
  const parts = [...kinds].map(
    ([kind, lines]) =>
      `<h3>${escapeHtml(kind)}: ${count(lines.length, "issue")}</h3>${list(lines)}`,
  );
  return parts.length > 0 ? `<section><h2>Issues</h2>${parts.join("")}</section>` : "";
}

/** Renders a look at a data set as one page that needs nothing else. */
export function renderDataPage(report: DataReport, examples: readonly DataExample[]): string {
  const { name, task, origin, duplicates } = report;
  const repeats = duplicates.map(
    ({ what, id, split, of }) => `${what} of ${split} ${id} occurs in ${of.split}: ${of.id}`,
  );
  const sections = [
    `<section><h2>Figures</h2>${list(dataLines(report))}</section>`,
    `<section><h2>Samples</h2>${classTable(report)}</section>`,
    examplesSection(examples),
    repeats.length > 0 ? `<section><h2>In several splits</h2>${list(repeats)}</section>` : "",
    issuesSection(report.issues),
  ];
  const about = `<p>${task}${origin === undefined ? "" : `; ${escapeHtml(origin)}`}</p>`;
  return renderPage(name, [about, ...sections]);
}
