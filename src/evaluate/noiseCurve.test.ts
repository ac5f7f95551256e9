/** @module The curve over the strength of noise. */

import { describe, expect, test } from "vitest";

import { furtherDegradations } from "../impairments/further.js";
import { at, type Impaired } from "../impairments/impairment.js";
import { droppedTokens, gaussianNoise } from "../impairments/noisy.js";
import { measureNoise } from "./noiseCurve.js";

const noise = (deviation: number) => at(gaussianNoise, deviation);
const drop = (probability: number) => at(droppedTokens, probability);

describe("the curve over noise", () => {
  test("has the noisy cases at 1 and drops no token twice", async () => {
    const asked: Impaired[] = [];
    const curveOf = await measureNoise(
      (impaired) => {
        asked.push(impaired);
        return Promise.resolve({ protocol: asked.length, aware: 10 * asked.length });
      },
      { image: 2, text: 0.8 },
      { image: { protocol: 77, aware: 78 }, text: { protocol: 79, aware: 80 } },
    );
    expect(asked).toEqual([
      ...[{ image: noise(0.5) }, { text: drop(0.2) }],
      ...[{ image: noise(1) }, { text: drop(0.4) }],
      ...[{ image: noise(4) }, { text: drop(1) }],
    ]);
    expect(curveOf("protocol")).toEqual([
      { strength: 0.25, noise: { image: 0.5, text: 0.2 }, imageNoisy: 1, textNoisy: 2 },
      { strength: 0.5, noise: { image: 1, text: 0.4 }, imageNoisy: 3, textNoisy: 4 },
      { strength: 1, noise: { image: 2, text: 0.8 }, imageNoisy: 77, textNoisy: 79 },
      { strength: 2, noise: { image: 4, text: 1 }, imageNoisy: 5, textNoisy: 6 },
    ]);
    expect(curveOf("aware").map(({ imageNoisy }) => imageNoisy)).toEqual([10, 30, 78, 50]);
  });

  test("needs features of three more strengths, and only where it is asked for", () => {
    const levels = { image: 1, text: 0.5 };
    expect(furtherDegradations({}, levels)).toEqual({ image: [], text: [] });
    expect(furtherDegradations({ noiseCurve: true }, levels)).toEqual({
      image: [0.25, 0.5, 2].map(noise),
      text: [0.125, 0.25, 1].map(drop),
    });
  });
});
