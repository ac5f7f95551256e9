/** @module The page about a diagnosis: findings, tables, and a gallery of samples with what mattered. */

import type { Diagnosis } from "../diagnose/diagnosis.js";
import type { ExplainedSample } from "../diagnose/explain.js";
import { type Part, REGIONS } from "../diagnose/occlusion.js";
import { isRight } from "../diagnose/samples.js";
import { ALL_CASES } from "../impairments/cases.js";
import { inWords, type Words } from "../message.js";
import { escapeHtml, gridSection, renderPage } from "./page.js";
import { classGrid, costGrid, signed, signGrid } from "./diagnosisGrids.js";

/** What the page is about. */
export interface DiagnosisPage {
  readonly folder: string;
  readonly method: string;
  readonly data: string;
  readonly split: string;
  readonly tested: number;
  readonly diagnosis: Diagnosis;
  readonly samples: readonly ExplainedSample[];
}

const list = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;

/** A weight as a shade: what speaks for the answer in the mark's colour, what speaks against it in grey. */
const shade = (weight: number, most: number): string =>
  `--for:${Math.max(0, weight / most).toFixed(3)};--against:${Math.max(0, -weight / most).toFixed(3)}`;

const mostOf = (parts: readonly Part[]): number =>
  Math.max(0.05, ...parts.map(({ weight }) => Math.abs(weight)));

const told = ({ name, weight }: Part): string => escapeHtml(`${name}: ${signed(weight)}`);

function wordsOf(parts: readonly Part[]): string {
  const most = mostOf(parts);
  const marked = parts.map(
    (part) =>
      `<span class="part" style="${shade(part.weight, most)}" title="${told(part)}">${escapeHtml(part.name)}</span>`,
  );
  return `<p>${marked.join(" ")}</p>`;
}

function pictureOf({ picture, attribution, truth }: ExplainedSample): string {
  if (picture === null) return "<p>no picture</p>";
  const regions = attribution?.regions ?? [];
  const most = mostOf(regions);
  const cells = regions.map(
    (part) =>
      `<span class="part" style="${shade(part.weight, most)}" title="region ${told(part)}"></span>`,
  );
  const grid = `<span class="regions" style="--regions:${REGIONS}" aria-hidden="true">${cells.join("")}</span>`;
  return `<span class="seen"><img src="${picture}" alt="${escapeHtml(truth.join(", "))}">${grid}</span>`;
}

function answersTable({ answers, truth }: ExplainedSample): string {
  const rows = ALL_CASES.map((name) => {
    const { labels, probability, decidedBy } = answers[name];
    const said = labels.length > 0 ? labels.join(", ") : "none";
    const right = isRight({ answers, truth }, name) ? "right" : "wrong";
    return `<tr class="${right}"><th scope="row">${name.replace("-", " ")}</th><td>${escapeHtml(said)}</td><td>${(100 * probability).toFixed(0)} %</td><td>${decidedBy}</td><td>${right}</td></tr>`;
  });
  return `<div class="scroll"><table><thead><tr><th scope="col">input</th><th scope="col">answer</th><th scope="col">likeliest</th><th scope="col">decided by</th><th scope="col"></th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function card(sample: ExplainedSample): string {
  const { id, truth, text, attribution } = sample;
  const words = attribution?.words
    ? wordsOf(attribution.words)
    : `<p>${escapeHtml(text ?? "no text")}</p>`;
  const outcome = isRight(sample, "full") ? "right" : "wrong";
  return `<article class="sample ${outcome}"><h3>${escapeHtml(truth.join(", ") || "no label")} <small>${escapeHtml(id)}</small></h3>${pictureOf(sample)}${words}${answersTable(sample)}</article>`;
}

/** Shows all samples, or those that are answered wrongly or rightly; works without a script. */
const FILTER = `<fieldset class="filter"><legend>Show</legend>${(
  [
    ["all", "all"],
    ["wrong", "answered wrongly"],
    ["right", "answered rightly"],
  ] as const
)
  .map(
    ([name, caption], at) =>
      `<label><input type="radio" name="show" id="show-${name}"${at === 0 ? " checked" : ""}> ${caption}</label>`,
  )
  .join(" ")}</fieldset>`;

function gallery(samples: readonly ExplainedSample[]): string {
  if (samples.length === 0) return "";
  const note =
    "The worst first. Words and regions are shaded by how much less probable the answer to full input is without them: blue speaks for the answer, grey against it.";
  return `<section class="gallery"><h2>Samples</h2><p class="notes">${note}</p>${FILTER}<div class="samples">${samples.map(card).join("\n")}</div></section>`;
}

/**
 * Renders the page.
 *
 * @param words - Of messages.
 * @returns A complete HTML document, readable offline, in light and dark mode.
 */
export function renderDiagnosis(page: DiagnosisPage, words: Words): string {
  const { folder, method, data, split, tested, diagnosis, samples } = page;
  const { findings, remedies, signs } = diagnosis;
  const remedy =
    remedies.length > 0
      ? `<section><h2>What to try</h2>${list(remedies.map((one) => inWords(one, words)))}</section>`
      : "";
  return renderPage(`Diagnosis of ${method} on ${data}`, [
    `<p>${escapeHtml(folder)}, ${tested} samples of the ${escapeHtml(split)} split</p>`,
    `<section><h2>Findings</h2>${list(findings)}</section>`,
    remedy,
    gridSection(costGrid(diagnosis)),
    ...(signs.steps > 0 ? [gridSection(signGrid(diagnosis))] : []),
    gridSection(classGrid(diagnosis)),
    gallery(samples),
  ]);
}
