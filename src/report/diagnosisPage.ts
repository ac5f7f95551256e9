/** @module The page about a diagnosis: findings, tables, and a gallery of samples with what mattered. */

import type { Diagnosis } from "../diagnose/diagnosis.js";
import type { ExplainedSample } from "../diagnose/explain.js";
import { inWords, type Words } from "../message.js";
import { escapeHtml, gridSection, renderPage } from "./page.js";
import { count } from "../text.js";
import { classGrid, costGrid, signGrid } from "./diagnosisGrids.js";
import { gallerySection } from "./gallery.js";

/** What the page is about. */
export interface DiagnosisPage {
  /** Of the run or model. */
  readonly folder: string;
  /** `null` for a saved model, which does not say it. */
  readonly method: string | null;
  readonly data: string;
  /** The split that the samples are of; `null` for all samples of the data. */
  readonly split: string | null;
  readonly tested: number;
  readonly diagnosis: Diagnosis;
  readonly samples: readonly ExplainedSample[];
}

/** How many samples a diagnosis is made on, and of which split. */
export const testedOn = (tested: number, split: string | null): string =>
  `${count(tested, "sample")}${split === null ? "" : ` of the ${split} split`}`;

const list = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;

/** What the gallery says of its samples. */
const NOTES = [
  "The worst first.",
  "Words and regions are shaded by how much less probable the answer to full input is without them: blue speaks for the answer, grey against it.",
];

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
  return renderPage(`Diagnosis of ${method ?? "a model"} on ${data}`, [
    `<p>${escapeHtml(folder)}, ${escapeHtml(testedOn(tested, split))}</p>`,
    `<section><h2>Findings</h2>${list(findings)}</section>`,
    remedy,
    gridSection(costGrid(diagnosis)),
    ...(signs.steps > 0 ? [gridSection(signGrid(diagnosis))] : []),
    gridSection(classGrid(diagnosis)),
    gallerySection(samples, "Samples", NOTES),
  ]);
}
