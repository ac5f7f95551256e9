/** @module Features on one scale: statistics of the training split, and missing rows. */

import { describe, expect, test } from "vitest";

import { standardisationOf } from "../../src/encode/features/statistics.js";
import { Graph } from "../../src/graph/graph.js";
import { vectorNetwork } from "../../src/inputs/vectors.js";
import { ParameterScope } from "../../src/nn/parameters.js";
import { evaluate } from "../reference/evaluate.js";

const ROWS = [
  [10, 0, 5],
  [14, 2, 5],
  // Missing: does not count.
  [0, 0, 0],
];
const SCALE = standardisationOf(3, (at) => ROWS[at]!, Uint8Array.of(1, 1, 0));

/** What the image side makes of two rows of features. */
function encoded(blank?: Float32Array): number[] {
  const graph = new Graph();
  const image = graph.input("image", "float32", [2, 3]);
  const network = vectorNetwork({ size: 3, standardisation: SCALE, ...(blank && { blank }) });
  const features = network.encode(ParameterScope.root(graph, 1), image);
  const [found] = evaluate([features], { image: { shape: [2, 3], data: [14, 2, 5, 0, 0, 0] } });
  return [...found!.data];
}

describe("standardised features", () => {
  // Deviations 2, 1 and 0; a tenth of their mean, 0.1, is added to each.
  test("have the training split's mean and spread, and a floor under the spread", () => {
    expect([...SCALE.mean]).toEqual([12, 1, 5]);
    [1 / 2.1, 1 / 1.1, 1 / 0.1].forEach((scale, at) => {
      expect(SCALE.scale[at]).toBeCloseTo(scale, 5);
    });
  });

  test("keep features as they are that never vary", () => {
    const still = standardisationOf(2, () => [3, 4], Uint8Array.of(1, 1));
    expect([...still.scale]).toEqual([1, 1]);
    expect([...standardisationOf(1, () => [3], Uint8Array.of(0)).mean]).toEqual([0]);
  });

  test("leave a missing row blank: zeros, not the negative mean", () => {
    const [a, b, c, ...missing] = encoded();
    expect(a).toBeCloseTo(2 / 2.1, 5);
    expect(b).toBeCloseTo(1 / 1.1, 5);
    expect(c).toBeCloseTo(0, 5);
    expect(missing.map(Math.abs)).toEqual([0, 0, 0]);
  });

  test("scale what an encoder makes of the blank input like any other", () => {
    const missing = encoded(Float32Array.of(12, 2.1, 5)).slice(3);
    [0, 1, 0].forEach((value, at) => {
      expect(missing[at]).toBeCloseTo(value, 5);
    });
  });
});
