/** @module Curves of several runs in one plot per metric, a colour for each run. */

import * as Plot from "@observablehq/plot";

import { escapeHtml } from "../report/page.js";
import {
  COSINES,
  LOSSES,
  NORMS,
  type Point,
  type Series,
  smooth,
  VALIDATION,
  validated,
  WEIGHTS,
} from "../report/plots/curves.js";
import { drawPlot } from "../report/plots/plot.js";
import type { TrainingRecord } from "../run/records.js";

/** Colours of runs, told apart by colour-blind readers on light and dark ground (Okabe and Ito, and two more). */
export const RUN_COLOURS = [
  ...["#0072b2", "#d55e00", "#009e73", "#cc79a7"],
  ...["#e69f00", "#56b4e9", "#8c8c8c", "#9467bd"],
] as const;

/** A run that is drawn. */
export interface DrawnRun {
  /** In the legend. */
  readonly label: string;
  readonly colour: string;
  readonly record: TrainingRecord;
}

/** Plots of metrics that belong together. */
export interface OverlayGroup {
  readonly name: string;
  readonly title: string;
  readonly series: readonly Series[];
  readonly x: "epoch" | "step";
  readonly y: string;
  readonly read: (record: TrainingRecord, series: Series) => readonly Point[];
}

const perStep = { x: "step" } as const;
const ofSteps: OverlayGroup["read"] = ({ steps }, { metric, name }) => smooth(steps, metric, name);

/** All groups, in the order of the report. */
export const OVERLAYS: readonly OverlayGroup[] = [
  {
    name: "validation",
    title: "Validation",
    series: VALIDATION,
    x: "epoch",
    y: "score, %",
    read: ({ epochs }, { metric, name }) => validated(epochs, metric, name),
  },
  {
    name: "losses",
    title: "Training losses",
    series: LOSSES,
    y: "loss, nats",
    ...perStep,
    read: ofSteps,
  },
  {
    name: "weights",
    title: "Weights of the modalities",
    series: WEIGHTS,
    y: "weight",
    ...perStep,
    read: ofSteps,
  },
  {
    name: "norms",
    title: "Lengths of gradients",
    series: NORMS,
    y: "length",
    ...perStep,
    read: ofSteps,
  },
  {
    name: "cosines",
    title: "Cosines of gradients",
    series: COSINES,
    y: "cosine",
    ...perStep,
    read: ofSteps,
  },
];

/** One metric of all runs. */
function plotOf(
  { title, x, y, read }: OverlayGroup,
  series: Series,
  runs: readonly DrawnRun[],
): string {
  const curves = runs.map((run) => ({ run, points: read(run.record, series) }));
  const drawn = curves.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return "";
  const svg = drawPlot(
    `${title}, ${series.name}: ${drawn.map(({ run }) => run.label).join(", ")}`,
    {
      width: 420,
      height: 240,
      marginTop: 30,
      x: { label: x, ticks: 6 },
      y: { label: y, grid: true, nice: true, ticks: 6 },
      marks: drawn.flatMap(({ run, points }) => [
        Plot.lineY(points, { x: "x", y: "value", stroke: run.colour, strokeWidth: 1.8 }),
        // A line of one point cannot be seen.
        Plot.dot(points.length === 1 ? points : [], { x: "x", y: "value", fill: run.colour }),
      ]),
    },
  );
  return `<figure><figcaption>${escapeHtml(series.name)}</figcaption>${svg}</figure>`;
}

/** The plots of a group as a section of a page; empty where no run has any of its metrics. */
export function overlaySection(group: OverlayGroup, runs: readonly DrawnRun[]): string {
  const plots = group.series.map((series) => plotOf(group, series, runs)).join("");
  if (plots === "") return "";
  return `<section><h2>${escapeHtml(group.title)}</h2><div class="overlay">${plots}</div></section>`;
}

/** Which colour is which run. */
export function overlayLegend(runs: readonly DrawnRun[]): string {
  const entries = runs.map(
    ({ label, colour }) =>
      `<li><span style="background:${colour}"></span>${escapeHtml(label)}</li>`,
  );
  return `<ul class="legend">${entries.join("")}</ul>`;
}
