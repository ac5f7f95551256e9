/** @module Scores over how much of a modality is impaired, a panel per row of results. */

import * as Plot from "@observablehq/plot";

import { COLOURS, type Drawing, drawPlot, type LegendEntry } from "./plot.js";

/** Scores of a row of results by a share or strength. */
export interface ImpairedScores {
  readonly label: string;
  readonly points: readonly {
    readonly at: number;
    /** Score with the image impaired, percent. */
    readonly image: number;
    /** Score with the text impaired, percent. */
    readonly text: number;
  }[];
}

/** What a plot says about itself. */
export interface ImpairedPlotWords {
  /** What it shows, in words. */
  readonly title: string;
  /** Label of the x axis. */
  readonly axis: string;
  /** How a modality is impaired, as in "image missing". */
  readonly impaired: string;
}

/** Draws a curve per modality, named by the one that is impaired and coloured by the one that is left. */
export function plotImpaired(
  rows: readonly ImpairedScores[],
  mainScore: string,
  { title, axis, impaired }: ImpairedPlotWords,
): Drawing {
  const legend: readonly LegendEntry[] = [
    { name: `image ${impaired}`, colour: COLOURS.text },
    { name: `text ${impaired}`, colour: COLOURS.image },
  ];
  const points = rows.flatMap((row) =>
    row.points.flatMap(({ at, image, text }) => [
      { label: row.label, at, series: legend[0]!.name, score: image },
      { label: row.label, at, series: legend[1]!.name, score: text },
    ]),
  );
  const svg = drawPlot(title, {
    x: { label: axis },
    y: { label: `${mainScore}, %`, grid: true, domain: [0, 100] },
    fx: { label: null, domain: rows.map(({ label }) => label) },
    color: { domain: legend.map(({ name }) => name), range: legend.map(({ colour }) => colour) },
    marks: [
      Plot.lineY(points, { x: "at", y: "score", stroke: "series", fx: "label", marker: true }),
    ],
  });
  return { svg, legend };
}
