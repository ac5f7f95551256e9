/** @module Curves over training: losses, weights, norms and cosines per step, validation scores per epoch. */

import * as Plot from "@observablehq/plot";

import type { EpochRecord, StepRecord } from "../../train/trainer.js";
import { byMethod, type TrainingRecord } from "../../run/records.js";
import { panels } from "./panels.js";
import { COLOURS, type Drawing, drawPlot, type LegendEntry } from "./plot.js";

/** Points kept of one curve: more would only make the file larger. */
const POINTS = 150;

/** A point of a curve. */
export interface Point {
  readonly x: number;
  readonly series: string;
  readonly value: number;
}

/** Means of one metric over equal stretches of the run; steps without the metric take no part. */
export function smooth(steps: readonly StepRecord[], metric: string, series: string): Point[] {
  const stretch = Math.max(1, Math.ceil(steps.length / POINTS));
  const points: Point[] = [];
  for (let start = 0; start < steps.length; start += stretch) {
    const values = steps
      .slice(start, start + stretch)
      .map((record) => record[metric])
      .filter((value) => value !== undefined && Number.isFinite(value)) as number[];
    if (values.length === 0) continue;
    const value = values.reduce((sum, one) => sum + one, 0) / values.length;
    points.push({ x: steps[start]!.step, series, value });
  }
  return points;
}

/** Values of one figure of the validation, an epoch each, counted from 1. */
export const validated = (
  epochs: readonly EpochRecord[],
  figure: string,
  series: string,
): Point[] =>
  epochs.flatMap(({ epoch, validation }) => {
    const value = validation[figure];
    return typeof value === "number" ? [{ x: epoch + 1, series, value }] : [];
  });

/** A metric and how its curve is shown. */
export interface Series extends LegendEntry {
  readonly metric: string;
  readonly dashed?: boolean;
}

/** Losses of training. */
export const LOSSES: readonly Series[] = [
  { metric: "loss.task", name: "joint classifier", colour: COLOURS.task },
  { metric: "loss.image", name: "image head", colour: COLOURS.image },
  { metric: "loss.text", name: "text head", colour: COLOURS.text },
];

/** Weights of the modalities. */
export const WEIGHTS: readonly Series[] = [
  { metric: "weight.image", name: "image", colour: COLOURS.image },
  { metric: "weight.text", name: "text", colour: COLOURS.text },
];

/** Lengths of gradients. */
export const NORMS: readonly Series[] = [
  { metric: "norm.task", name: "task", colour: COLOURS.task },
  { metric: "norm.kl", name: "KL between the heads", colour: COLOURS.other },
  { metric: "norm.update", name: "combined", colour: COLOURS.full },
];

/** Cosines of gradients. */
export const COSINES: readonly Series[] = [
  { metric: "cosine", name: "task and balance", colour: COLOURS.task },
  { metric: "cosine.image", name: "task and image head", colour: COLOURS.image },
  { metric: "cosine.text", name: "task and text head", colour: COLOURS.text },
];

/** Scores on the validation split. */
export const VALIDATION: readonly Series[] = [
  { metric: "full", name: "both", colour: COLOURS.full },
  { metric: "imageMissing", name: "image missing", colour: COLOURS.text },
  { metric: "textMissing", name: "text missing", colour: COLOURS.image },
  { metric: "text", name: "text head", colour: COLOURS.text, dashed: true },
  { metric: "image", name: "image head", colour: COLOURS.image, dashed: true },
];

/** What curves are about. */
interface CurveWords {
  /** What the plot shows, in words. */
  readonly label: string;
  readonly x: string;
  readonly y: string;
}

/** One plot with a panel per method, of its first seed. */
function plotSeries(
  runs: readonly (readonly [label: string, run: TrainingRecord])[],
  series: readonly Series[],
  read: (run: TrainingRecord, series: Series) => readonly Point[],
  { label, x, y }: CurveWords,
): Drawing {
  const points = runs.flatMap(([method, run]) =>
    series.flatMap((one) => read(run, one).map((point) => ({ ...point, method }))),
  );
  const dashes = new Set(series.filter(({ dashed }) => dashed).map(({ name }) => name));
  const line = { x: "x", y: "value", stroke: "series", z: "series", fx: "method" } as const;
  const isDashed = ({ series: name }: Point): boolean => dashes.has(name);
  const svg = drawPlot(label, {
    x: { label: x },
    y: { label: y, grid: true, zero: true },
    fx: { label: null, domain: [...new Set(points.map(({ method }) => method))] },
    color: { domain: series.map(({ name }) => name), range: series.map(({ colour }) => colour) },
    marks: [
      Plot.lineY(points, { ...line, filter: (point: Point) => !isDashed(point), strokeWidth: 1.8 }),
      Plot.lineY(points, { ...line, filter: isDashed, strokeWidth: 1.5, strokeDasharray: "4,3" }),
    ],
  });
  return { svg, legend: series };
}

/** Plots with a few panels each, for all methods that have any of the series. */
function plotPanels(
  runs: readonly TrainingRecord[],
  series: readonly Series[],
  read: (run: TrainingRecord, series: Series) => readonly Point[],
  words: CurveWords,
): Drawing[] {
  const firsts = [...byMethod(runs)]
    .map(([label, [run]]) => [label, run!] as const)
    .filter(([, run]) => series.some((one) => read(run, one).length > 0));
  const found = series.filter((one) => firsts.some(([, run]) => read(run, one).length > 0));
  return panels(firsts).map((group) => plotSeries(group, found, read, words));
}

const overSteps = (
  runs: readonly TrainingRecord[],
  series: readonly Series[],
  label: string,
  y: string,
): Drawing[] =>
  plotPanels(runs, series, ({ steps }, { metric, name }) => smooth(steps, metric, name), {
    ...{ label, x: "step", y },
  });

/** Training losses of the joint classifier and the two heads; first seed of each method. */
export const plotLosses = (runs: readonly TrainingRecord[]): Drawing[] =>
  overSteps(runs, LOSSES, "Training loss per modality over steps", "loss, nats");

/** Curves of the metrics `weight.image` and `weight.text`, see `metricCaption`; none where no method has them. */
export const plotWeights = (runs: readonly TrainingRecord[]): Drawing[] =>
  overSteps(runs, WEIGHTS, "Weights per modality over steps", "weight");

/** Lengths of gradients; none where no method records them. */
export const plotNorms = (runs: readonly TrainingRecord[]): Drawing[] =>
  overSteps(runs, NORMS, "Lengths of gradients over steps", "length");

/** Cosines of gradients over time; none where no method records them. */
export const plotCosineCurves = (runs: readonly TrainingRecord[]): Drawing[] =>
  overSteps(runs, COSINES, "Cosines of gradients over steps", "cosine");

/** Validation scores of the joint classifier, whole and without a modality, and of the heads, epoch by epoch. */
export const plotValidation = (runs: readonly TrainingRecord[]): Drawing[] =>
  plotPanels(runs, VALIDATION, ({ epochs }, { metric, name }) => validated(epochs, metric, name), {
    label: "Validation score per modality over epochs",
    x: "epoch",
    y: "score, %",
  });
