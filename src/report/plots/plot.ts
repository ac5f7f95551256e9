/** @module Plots as SVG text, drawn without a browser. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** Colours that stay apart for colour-blind readers, on light and dark ground (Okabe and Ito). */
export const COLOURS = {
  image: "#d55e00",
  text: "#0072b2",
  task: "#009e73",
  full: "#7f7f7f",
  other: "#cc79a7",
} as const;

/** What a colour of a plot stands for. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
}

/** A drawn plot. */
export interface Drawing {
  readonly svg: string;
  readonly legend: readonly LegendEntry[];
}

/** A tag with two decimals: a hundredth of a pixel is not seen, and a page of many plots is half as large. */
const shortened = (tag: string): string => tag.replace(/(\d\.\d\d)\d+/g, "$1");

/** Groups of marks have no role that could be named: the plot as a whole has. */
const unnamed = (tag: string): string =>
  tag.startsWith("<g ") ? tag.replace(/ aria-(label|hidden|description)="[^"]*"/g, "") : tag;

/** Draws a plot; `label` says in words what it shows. */
export function drawPlot(label: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const figure = Plot.plot({
    width: 860,
    height: 320,
    marginLeft: 52,
    marginBottom: 42,
    style: { background: "none", fontSize: "12px", fontFamily: "inherit", overflow: "visible" },
    ...options,
    ariaLabel: label,
    // Plot only needs a document to make elements in.
    document: document,
  });
  figure.setAttribute("role", "img");
  return figure.outerHTML.replace(/<[^>]+>/g, (tag) => unnamed(shortened(tag)));
}
