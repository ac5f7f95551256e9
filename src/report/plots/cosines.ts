/** @module Histogram of the metric `cosine`: whether a method's gradients agree. */

import * as Plot from "@observablehq/plot";

import type { TrainingRecord } from "../../run/records.js";
import { COLOURS, type Drawing, drawPlot } from "./plot.js";

const BIN = 0.05;

/** Cosines of all steps of all runs that record them. */
export function cosinesOf(runs: readonly TrainingRecord[]): number[] {
  return runs
    .flatMap(({ steps }) => steps.map((step) => step.cosine))
    .filter((cosine) => cosine !== undefined && Number.isFinite(cosine)) as number[];
}

/** Share of steps with a conflict, `0..1`. */
export function conflictShare(cosines: readonly number[]): number {
  return cosines.filter((cosine) => cosine < 0).length / Math.max(1, cosines.length);
}

/** Draws the histogram; `null` where no run records cosines. */
export function plotCosines(runs: readonly TrainingRecord[]): Drawing | null {
  const cosines = cosinesOf(runs);
  if (cosines.length === 0) return null;
  const bins = new Map<number, number>();
  for (const cosine of cosines) {
    const bin = Math.min(Math.floor(cosine / BIN), Math.ceil(1 / BIN) - 1);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const bars = [...bins].map(([bin, count]) => ({
    from: bin * BIN,
    to: (bin + 1) * BIN,
    share: (100 * count) / cosines.length,
    conflict: bin < 0,
  }));
  const svg = drawPlot("Histogram of the cosine of gradients", {
    x: { label: "cosine", domain: [-1, 1] },
    y: { label: "share of steps, %", grid: true },
    marks: [
      Plot.rectY(bars, {
        x1: "from",
        x2: "to",
        y: "share",
        fill: ({ conflict }: { conflict: boolean }) => (conflict ? COLOURS.image : COLOURS.task),
        inset: 0.5,
      }),
      Plot.ruleX([0], { stroke: "currentColor" }),
      Plot.ruleY([0]),
    ],
  });
  const legend = [
    { name: "conflict", colour: COLOURS.image },
    { name: "agreement", colour: COLOURS.task },
  ];
  return { svg, legend };
}
