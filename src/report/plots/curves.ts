/** @module Curves over training steps: losses per modality, modality weights. */

import * as Plot from "@observablehq/plot";

import type { StepRecord } from "../../train/trainer.js";
import { byMethod, type RunRecord } from "../../run/records.js";
import { COLOURS, type Drawing, drawPlot, type LegendEntry } from "./plot.js";

/** Points kept of one curve: more would only make the file larger. */
const POINTS = 150;

interface Point {
  readonly step: number;
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
    points.push({ step: steps[start]!.step, series, value });
  }
  return points;
}

/** A metric and how its curve is shown. */
interface Series extends LegendEntry {
  readonly metric: string;
}

const LOSSES: readonly Series[] = [
  { metric: "loss.task", name: "joint classifier", colour: COLOURS.task },
  { metric: "loss.image", name: "image head", colour: COLOURS.image },
  { metric: "loss.text", name: "text head", colour: COLOURS.text },
];

const WEIGHTS: readonly Series[] = [
  { metric: "weight.image", name: "image", colour: COLOURS.image },
  { metric: "weight.text", name: "text", colour: COLOURS.text },
];

function plotSeries(
  runs: readonly RunRecord[],
  series: readonly Series[],
  label: string,
  unit: string,
): Drawing | null {
  const points = [...byMethod(runs)].flatMap(([method, [run]]) =>
    series.flatMap(({ metric, name }) =>
      smooth(run!.steps, metric, name).map((point) => ({ ...point, method })),
    ),
  );
  if (points.length === 0) return null;
  const svg = drawPlot(label, {
    x: { label: "step" },
    y: { label: unit, grid: true, zero: true },
    fx: { label: null, domain: [...new Set(points.map(({ method }) => method))] },
    color: {
      domain: series.map(({ name }) => name),
      range: series.map(({ colour }) => colour),
    },
    marks: [
      Plot.lineY(points, {
        x: "step",
        y: "value",
        stroke: "series",
        z: "series",
        fx: "method",
        strokeWidth: 1.8,
      }),
    ],
  });
  return { svg, legend: series };
}

/** Training losses of the joint classifier and the two heads; first seed of each method. */
export const plotLosses = (runs: readonly RunRecord[]): Drawing | null =>
  plotSeries(runs, LOSSES, "Training loss per modality over steps", "loss, nats");

/** Curves of the metrics `weight.image` and `weight.text`, see {@link metricCaption}; `null` where no method has them. */
export const plotWeights = (runs: readonly RunRecord[]): Drawing | null =>
  plotSeries(runs, WEIGHTS, "Weights per modality over steps", "weight");
