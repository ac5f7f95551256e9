/** @module The tables of a diagnosis. */

import type { Diagnosis } from "../diagnose/diagnosis.js";
import { printableLine } from "../text.js";
import type { Grid } from "./table.js";

const number = (value: number, digits = 1): string => value.toFixed(digits);

/** How much a part mattered, with its sign. */
export const signed = (weight: number): string =>
  `${weight < 0 ? "-" : "+"}${Math.abs(weight).toFixed(2)}`;

/** What each impairment costs. */
export const costGrid = ({ costs }: Diagnosis): Grid => ({
  title:
    "What each impairment costs: the joint classifier, predict, and predict without the impaired input",
  head: ["percent", "joint", "predict", "lost", "without the input"],
  body: costs.map(({ name, joint, aware, drop, ignoring }) => [
    ...[name.replace("-", " "), number(joint), number(aware), number(drop)],
    name.endsWith("missing") ? "" : number(ignoring),
  ]),
});

/** How losses, weights and norms developed. */
export const signGrid = ({ signs: { steps, developments } }: Diagnosis): Grid => ({
  title: `While it trained, ${steps} steps`,
  head: ["mean over a tenth of the steps", "first", "last"],
  body: developments.map(({ metric, meaning, first, last }) => [
    ...[meaning === "" ? metric : `${metric}: ${meaning}`, number(first, 3), number(last, 3)],
  ]),
});

/** Which modality each class needs. */
export const classGrid = ({ classes }: Pick<Diagnosis, "classes">): Grid => ({
  title: "Classes",
  head: [
    ...["percent found", "samples", "full", "precision", "F1"],
    ...["image missing", "text missing", "needs"],
  ],
  body: classes.map(({ label, samples, full, precision, f1, imageMissing, textMissing, needs }) => [
    ...[printableLine(label), String(samples), number(full), number(precision), number(f1)],
    ...[number(imageMissing), number(textMissing), needs ?? ""],
  ]),
});
