import { expect, test } from "vitest";

import { balancedWeights, checkClassWeights, lossShape } from "./classWeights.js";
import { checkConfig } from "../run/config.js";
import { trainConfig } from "./config.js";

const NAMES = ["cat", "dog", "__proto__"];
// Four samples: 2 cats, 1 dog, 1 of the third.
const SINGLE = Float32Array.of(1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1);
const labels = { labelKind: "single-label", classes: 3 } as const;
const shapeOf = (settings: object) => lossShape(trainConfig.parse(settings), NAMES, SINGLE, labels);

test("balanced weights are scikit-learn's, for several labels negatives over positives", () => {
  expect(balancedWeights(SINGLE, labels)).toEqual([4 / 6, 4 / 3, 4 / 3]);
  // Labels of 2, 1 and 0 of 4 samples; the third is never there.
  const multi = Float32Array.of(1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0);
  expect(balancedWeights(multi, { labelKind: "multi-label", classes: 3 })).toEqual([1, 3, 1]);
  const always = Float32Array.of(1, 1, 1, 1);
  expect(balancedWeights(always, { labelKind: "multi-label", classes: 1 })).toEqual([1 / 4]);
});

test("settings become weights in the order of the classes", () => {
  expect(shapeOf({})).toEqual({ labelSmoothing: 0 });
  const { classWeights } = shapeOf({ classWeights: "inverse-sqrt", labelSmoothing: 0.1 });
  expect(classWeights).toEqual([Math.sqrt(4 / 6), Math.sqrt(4 / 3), Math.sqrt(4 / 3)]);
  const named = JSON.parse('{"dog": 2, "__proto__": 5}') as object;
  expect(shapeOf({ classWeights: named }).classWeights).toEqual([1, 2, 5]);
});

test("a class that the data do not have is named, with the nearest that they have", () => {
  expect(() => {
    checkClassWeights({ cta: 2 }, NAMES);
  }).toThrow(
    expect.objectContaining({
      message: 'train.classWeights: the data have no class "cta".',
      hint: 'Did you mean "cat"?',
    }),
  );
});

test.each([{ classWeights: "balance" }, { classWeights: { cat: 0 } }, { classWeights: [1, 2] }])(
  "%j is refused",
  (settings) => {
    expect(() => checkConfig({ train: settings }, "a test")).toThrow(
      /train\.classWeights.*expected none, balanced, inverse-sqrt/,
    );
  },
);
