import { describe, expect, test } from "vitest";

import { randomStream } from "../../random.js";
import { logLoss } from "./metrics.js";
import { fitShare, mixed } from "./mixing.js";
import { toProbabilities } from "./probabilities.js";

const CLASSES = 3;

describe.each(["single-label", "multi-label"] as const)(
  "a mixture of two experts, %s",
  (labelKind) => {
    const space = { labelKind, classes: CLASSES };
    const random = randomStream(1, labelKind);
    const samples = (count: number, strengths: readonly [number, number]) => {
      const targets = new Float32Array(count * CLASSES);
      for (let row = 0; row < count; row++) targets[row * CLASSES + random.integer(CLASSES)] = 1;
      const [first, second] = strengths.map((strength) => {
        const logits = targets.map((y) => strength * (y - 0.5) + random.normal());
        return toProbabilities(logits, CLASSES, labelKind);
      }) as [Float32Array, Float32Array];
      return { targets, first, second };
    };

    test("has more of the better one, and as much of either in turn", () => {
      const { targets, first, second } = samples(500, [1, 3]);
      const share = fitShare(first, second, targets, space);
      expect(share).toBeGreaterThan(0.6);
      expect(fitShare(second, first, targets, space)).toBeCloseTo(1 - share, 4);
    });

    test("is the best there is, but for the prior", () => {
      const { targets, first, second } = samples(3000, [2, 2]);
      const lossAt = (share: number) =>
        logLoss({ ...space, targets, probabilities: mixed(first, second, share) });
      const share = fitShare(first, second, targets, space);
      for (const other of [0.1, 0.3, 0.7, 0.9]) expect(lossAt(share)).toBeLessThan(lossAt(other));
    });

    test("is nearly half and half where few samples tell, and half without any", () => {
      const { targets, first, second } = samples(6, [0, 3]);
      expect(Math.abs(fitShare(first, second, targets, space) - 0.5)).toBeLessThan(0.25);
      const none = new Float32Array();
      expect(fitShare(none, none, none, space)).toBeCloseTo(0.5, 5);
    });

    test("has no preference between equal experts", () => {
      const { targets, first } = samples(100, [1, 1]);
      expect(fitShare(first, first, targets, space)).toBeCloseTo(0.5, 5);
    });
  },
);

test("a mixture by hand", () => {
  const [a, b] = [Float32Array.of(1, 0), Float32Array.of(0.5, 0.5)];
  expect([...mixed(a, b, 0.5)]).toEqual([0.75, 0.25]);
  expect([...mixed(a, b, 0)]).toEqual([1, 0]);
});
