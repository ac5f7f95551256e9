/** @module Score of the joint classifier as more and more samples miss a modality. */

import * as Plot from "@observablehq/plot";

import { spreadOf } from "../../evaluate/aggregate.js";
import { byMethod, type RunRecord } from "../records.js";
import { COLOURS, type Drawing, drawPlot, type LegendEntry } from "./plot.js";

const LEGEND: readonly LegendEntry[] = [
  { name: "image missing", colour: COLOURS.text },
  { name: "text missing", colour: COLOURS.image },
];

/** Draws the missing-ratio curves, mean over seeds (the paper's figure 4). */
export function plotRatios(runs: readonly RunRecord[], mainScore: string): Drawing {
  const points = [...byMethod(runs)].flatMap(([method, group]) =>
    group[0]!.test.ratios.flatMap(({ ratio }, at) =>
      (["imageMissing", "textMissing"] as const).map((key) => ({
        method,
        ratio: 100 * ratio,
        missing: key === "imageMissing" ? "image missing" : "text missing",
        score: spreadOf(group.map(({ test }) => test.ratios[at]![key])).mean,
      })),
    ),
  );
  const svg = drawPlot("Score by share of samples that miss a modality", {
    x: { label: "samples with the modality missing, %" },
    y: { label: `${mainScore}, %`, grid: true, domain: [0, 100] },
    fx: { label: null, domain: [...byMethod(runs).keys()] },
    color: { domain: LEGEND.map(({ name }) => name), range: LEGEND.map(({ colour }) => colour) },
    marks: [
      Plot.lineY(points, { x: "ratio", y: "score", stroke: "missing", fx: "method", marker: true }),
    ],
  });
  return { svg, legend: LEGEND };
}
