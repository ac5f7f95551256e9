/** @module What a page says of a run's single answers: findings, classes, confusions, calibration, embeddings. */

import type { Confusion } from "../diagnose/confusion.js";
import type { Insight } from "../diagnose/insight.js";
import { classGrid } from "./diagnosisGrids.js";
import { type Figure, figureSection } from "./figure.js";
import { escapeHtml, gridSection } from "./page.js";
import { plotCalibration } from "./plots/calibration.js";
import { plotEmbeddings } from "./plots/embeddings.js";

/** A run with what is seen of its answers. */
export interface RunInsight extends Insight {
  /** Label of the run's row in the tables. */
  readonly label: string;
  readonly seed: number;
  /** What a diagnosis of it says, a sentence each; empty for runs on one modality. */
  readonly findings: readonly string[];
}

/** Largest number of classes whose confusion matrix is still readable. */
const CONFUSION_CLASSES = 30;

/** Characters of a file's name. */
const slug = (text: string): string => text.replace(/[^a-z0-9]+/gi, "-").toLowerCase();

function matrix({ name, counts }: Confusion, label: string, classes: readonly string[]): string {
  const heads = classes.map((one) => `<th scope="col"><span>${escapeHtml(one)}</span></th>`);
  const rows = counts.map((own, truth) => {
    const total = own.reduce((sum, value) => sum + value, 0);
    const cells = own.map((value) =>
      value === 0
        ? "<td></td>"
        : `<td style="--share:${(value / total).toFixed(2)}">${String(value)}</td>`,
    );
    return `<tr><th scope="row">${escapeHtml(classes[truth]!)}</th>${cells.join("")}</tr>`;
  });
  const caption = name === "full" ? "full input" : name.replace("-", " ");
  return `<div class="scroll" tabindex="0" role="region" aria-label="Confusions of ${escapeHtml(label)}, ${caption}"><table class="confusion"><caption>${caption}</caption><thead><tr><th scope="col">true class</th>${heads.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

/** Confusions of a run, case by case; nothing where there are none, or too many classes to read them. */
export function confusionSection(
  { label, seed, confusions }: Pick<RunInsight, "label" | "seed" | "confusions">,
  classes: readonly string[],
): string {
  if (confusions === null || classes.length > CONFUSION_CLASSES) return "";
  const tables = confusions.map((one) => matrix(one, label, classes));
  return `<section><h2>Confusions of ${escapeHtml(label)}</h2>${tables.join("\n")}
<p class="notes">Rows: true class; columns: answer of predict; seed ${seed}.</p></section>`;
}

/** Figures of a run's answers. */
export function insightFigures(
  { label, seed, calibrations, embeddings }: RunInsight,
  classes: readonly string[],
): Figure[] {
  const errors = calibrations.map(
    ({ name, error }) => `${name.replace("-", " ")} ${error.toFixed(1)}`,
  );
  const map = embeddings && plotEmbeddings(embeddings, classes);
  const figures: Figure[] = [
    {
      name: `calibration-${slug(label)}`,
      title: `Calibration of ${label}`,
      caption: `How often answers are right, by how sure they are; honest answers lie on the dashed line. Expected calibration error in points: ${errors.join(", ")}. Seed ${seed}.`,
      drawings: [plotCalibration(calibrations)],
    },
    {
      name: `embeddings-${slug(label)}`,
      title: `Embeddings of ${label}`,
      caption: `Test samples that the model sees alike lie together (UMAP; distances between groups say little). Colour: class; crosses: answered wrongly. Seed ${seed}.`,
      drawings: map ? [map] : [],
    },
  ];
  return figures.filter(({ drawings }) => drawings.length > 0);
}

/** Sections about the answers of a run. */
export function insightSections(run: RunInsight, classes: readonly string[]): string[] {
  const { label, seed, findings } = run;
  const sentences = findings.map((one) => `<li>${escapeHtml(one)}</li>`).join("");
  const { title, ...grid } = classGrid(run);
  return [
    sentences === ""
      ? ""
      : `<section><h2>Findings about ${escapeHtml(label)}</h2><ul>${sentences}</ul></section>`,
    gridSection({ title: `${title} of ${label}, seed ${seed}`, ...grid }),
    confusionSection(run, classes),
    ...insightFigures(run, classes).map(figureSection),
  ];
}
