/** @module Embeddings in the plane, coloured by class; wrong answers are crosses. */

import * as Plot from "@observablehq/plot";

import type { EmbeddingMaps, MappedSample } from "../../diagnose/insight.js";
import type { Place } from "../../diagnose/projection.js";
import { type Drawing, drawPlot } from "./plot.js";

/** Ten colours that stay apart, on light and dark ground (Tableau 10). */
const TEN = [
  ...["#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f"],
  ...["#edc948", "#b07aa1", "#ff9da7", "#9c755f", "#8a8a8a"],
];

/** Colours of some classes; with more than ten, hues around the circle in two shades. */
const coloursOf = (count: number): string[] =>
  count <= TEN.length
    ? TEN.slice(0, count)
    : Array.from(
        { length: count },
        (_, at) => `hsl(${Math.round((360 * at) / count)}, 65%, ${at % 2 === 0 ? 42 : 60}%)`,
      );

/** Places between 0 and 1 in both directions. */
function fitted(places: readonly Place[]): Place[] {
  const scale = (at: 0 | 1): ((value: number) => number) => {
    const values = places.map((place) => place[at]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (value) => (high > low ? (value - low) / (high - low) : 0.5);
  };
  const [x, y] = [scale(0), scale(1)];
  return places.map((place): Place => [x(place[0]), y(place[1])]);
}

/**
 * Draws some maps of the same samples beside one another.
 *
 * @param classes - In the order of their colours.
 */
export function plotEmbeddings(
  { maps, samples }: EmbeddingMaps,
  classes: readonly string[],
): Drawing | null {
  if (maps.length === 0) return null;
  const found = classes.filter((name) => samples.some(({ label }) => label === name));
  const colours = coloursOf(found.length);
  const points = maps.flatMap(({ of, places }) =>
    fitted(places).map(([x, y], at) => ({ of, x, y, ...samples[at]! })),
  );
  const mark = { x: "x", y: "y", fx: "of", stroke: "label", title: "title" } as const;
  const svg = drawPlot("Embeddings in two dimensions", {
    height: 360,
    marginLeft: 12,
    marginBottom: 12,
    marginTop: 28,
    x: { axis: null },
    y: { axis: null },
    fx: { label: null, axis: "top", domain: maps.map(({ of }) => of) },
    color: { domain: found, range: colours },
    marks: [
      Plot.frame({ strokeOpacity: 0.25 }),
      Plot.dot(points, { ...mark, fill: "label", r: 2.2, filter: "isRight" }),
      Plot.dot(points, {
        ...{ ...mark, symbol: "times", r: 3.5, strokeWidth: 1.6 },
        filter: ({ isRight }: MappedSample) => !isRight,
      }),
    ],
  });
  return { svg, legend: found.map((name, at) => ({ name, colour: colours[at]! })) };
}
