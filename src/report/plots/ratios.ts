/** @module Score of the joint classifier as more and more samples miss a modality. */

import * as Plot from "@observablehq/plot";

import { spreadOf } from "../../evaluate/aggregate.js";
import { byMethod, type RunRecord } from "../records.js";
import { COLOURS, type Drawing, drawPlot, type LegendEntry } from "./plot.js";

const LEGEND: readonly LegendEntry[] = [
  { name: "image missing", colour: COLOURS.text },
  { name: "text missing", colour: COLOURS.image },
];

/** Scores of a row of results by the share of samples that miss a modality, mean over seeds. */
export interface RatioScores {
  readonly label: string;
  readonly ratios: readonly {
    /** `0..1`. */
    readonly ratio: number;
    readonly imageMissing: number;
    readonly textMissing: number;
  }[];
}

/** The scores of some runs, by method. */
export function ratiosOf(runs: readonly RunRecord[]): RatioScores[] {
  return [...byMethod(runs)].map(([label, group]) => ({
    label,
    ratios: group[0]!.test.ratios.map(({ ratio }, at) => {
      const mean = (key: "imageMissing" | "textMissing"): number =>
        spreadOf(group.map(({ test }) => test.ratios[at]![key])).mean;
      return { ratio, imageMissing: mean("imageMissing"), textMissing: mean("textMissing") };
    }),
  }));
}

/** Draws the missing-ratio curves (the paper's figure 4). */
export function plotRatios(rows: readonly RatioScores[], mainScore: string): Drawing {
  const points = rows.flatMap(({ label, ratios }) =>
    ratios.flatMap(({ ratio, imageMissing, textMissing }) => [
      { label, ratio: 100 * ratio, missing: "image missing", score: imageMissing },
      { label, ratio: 100 * ratio, missing: "text missing", score: textMissing },
    ]),
  );
  const svg = drawPlot("Score by share of samples that miss a modality", {
    x: { label: "samples with the modality missing, %" },
    y: { label: `${mainScore}, %`, grid: true, domain: [0, 100] },
    fx: { label: null, domain: rows.map(({ label }) => label) },
    color: { domain: LEGEND.map(({ name }) => name), range: LEGEND.map(({ colour }) => colour) },
    marks: [
      Plot.lineY(points, { x: "ratio", y: "score", stroke: "missing", fx: "label", marker: true }),
    ],
  });
  return { svg, legend: LEGEND };
}
