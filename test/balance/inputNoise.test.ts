/** @module Noise of a known strength: how much there is of it, and what it leaves alone. */

import { describe, expect, it } from "vitest";

import { noisyInput } from "../../src/balance/inputNoise.js";
import { Graph } from "../../src/graph/graph.js";
import { randomStream } from "../../src/random.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import { dot, evaluate, floats, integers } from "./harness.js";

const SAMPLES = 40;
const MOST = 2;

/** Rows of a batch with noise, whose strength is 0, 1 and 2 in turn. */
async function noisy(input: HostTensor, name = "noise"): Promise<number[][]> {
  const graph = new Graph();
  const random = randomStream(2, "fresh");
  const column = (values: readonly number[]): HostTensor => floats([SAMPLES, 1], values);
  const strengths = Array.from({ length: SAMPLES }, (_, at) => at % 3);
  const { noised } = await evaluate(
    graph,
    {
      noised: noisyInput(graph.input("x", input.dtype, ["batch", ...input.shape.slice(1)]), {
        strength: graph.input("strength", "float32", ["batch", 1]),
        fresh: graph.input("fresh", "float32", ["batch", 1]),
        ...{ most: MOST, name },
      }),
    },
    {
      x: input,
      strength: column(strengths),
      fresh: column(strengths.map(() => random.uniform())),
    },
  );
  return rows(noised, SAMPLES);
}

const rows = (values: readonly number[], count: number): number[][] => {
  const size = values.length / count;
  return Array.from({ length: count }, (_, at) => values.slice(at * size, (at + 1) * size));
};

const drawn = (size: number): number[] => {
  const random = randomStream(1, "input");
  return Array.from({ length: SAMPLES * size }, () => Math.fround(5 + 3 * random.normal()));
};

const deviation = (values: readonly number[]): number =>
  Math.sqrt(dot(values, values) / values.length);

const difference = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((x, at) => x - b[at]!);

describe("noise on numbers", () => {
  it.each([
    ["features", [SAMPLES, 768]],
    ["pictures", [SAMPLES, 3, 16, 16]],
  ] as const)(
    "has the strength that was asked for, in deviations of the input: %s",
    async (_, shape) => {
      const size = 768;
      const values = drawn(size);
      // Sample 4, which would get noise, is missing.
      values.fill(0, 4 * size, 5 * size);
      const before = rows(values, SAMPLES);
      const added = (await noisy(floats(shape, values))).map((row, at) =>
        difference(row, before[at]!),
      );
      added.forEach((noise, at) => {
        const expected = at === 4 ? 0 : 3 * (at % 3);
        expect(Math.abs(deviation(noise) - expected)).toBeLessThanOrEqual(0.12 * expected);
      });
      // Samples' noises have nothing to do with each other.
      const [a, b] = [added[1]!, added[7]!];
      expect(Math.abs(dot(a, b) / (size * deviation(a) * deviation(b)))).toBeLessThan(0.15);
    },
  );

  it("differs from input to input", async () => {
    const input = floats([SAMPLES, 8], drawn(8));
    const [one, other] = [await noisy(input, "one"), await noisy(input, "other")];
    expect(one[0]).toEqual(other[0]);
    expect(one[1]).not.toEqual(other[1]);
  });
});

describe("noise on texts", () => {
  it("drops tokens after the first with the probability that was asked for", async () => {
    const tokens = 200;
    // 180 tokens and padding.
    const text = Array.from({ length: tokens }, (_, at) => (at < 180 ? at + 1 : 0));
    const ids = integers([SAMPLES, tokens], Array.from({ length: SAMPLES }, () => text).flat());
    const found = await noisy(ids);
    const shares = found.map((row, at) => {
      expect(row[0]).toBe(1);
      expect(row.every((id, place) => id === 0 || id === text[place])).toBe(true);
      const share = row.slice(1, 180).filter((id) => id === 0).length / 179;
      if (at % 3 !== 1) expect(share).toBe((at % 3) / MOST);
      return share;
    });
    const half = shares.filter((_, at) => at % 3 === 1);
    for (const share of half) expect(Math.abs(share - 1 / 2)).toBeLessThan(0.15);
    const mean = half.reduce((sum, share) => sum + share, 0) / half.length;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.03);
    expect(found[1]).not.toEqual(found[4]);
  });
});
