/** @module Descriptors of raw inputs: by hand, and what they do not see. */

import { describe, expect, it } from "vitest";

import { Graph } from "../../src/graph/graph.js";
import { countsOfIds, edgesAndColours } from "../../src/model/descriptors.js";
import { evaluate } from "../reference/evaluate.js";

const SIDE = 8;
const EDGES = 128;
/** Directions of an edge in each cell, and cells. */
const [DIRECTIONS, CELLS] = [8, 16];

/** A picture of each of some rules for a pixel's value, the same in all channels. */
function described(...rules: ((x: number, y: number, channel: number) => number)[]): number[][] {
  const graph = new Graph();
  const pixels = graph.input("pixels", "float32", ["batch", 3, SIDE, SIDE]);
  const data = rules.flatMap((rule) =>
    Array.from({ length: 3 * SIDE * SIDE }, (_, at) =>
      rule(at % SIDE, Math.floor(at / SIDE) % SIDE, Math.floor(at / SIDE ** 2)),
    ),
  );
  const { size, of } = edgesAndColours(SIDE);
  const feeds = { pixels: { shape: [rules.length, 3, SIDE, SIDE], data } };
  const found = Array.from(evaluate([of(pixels)], feeds)[0]!.data);
  return rules.map((_, row) => found.slice(row * size, (row + 1) * size));
}

const length = (values: readonly number[]): number => Math.hypot(...values);

/** How much of a picture's edges has each direction. */
const directionsOf = (row: readonly number[]): number[] =>
  Array.from({ length: DIRECTIONS }, (_, at) =>
    row.slice(at * CELLS, (at + 1) * CELLS).reduce((sum, value) => sum + value ** 2, 0),
  );

describe("a picture's descriptor", () => {
  it("tells upright edges from level ones, and an edge from its opposite not", () => {
    const step = (from: number): number => (from < SIDE / 2 ? -0.5 : 0.5);
    const [upright, opposite, level] = described(
      (x) => step(x),
      (x) => -step(x),
      (_, y) => step(y),
    );
    const strongest = (row: readonly number[]): number => {
      const found = directionsOf(row);
      return found.indexOf(Math.max(...found));
    };
    expect(strongest(upright!)).toBe(0);
    expect(strongest(level!)).toBe(DIRECTIONS / 2);
    opposite!.slice(0, EDGES).forEach((value, at) => {
      expect(value).toBeCloseTo(upright![at]!, 6);
    });
  });

  it("has a place for each colour, and softens its borders", () => {
    // Levels lie at -1, -1/3, 1/3 and 1: red is 3 0 0 of 4 x 4 x 4, and 0 lies between levels 1 and 2.
    const [red, grey] = described(
      (_, __, channel) => (channel === 0 ? 1 : -1),
      (x, y) => (x + y === 0 ? 1e-3 : 0),
    );
    const coloursOf = (row: readonly number[]): number[] => row.slice(EDGES);
    expect(coloursOf(red!)[3 * 16]).toBeCloseTo(Math.SQRT1_2, 5);
    expect(length(coloursOf(red!))).toBeCloseTo(Math.SQRT1_2, 5);
    const middle = [21, 22, 25, 26, 37, 38, 41, 42];
    middle.forEach((at) => {
      expect(coloursOf(grey!)[at]).toBeCloseTo(Math.SQRT1_2 / Math.sqrt(8), 3);
    });
  });

  it("has length 1, and a missing picture none", () => {
    const [picture, blank] = described(
      (x, y) => Math.sin(3 * x + y * y),
      () => 0,
    );
    expect(length(picture!)).toBeCloseTo(1, 5);
    expect(blank!.every((value) => value === 0)).toBe(true);
  });
});

describe("a text's descriptor", () => {
  it("counts ids, without padding, at length 1; an empty text gives zeros", () => {
    const graph = new Graph();
    const tokens = graph.input("tokens", "int32", ["batch", "tokens"]);
    const feeds = { tokens: { shape: [3, 3], data: [2, 2, 1, 3, 0, 0, 0, 0, 0] } };
    const found = Array.from(evaluate([countsOfIds(4).of(tokens)], feeds)[0]!.data);
    const [once, twice] = [1 / Math.sqrt(5), 2 / Math.sqrt(5)];
    [0, once, twice, 0, 0, 0, 0, 1, 0, 0, 0, 0].forEach((value, at) => {
      expect(found[at]).toBeCloseTo(value, 6);
    });
  });
});
