/** @module Reliability diagram: how often answers are right, by how sure they are. */

import * as Plot from "@observablehq/plot";

import type { Calibration } from "../../diagnose/calibration.js";
import { COLOURS, type Drawing, drawPlot } from "./plot.js";

/** Colours of cases: each that of the modality that is left. */
const COLOUR_OF = {
  full: COLOURS.full,
  "image-missing": COLOURS.text,
  "text-missing": COLOURS.image,
} as Readonly<Record<string, string>>;

/** Draws the bins of some cases against the diagonal, on which honest answers lie. */
export function plotCalibration(cases: readonly Calibration[]): Drawing {
  const points = cases.flatMap(({ name, bins }) =>
    bins.map(({ sure, right, samples }) => ({
      ...{ name, sure: 100 * sure, right: 100 * right, samples },
    })),
  );
  const legend = cases.map(({ name }) => ({
    name: name.replace("-", " "),
    colour: COLOUR_OF[name]!,
  }));
  const svg = drawPlot("Share of right answers by how sure they are", {
    width: 520,
    height: 420,
    x: { label: "sure, %", domain: [0, 100] },
    y: { label: "right, %", domain: [0, 100], grid: true },
    r: { range: [2, 9] },
    color: { domain: cases.map(({ name }) => name), range: legend.map(({ colour }) => colour) },
    marks: [
      Plot.line(
        [
          [0, 0],
          [100, 100],
        ],
        { stroke: "currentColor", strokeDasharray: "3,4", strokeOpacity: 0.6 },
      ),
      Plot.line(points, { x: "sure", y: "right", stroke: "name", strokeWidth: 1.5 }),
      Plot.dot(points, { x: "sure", y: "right", fill: "name", r: "samples" }),
    ],
  });
  return { svg, legend };
}
