/** @module 16-bit floats against the definition of their bits. */

import { expect, test } from "vitest";

import { fromBrain, fromHalf, toHalf } from "./half.js";

test("every half comes back as it was", () => {
  const bits = Uint16Array.from({ length: 0x10000 }, (_, at) => at);
  const values = fromHalf(bits);
  const again = toHalf(values);
  for (let at = 0; at < bits.length; at++) {
    const isNaN = (at & 0x7c00) === 0x7c00 && (at & 0x3ff) !== 0;
    if (isNaN) expect(values[at]).toBeNaN();
    else expect(again[at]).toBe(at);
  }
});

test("values in between go to the nearest half, ties to even", () => {
  const bits = Uint16Array.from({ length: 0x7c00 }, (_, at) => at);
  const halves = fromHalf(bits);
  for (let at = 0; at + 1 < halves.length; at++) {
    const [low, high] = [halves[at]!, halves[at + 1]!];
    const middle = (low + high) / 2;
    const step = (high - low) / 8;
    const rounded = toHalf(Float32Array.of(middle - step, middle, middle + step, -middle));
    const even = at % 2 === 0 ? at : at + 1;
    expect([...rounded]).toEqual([at, even, at + 1, even | 0x8000]);
  }
  expect([...toHalf(Float32Array.of(65_519, 65_520, 1e30, -1e30, 1e-30))]).toEqual([
    0x7bff, 0x7c00, 0x7c00, 0xfc00, 0,
  ]);
});

test("bfloat16 is the upper half of a 32-bit float", () => {
  expect([...fromBrain(Uint16Array.of(0x3f80, 0xc040, 0))]).toEqual([1, -3, 0]);
});
