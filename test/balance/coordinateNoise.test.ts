/** @module Noise per coordinate in the real runtime, where float32 can spoil a hash. */

import { describe, expect, it } from "vitest";

import { coordinateNormal, coordinateUniform } from "../../src/balance/coordinateNoise.js";
import { Graph } from "../../src/graph/graph.js";
import { evaluate, floats } from "./harness.js";

const [ROWS, COLUMNS] = [4096, 64] as const;
const COUNT = ROWS * COLUMNS;

/** Noise of one step, row by row. */
async function noiseAt(value: number, name = "w"): Promise<{ u: number[]; n: number[] }> {
  const graph = new Graph();
  const fresh = graph.input("fresh", "float32", [1]);
  const u = coordinateUniform([ROWS, COLUMNS], name, fresh);
  const n = coordinateNormal([ROWS, COLUMNS], name, fresh);
  return evaluate(graph, { u, n }, { fresh: floats([1], [value]) });
}

const mean = (values: readonly number[], of: (x: number) => number = (x) => x): number =>
  values.reduce((sum, x) => sum + of(x), 0) / values.length;

/** How many standard errors a mean of independent values is from what is expected. */
const errors = (found: number, expected: number, variance: number, count = COUNT): number =>
  Math.abs(found - expected) / Math.sqrt(variance / count);

/** Chi-square of counts against equal ones, in deviations of its own from what is expected. */
function unevenness(cells: Iterable<number>, kinds: number): number {
  const counts = new Float64Array(kinds);
  let total = 0;
  for (const cell of cells) {
    counts[cell]!++;
    total++;
  }
  const each = total / kinds;
  const square = counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
  return Math.abs(square - (kinds - 1)) / Math.sqrt(2 * (kinds - 1));
}

/** Unevenness of pairs of uniform values on a grid of 64 x 64. */
const dependence = (a: readonly number[], b: readonly number[]): number =>
  unevenness(
    a.map((x, at) => Math.floor(64 * x) * 64 + Math.floor(64 * b[at]!)),
    64 * 64,
  );

// Figures below are standard errors: 4.5 of them happen by chance once in 150,000 times.
const LIMIT = 4.5;
const STEPS = [0.123, 0.5, 0.987];

describe.each(STEPS)("uniform noise per coordinate at %s", (value) => {
  const found = noiseAt(value);

  it("has as many distinct values as numbers of 24 bits have, and no 0 or 1", async () => {
    const { u } = await found;
    // Of 262,144 draws out of 2^24 some 260,100 are distinct.
    expect(new Set(u).size).toBeGreaterThan(258_000);
    expect(u.every((x) => x > 0 && x < 1)).toBe(true);
  });

  it("is spread evenly, coarsely and finely", async () => {
    const { u } = await found;
    expect(errors(mean(u), 1 / 2, 1 / 12)).toBeLessThan(LIMIT);
    expect(
      errors(
        mean(u, (x) => (x - 0.5) ** 2),
        1 / 12,
        1 / 180,
      ),
    ).toBeLessThan(LIMIT);
    for (const kinds of [10, 256, 4096]) {
      const cells = u.map((x) => Math.floor(kinds * x));
      expect(unevenness(cells, kinds), `${kinds}`).toBeLessThan(LIMIT);
    }
    // The smallest values make the normal's tail.
    const tail = u.filter((x) => x < 1 / 1024).length;
    expect(errors(tail / COUNT, 1 / 1024, 1 / 1024)).toBeLessThan(LIMIT);
  });

  it("is independent between neighbours, rectangles, steps and parameters", async () => {
    const { u } = await found;
    const shifted = (by: number): number => dependence(u.slice(by), u.slice(0, -by));
    for (const by of [1, 2, COLUMNS, 7 * COLUMNS]) {
      expect(shifted(by), `shift ${by}`).toBeLessThan(LIMIT);
    }
    // A hash of a row's number plus a column's shows in the corners of rectangles.
    const centred = u.map((x) => x - 0.5);
    const corners = centred
      .slice(0, -COLUMNS - 1)
      .map((x, at) => x * centred[at + 1]! * centred[at + COLUMNS]! * centred[at + COLUMNS + 1]!);
    expect(errors(mean(corners), 0, 12 ** -4, corners.length)).toBeLessThan(LIMIT);
    for (const apart of [1e-4, 0.01, 0.3]) {
      const { u: next } = await noiseAt((value + apart) % 1);
      expect(dependence(u, next), `${apart} later`).toBeLessThan(LIMIT);
    }
    expect(dependence(u, (await noiseAt(value, "b")).u)).toBeLessThan(LIMIT);
  });
});

describe.each(STEPS)("normal noise per coordinate at %s", (value) => {
  const found = noiseAt(value);

  it("has the normal's moments and tail", async () => {
    const { n } = await found;
    expect(errors(mean(n), 0, 1)).toBeLessThan(LIMIT);
    expect(
      errors(
        mean(n, (x) => x ** 2),
        1,
        2,
      ),
    ).toBeLessThan(LIMIT);
    expect(
      errors(
        mean(n, (x) => x ** 3),
        0,
        15,
      ),
    ).toBeLessThan(LIMIT);
    expect(
      errors(
        mean(n, (x) => x ** 4),
        3,
        96,
      ),
    ).toBeLessThan(LIMIT);
    for (const [limit, share] of [
      [2, 0.0455],
      [3, 0.0027],
      [4, 6.33e-5],
    ] as const) {
      const beyond = n.filter((x) => Math.abs(x) > limit).length / COUNT;
      expect(errors(beyond, share, share), `beyond ${limit}`).toBeLessThan(LIMIT);
    }
    // The largest of so many is 4.7 on average; beyond 5.6 is one in 45 million.
    expect(n.every((x) => Math.abs(x) < 5.6)).toBe(true);
  });

  it("is independent between neighbours and steps, in size too", async () => {
    const { n } = await found;
    const { n: next } = await noiseAt((value + 0.01) % 1);
    const correlation = (a: readonly number[], b: readonly number[]): number =>
      errors(mean(a.map((x, at) => x * b[at]!)), 0, 1, a.length);
    const sizes = (values: readonly number[]): number[] =>
      values.map((x) => (x * x - 1) / Math.SQRT2);
    for (const [a, b] of [
      [n.slice(1), n.slice(0, -1)],
      [n.slice(COLUMNS), n.slice(0, -COLUMNS)],
      [n, next],
    ] as const) {
      expect(correlation(a, b)).toBeLessThan(LIMIT);
      expect(correlation(sizes(a), sizes(b))).toBeLessThan(LIMIT);
    }
  });
});

describe("noise per coordinate", () => {
  it("is the same for the same number, and has the shape asked for", async () => {
    const graph = new Graph();
    const fresh = graph.input("fresh", "float32", [1]);
    const [cube, line] = [
      coordinateUniform([2, 3, 4], "w", fresh),
      coordinateNormal([5], "b", fresh),
    ];
    expect([cube.shape, line.shape]).toEqual([[2, 3, 4], [5]]);
    const once = () => evaluate(graph, { cube, line }, { fresh: floats([1], [0.25]) });
    const first = await once();
    expect(await once()).toEqual(first);
    expect(new Set([...first.cube, ...first.line]).size).toBe(24 + 5);
  });
});
