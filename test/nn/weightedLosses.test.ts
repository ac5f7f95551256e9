/** @module Class weights and label smoothing against PyTorch's definitions and values worked out by hand. */

import { describe, expect, it } from "vitest";

import { logLoss } from "../../src/evaluate/scores/metrics.js";
import { Graph } from "../../src/graph/graph.js";
import type { Tensor, TensorGraph } from "../../src/graph/tensor.js";
import { constantPredictionLoss } from "../../src/model/objectives.js";
import { classificationLosses, type LossShape } from "../../src/nn/losses.js";
import { expectClose } from "../balance/harness.js";
import { buildCase, type Case, centralDifferences, normal } from "../graph/derivatives.js";
import { evaluate, prepare } from "../reference/evaluate.js";

const SHAPE: LossShape = { classWeights: [3, 1, 0.25], labelSmoothing: 0.3 };
const LOGITS = [1, -1, 0.5, 2, 0.1, -3, 0, 0.7, 0.2];
const TARGETS = {
  "single-label": [1, 0, 0, 0, 0, 1, 0, 1, 0],
  "multi-label": [1, 1, 0, 0, 0, 0, 0, 1, 1],
};
const TASKS = ["single-label", "multi-label"] as const;
type LabelKind = (typeof TASKS)[number];

const constants = (graph: TensorGraph, shape: number[], values: readonly number[]): Tensor =>
  graph.constant("float64", shape, [...values]);

/** The batch mean of a loss, as training takes it. */
function meanLoss(
  labelKind: LabelKind,
  shape: LossShape,
  logits: readonly number[],
  targets: readonly number[],
  options: { readonly classes?: number; readonly mask?: readonly number[] } = {},
): number {
  const { classes = 3, mask } = options;
  const graph = new Graph();
  const batch = logits.length / classes;
  const [x, y] = [logits, targets].map((values) => constants(graph, [batch, classes], values));
  const { crossEntropy, mean } = classificationLosses(labelKind, shape);
  const kept = mask && constants(graph, [batch], mask);
  return evaluate([mean(crossEntropy(x!, y!), y!, kept)], {})[0]!.data[0]!;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The same by PyTorch's definitions, one element after another. */
function defined(
  labelKind: LabelKind,
  { classWeights, labelSmoothing }: Required<LossShape>,
): number {
  const y = TARGETS[labelKind];
  let [loss, divisor] = [0, 0];
  for (let row = 0; row < 3; row++) {
    const exponentials = [0, 1, 2].map((c) => Math.exp(LOGITS[3 * row + c]!));
    const total = exponentials.reduce((a, b) => a + b, 0);
    for (let c = 0; c < 3; c++) {
      const [w, yc, x] = [classWeights[c]!, y[3 * row + c]!, LOGITS[3 * row + c]!];
      if (labelKind === "single-label") {
        const target = (1 - labelSmoothing) * yc + labelSmoothing / 3;
        loss -= w * target * Math.log(exponentials[c]! / total);
        divisor += yc * w;
      } else {
        const target = (1 - labelSmoothing) * yc + labelSmoothing / 2;
        loss -= w * target * Math.log(sigmoid(x)) + (1 - target) * Math.log(1 - sigmoid(x));
        divisor += 1 / 3;
      }
    }
  }
  return loss / divisor;
}

describe.each(TASKS)("%s, weighted and smoothed", (labelKind) => {
  it("is PyTorch's loss", () => {
    const expected = defined(labelKind, SHAPE as Required<LossShape>);
    expect(meanLoss(labelKind, SHAPE, LOGITS, TARGETS[labelKind])).toBeCloseTo(expected, 12);
  });

  it.each([SHAPE, { labelSmoothing: 0.3 }, { classWeights: [3, 1, 0.25] }])(
    "has the gradient of central differences: %j",
    (shape) => {
      const { crossEntropy, mean } = classificationLosses(labelKind, shape);
      const one: Case = {
        name: "loss",
        inputs: { x: normal(3, 3) },
        build: ({ x }) => {
          const targets = constants(x!.graph, [3, 3], TARGETS[labelKind]);
          return mean(crossEntropy(x!, targets), targets, constants(x!.graph, [3], [1, 0, 1]));
        },
      };
      const built = buildCase(one, "float64");
      const [found] = prepare(built.gradients)(built.feeds);
      expectClose(Array.from(found!.data), centralDifferences(built, "x"), 1e-7, "gradient");
    },
  );

  it("with weights of 1 and no smoothing is the plain loss", () => {
    const plain = meanLoss(labelKind, {}, LOGITS, TARGETS[labelKind]);
    const same = { classWeights: [1, 1, 1], labelSmoothing: 0 };
    expect(meanLoss(labelKind, same, LOGITS, TARGETS[labelKind])).toBeCloseTo(plain, 12);
  });

  it("is 0 where a mask keeps nothing, and finite for logits of any size", () => {
    expect(meanLoss(labelKind, SHAPE, LOGITS, TARGETS[labelKind], { mask: [0, 0, 0] })).toBe(0);
    const huge = LOGITS.map((x) => 1e4 * x);
    expect(Number.isFinite(meanLoss(labelKind, SHAPE, huge, TARGETS[labelKind]))).toBe(true);
  });

  it("the validation's log-loss is the loss that is trained", () => {
    const rows = [0, 3, 6].map((start) => LOGITS.slice(start, start + 3));
    const probabilities = rows.flatMap((row) => {
      const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
      return row.map((x) => (labelKind === "multi-label" ? sigmoid(x) : Math.exp(x) / total));
    });
    const predictions = {
      ...{ labelKind, classes: 3, targets: Float32Array.from(TARGETS[labelKind]) },
      probabilities: Float32Array.from(probabilities),
    };
    const expected = meanLoss(labelKind, SHAPE, LOGITS, TARGETS[labelKind]);
    expect(logLoss(predictions, SHAPE)).toBeCloseTo(expected, 5);
  });
});

const l = Math.log(3);

describe("worked out by hand", () => {
  it("single-label: the mean is over the weights of the true classes", () => {
    // Probabilities (3/4, 1/4) and (1/2, 1/2), true classes 0 and 1 of weights 3 and 1.
    const found = meanLoss("single-label", { classWeights: [3, 1] }, [l, 0, 0, 0], [1, 0, 0, 1], {
      classes: 2,
    });
    expect(found).toBeCloseTo((3 * Math.log(4 / 3) + Math.LN2) / 4, 12);
    // The first alone: weights cancel.
    const first = { classes: 2, mask: [1, 0] };
    const masked = meanLoss(
      "single-label",
      { classWeights: [3, 1] },
      [l, 0, 0, 0],
      [1, 0, 0, 1],
      first,
    );
    expect(masked).toBeCloseTo(Math.log(4 / 3), 12);
  });

  it("single-label: smoothing spreads a share over all classes", () => {
    // Target (0.9, 0.1) for s = 0.2.
    const found = meanLoss("single-label", { labelSmoothing: 0.2 }, [l, 0], [1, 0], { classes: 2 });
    expect(found).toBeCloseTo(0.9 * Math.log(4 / 3) + 0.1 * Math.log(4), 12);
  });

  it("multi-label: weights are of positives alone, smoothing goes to one half", () => {
    // Probabilities 3/4 and 1/4 of two labels that both apply, weights 2 and 4: ln and ln of each.
    const of = (shape: LossShape) =>
      meanLoss("multi-label", shape, [l, -l], [1, 1], { classes: 2 });
    expect(of({ classWeights: [2, 4] })).toBeCloseTo(2 * Math.log(4 / 3) + 4 * Math.log(4), 12);
    const negatives = meanLoss("multi-label", { classWeights: [2, 4] }, [l, -l], [0, 0], {
      classes: 2,
    });
    expect(negatives).toBeCloseTo(Math.log(4) + Math.log(4 / 3), 12);
    // Targets 0.9 for s = 0.2.
    const expected = Math.log(4 / 3) + Math.log(4);
    expect(of({ labelSmoothing: 0.2 })).toBeCloseTo(0.9 * expected + 0.1 * expected, 12);
  });
});

describe("the loss of the best constant prediction", () => {
  const single = Float32Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0);
  const multi = Float32Array.of(1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 1);

  it.each([
    ["single-label", single],
    ["multi-label", multi],
  ] as const)("%s: no constant does better, and one does as well", (labelKind, targets) => {
    const prior = constantPredictionLoss(targets, { labelKind, classes: 3 }, SHAPE);
    const of = (logits: readonly number[]) =>
      meanLoss(labelKind, SHAPE, [...logits, ...logits, ...logits, ...logits], [...targets]);
    // Coordinate descent over a shrinking grid finds the smallest value.
    let best = [0, 0, 0];
    for (let step = 2; step > 1e-6; step /= 2) {
      for (let turn = 0; turn < 6; turn++) {
        for (let at = 0; at < 3; at++) {
          const moved = [-step, 0, step].map((by) => best.map((x, i) => (i === at ? x + by : x)));
          best = moved.sort((a, b) => of(a) - of(b))[0]!;
        }
      }
    }
    expect(of(best)).toBeCloseTo(prior, 6);
    expect(of(best)).toBeGreaterThanOrEqual(prior - 1e-9);
  });
});
