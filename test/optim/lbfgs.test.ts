/** @module L-BFGS against minima that are known. */

import { describe, expect, test } from "vitest";

import { minimise } from "../../src/optim/lbfgs.js";

const OPTIONS = { iterations: 200, tolerance: 1e-12 };

describe("L-BFGS", () => {
  test("finds the minimum of a badly conditioned bowl", async () => {
    const scales = [1, 10, 100, 1000];
    const target = [3, -2, 1, 0.5];
    const found = await minimise(
      (x) => {
        const off = target.map((value, at) => x[at]! - value);
        const value = off.reduce((sum, d, at) => sum + scales[at]! * d * d, 0);
        const gradient = Float64Array.from(off, (d, at) => 2 * scales[at]! * d);
        return Promise.resolve({ value, gradient });
      },
      new Float64Array(4),
      OPTIONS,
    );
    target.forEach((value, at) => {
      expect(found.point[at]).toBeCloseTo(value, 5);
    });
  });

  test("comes there in fewer steps where the scales of the variables are known", async () => {
    const curvatures = Float64Array.from({ length: 30 }, (_, at) => 10 ** (at / 5));
    const minimumWith = async (scales?: Float64Array) => {
      let calls = 0;
      const { point } = await minimise(
        (x) => {
          calls++;
          const value = x.reduce((sum, d, at) => sum + curvatures[at]! * (d - 1) ** 2, 0);
          return Promise.resolve({
            value,
            gradient: x.map((d, at) => 2 * curvatures[at]! * (d - 1)),
          });
        },
        new Float64Array(30),
        { ...OPTIONS, ...(scales && { scales }) },
      );
      return { calls, point };
    };
    const scaled = await minimumWith(curvatures.map((curvature) => 1 / curvature));
    for (const value of scaled.point) expect(value).toBeCloseTo(1, 4);
    expect(scaled.calls).toBeLessThan((await minimumWith()).calls / 4);
  });

  test("descends Rosenbrock's valley", async () => {
    const start = Float64Array.of(-1.2, 1);
    const found = await minimise(
      ([x, y]) => {
        const [a, b] = [1 - x!, y! - x! * x!];
        const gradient = Float64Array.of(-2 * a - 400 * x! * b, 200 * b);
        return Promise.resolve({ value: a * a + 100 * b * b, gradient });
      },
      start,
      OPTIONS,
    );
    expect(found.value).toBeLessThan(1e-8);
    expect(found.point[0]).toBeCloseTo(1, 3);
    expect([...start]).toEqual([-1.2, 1]);
  });

  test("stops at once where the gradient is zero, and where no step is lower", async () => {
    let calls = 0;
    const still = await minimise(
      () => {
        calls++;
        return Promise.resolve({ value: 1, gradient: new Float64Array(2) });
      },
      Float64Array.of(5, 6),
      OPTIONS,
    );
    expect([...still.point]).toEqual([5, 6]);
    expect(calls).toBe(1);
    // A gradient that points the wrong way: every step is refused.
    const wrong = await minimise(
      ([x]) => Promise.resolve({ value: x! * x!, gradient: Float64Array.of(-2 * x!) }),
      Float64Array.of(1),
      OPTIONS,
    );
    expect([...wrong.point]).toEqual([1]);
  });
});
