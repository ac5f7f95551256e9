/** @module Bars of the five cases of the protocol, per method and way to predict. */

import * as Plot from "@observablehq/plot";

import type { ResultRow } from "../../evaluate/aggregate.js";
import { CASES, casesOf, RESULT_IMPAIRMENTS } from "../../impairments/cases.js";
import { COLOURS, type Drawing, drawPlot } from "./plot.js";

/** Colours of an impairment's cases, each of the modality that is left; the next impairment's are lighter. */
const SHADES = [
  [COLOURS.text, COLOURS.image],
  ["#66aad7", "#efa477"],
] as const;

const CASE_COLOURS = Object.fromEntries([
  ["full", COLOURS.full],
  ...RESULT_IMPAIRMENTS.flatMap(({ name }, at) =>
    casesOf(name).map((one, side) => [one, SHADES[at % SHADES.length]![side]!]),
  ),
]) as Readonly<Record<string, string>>;

/** Draws the scores of all cases. */
export function plotCases(rows: readonly ResultRow[], mainScore: string): Drawing {
  const bars = rows.flatMap(({ label, columns }) =>
    CASES.map((name) => ({ label, name, score: columns[name].mean })),
  );
  const svg = drawPlot(`${mainScore} of each method on full and impaired input`, {
    height: 90 + rows.length * 105,
    marginLeft: 100,
    x: { label: `${mainScore}, %`, domain: [0, 100], grid: true },
    y: { label: null, domain: [...CASES] },
    fy: { label: null, domain: rows.map(({ label }) => label) },
    marginRight: 170,
    color: { domain: Object.keys(CASE_COLOURS), range: Object.values(CASE_COLOURS) },
    marks: [
      Plot.barX(bars, { x: "score", y: "name", fy: "label", fill: "name" }),
      Plot.text(bars, {
        x: "score",
        y: "name",
        fy: "label",
        text: ({ score }: { score: number }) => score.toFixed(1),
        textAnchor: "start",
        dx: 4,
      }),
    ],
  });
  // Every bar is named at the axis.
  return { svg, legend: [] };
}
