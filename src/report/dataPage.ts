/** @module The page about a data set: counts, trouble, and example pictures. */

import { inWords, type Words } from "../message.js";
import type { DataReport, Range } from "../check/check.js";
import type { Duplicate } from "../check/duplicates.js";
import type { DataExample, DuplicatePair, PairSide } from "../check/examples.js";
import { type DataIssue, SPLITS } from "../data/dataset.js";
import { count } from "../text.js";
import { escapeHtml, renderPage } from "./page.js";

/** What a page shows beside the figures. */
export interface DataPageParts {
  readonly examples: readonly DataExample[];
  readonly pairs: readonly DuplicatePair[];
  /** Address of a file as the page links it. */
  readonly linkOf: (file: string) => string;
  /** The words of messages. */
  readonly words: Words;
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

/**
 * The figures of a report in words, a line each.
 *
 * @param words - Of messages.
 */
export function dataLines(report: DataReport, words: Words): string[] {
  const { imbalance, hints, leakage, duplicates, warnings } = report;
  const { imageWidth, imageHeight, textWords } = report;
  const repeated = (what: string, test: (one: Duplicate) => boolean): number =>
    duplicates.filter((one) => one.what === what && test(one)).length;
  const inOne = (one: Duplicate): boolean => !one.leaks;
  const contradictions = duplicates.filter(({ contradicts }) => contradicts).length;
  return [
    `largest class / smallest class: ${imbalance.toFixed(1)}`,
    ...hints.map((hint) => `hint: ${inWords(hint, words)}`),
    `texts that contain their label's name: ${(100 * leakage).toFixed(1)} %`,
    `pictures that look like one of another split: ${repeated("image", ({ leaks }) => leaks)}`,
    `texts that occur in another split: ${repeated("text", ({ leaks }) => leaks)}`,
    `repeated within a split: ${count(repeated("image", inOne), "picture")}, ${count(repeated("text", inOne), "text")}`,
    `repeated with other labels: ${contradictions}`,
    ...rangeText("picture width", imageWidth, "pixels"),
    ...rangeText("picture height", imageHeight, "pixels"),
    ...rangeText("text length", textWords, "words"),
    ...warnings.map(({ name, message }) => `warning: ${name}: ${inWords(message, words)}`),
    ...(report.fit
      ? [`fit to train${warnings.length > 0 ? `, with ${count(warnings.length, "warning")}` : ""}`]
      : report.reasons.map((reason) => `NOT fit to train: ${inWords(reason, words)}`)),
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

/** A duplicate in words: who repeats whom, what is equal, and what is wrong with it. */
export function duplicateLine({
  what,
  id,
  split,
  of,
  leaks,
  contradicts,
  file,
}: Duplicate): string {
  const equal = what === "image" ? "looks like" : "has the text of";
  const trouble = [leaks ? "in another split" : "", contradicts ? "with other labels" : ""];
  const noted = trouble.filter((one) => one !== "").join(", ");
  const files = what === "image" && file !== undefined ? ` (${file}, ${of.file ?? "no file"})` : "";
  return `${split} ${id} ${equal} ${of.split} ${of.id}${noted === "" ? "" : `: ${noted}`}${files}`;
}

function pairFigure({ duplicate, first, second }: DuplicatePair, linkOf: DataPageParts["linkOf"]) {
  const side = ({ id, split, file, text, picture }: PairSide): string => {
    const image =
      picture === null ? "<p>no picture</p>" : `<img src="${picture}" alt="${escapeHtml(id)}">`;
    const linked =
      file === undefined ? image : `<a href="${escapeHtml(linkOf(file))}">${image}</a>`;
    return `<figure class="example">${linked}<figcaption><b>${split}</b> ${escapeHtml(id)}<br>${escapeHtml(text ?? "no text")}</figcaption></figure>`;
  };
  return `<div class="pair"><p>${escapeHtml(duplicateLine(duplicate))}</p><div class="examples">${side(first)}${side(second)}</div></div>`;
}

function duplicatesSection(
  duplicates: readonly Duplicate[],
  { pairs, linkOf }: DataPageParts,
): string {
  if (duplicates.length === 0) return "";
  const rest = duplicates.slice(pairs.length).map(duplicateLine);
  const shown = pairs.map((pair) => pairFigure(pair, linkOf)).join("");
  const more = rest.length > 0 ? `<h3>More</h3>${list(rest)}` : "";
  return `<section><h2>Duplicates: ${duplicates.length}</h2>
<p class="notes">Pictures lead to their files. All pairs are in the JSON report.</p>${shown}${more}</section>`;
}

function issuesSection(issues: readonly DataIssue[], words: Words): string {
  const kinds = new Map<string, string[]>();
  for (const { kind, where, message } of issues) {
    kinds.set(kind, [...(kinds.get(kind) ?? []), `${where}: ${inWords(message, words)}`]);
  }
  const parts = [...kinds].map(
    ([kind, lines]) =>
      `<h3>${escapeHtml(kind)}: ${count(lines.length, "issue")}</h3>${list(lines)}`,
  );
  return parts.length > 0 ? `<section><h2>Issues</h2>${parts.join("")}</section>` : "";
}

/** Renders a look at a data set as one page that needs nothing else. */
export function renderDataPage(report: DataReport, parts: DataPageParts): string {
  const { name, labelKind, origin, duplicates } = report;
  const sections = [
    `<section><h2>Figures</h2>${list(dataLines(report, parts.words))}</section>`,
    `<section><h2>Samples</h2>${classTable(report)}</section>`,
    examplesSection(parts.examples),
    duplicatesSection(duplicates, parts),
    issuesSection(report.issues, parts.words),
  ];
  const about = `<p>${labelKind}${origin === undefined ? "" : `; ${escapeHtml(origin)}`}</p>`;
  return renderPage(name, [about, ...sections]);
}
