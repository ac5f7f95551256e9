/** @module Methods of 2025 and 2026: steps worked out by hand, and what holds for any batch. */

import { describe, expect, it } from "vitest";

import { configureMethod } from "../../src/balance/methods.js";
import { margins, rivals } from "../../src/balance/multimodal/mnl.js";
import { partitionOverPairs } from "../../src/balance/multimodal/tcmax.js";
import { Graph } from "../../src/graph/graph.js";
import type { Fusion } from "../../src/model/fusion.js";
import { randomStream } from "../../src/random.js";
import { evaluate } from "../reference/evaluate.js";
import {
  type Direction,
  directionOf,
  expectClose,
  numbersOf,
  revealing,
  withRunner,
} from "./harness.js";
import { filled, type Inputs, sceneInputs, sceneSpec, sceneState } from "./scenes.js";
import { type ToyStep, toyStep } from "./toy.js";

// The softmax of (l, 0) is (3/4, 1/4), sigmoid(l) is 3/4.
const l = Math.log(3);

const gradient = ({ gradients }: Direction | ToyStep, name: string): readonly number[] =>
  gradients.get(name)!;

/** Values of tensors built from rows of numbers, in float64. */
function rowsOf(build: (rows: (...rows: number[][]) => ReturnType<Graph["constant"]>) => object) {
  const graph = new Graph();
  const made = build((...rows) =>
    graph.constant("float64", [rows.length, rows[0]!.length], rows.flat()),
  ) as ReturnType<Graph["constant"]>[];
  return evaluate(made, {}).map(({ data }) => Array.from(data));
}

/** One step of a method on a scene, from the scene's parameters. */
function sceneStep(method: string, inputs: Inputs, fusion: Fusion = "add"): Promise<Direction> {
  return withRunner(revealing(sceneSpec(method, {}, { fusion })), (runner, { initialState }) => {
    runner.restore(sceneState(initialState, 3));
    return directionOf(runner, inputs);
  });
}

describe("mnl", () => {
  const heads = { "image.head.weight": [l, 0], "text.head.weight": [-l, 0] } as const;

  it("lets the head that knows more say which class it is not", async () => {
    // Joint logits (l, 0), heads (l, 0) and (-l, 0): the image leads in both and gives class 1 a quarter.
    const found = await toyStep({
      ...{ method: "mnl", fusion: "add", options: { weight: 2 } },
      state: { ...heads, "joint.classifier.weight": [l / 2, 0] },
    });
    expect(found.metrics["loss.guidance"]).toBeCloseTo(Math.log(4 / 3) / 4, 6);
    expect(found.metrics["guided.text"]).toBe(1);
    expect(found.metrics["guided.image"]).toBe(0);
    // (p - t) and, of the guided one, twice a quarter of (p - (0, 1)) = (1/4, -1/4).
    expectClose(gradient(found, "image.head.weight"), [-1 / 4, 1 / 4], 1e-5, "image head");
    expectClose(gradient(found, "text.head.weight"), [-5 / 8, 5 / 8], 1e-5, "text head");
    expectClose(gradient(found, "image.embedding.weight"), [(-3 * l) / 8], 1e-5, "image");
    expectClose(gradient(found, "text.embedding.weight"), [l / 2], 1e-5, "text");
    expectClose(gradient(found, "joint.classifier.weight"), [-1 / 2, 1 / 2], 1e-5, "classifier");
  });

  it("guides the labels that a sample does not have", async () => {
    // The image says 3/4 and 1/4, the text 1/4 and 3/4; the sample has the first label only.
    const found = await toyStep({
      ...{ method: "mnl", labelKind: "multi-label", options: { weight: 1 } },
      state: { "image.head.weight": [l, -l], "text.head.weight": [-l, l] },
    });
    // softplus(l) - l/4, whose derivative is 3/4 - 1/4.
    expect(found.metrics["loss.guidance"]).toBeCloseTo(Math.log(4) - l / 4, 6);
    const expected = [-3 / 4, 3 / 4 + 1 / 2];
    expectClose(gradient(found, "text.head.weight"), expected, 1e-5, "text head");
    expectClose(gradient(found, "image.head.weight"), [-1 / 4, 1 / 4], 1e-5, "image head");
  });

  it("measures margins over the joint prediction's strongest wrong class", () => {
    const [rival, tied, all, margin] = rowsOf((rows) => {
      const own = rows([1, 0, 0]);
      return [
        rivals(rows([9, 2, 5]), own),
        rivals(rows([9, 5, 5]), own),
        rivals(rows([9, 2, 5]), rows([1, 1, 0])),
        margins(rows([3, 8, 1]), own, rows([0, 0, 1])),
      ];
    });
    expect(rival).toEqual([0, 0, 1]);
    expect(tied).toEqual([0, 0.5, 0.5]);
    expect(all).toEqual([0, 0, 1]);
    // Not over class 1, which this head itself prefers.
    expect(margin).toEqual([2]);
  });

  it("gives no guidance to samples that lack a modality", async () => {
    const inputs = filled(sceneInputs(3), { text_present: 0 });
    const { metrics } = await sceneStep("mnl", inputs);
    expect(metrics["loss.guidance"]).toBe(0);
    const { metrics: whole } = await sceneStep("mnl", sceneInputs(3));
    expect(whole["loss.guidance"]).toBeGreaterThan(0);
  });
});

describe("tcmax", () => {
  it("sums over all pairs of two samples", () => {
    // (2 + 1) / 2 * (3 + 1) / 2 of class 0, (1 + 1) / 2 * (1 + 5) / 2 of class 1.
    const [found] = rowsOf((rows) => [
      partitionOverPairs({
        image: rows([Math.LN2, 0], [0, 0]),
        text: rows([l, 0], [0, Math.log(5)]),
      }),
    ]);
    expect(found![0]).toBeCloseTo(Math.log(6), 9);
  });

  it("is the mean over every pair, also of logits whose exponentials overflow", () => {
    const random = randomStream(5, "pairs");
    const draw = (): number[][] =>
      Array.from({ length: 4 }, () => Array.from({ length: 3 }, () => 2 * random.normal()));
    const [image, text] = [draw(), draw()];
    const pairs = image.flatMap((a) => text.map((v) => a.map((x, at) => Math.exp(x + v[at]!))));
    const total = pairs.flat().reduce((sum, x) => sum + x, 0) / 16;
    const shifted = image.map((row) => row.map((x) => x + 900));
    const [plain, far] = rowsOf((rows) => [
      partitionOverPairs({ image: rows(...image), text: rows(...text) }),
      partitionOverPairs({ image: rows(...shifted), text: rows(...text) }),
    ]);
    expect(plain![0]).toBeCloseTo(Math.log(total), 9);
    expect(far![0]).toBeCloseTo(Math.log(total) + 900, 6);
  });

  it("is the cross-entropy where a batch has one sample", async () => {
    const scene = { state: { "joint.classifier.weight": [l, 0, -2 * l, 0] } } as const;
    const [own, joint] = [
      await toyStep({ ...scene, method: "tcmax" }),
      await toyStep({ ...scene, method: "joint" }),
    ];
    // Logits (-l, 0).
    expect(own.metrics["loss.correlation"]).toBeCloseTo(Math.log(4), 5);
    for (const name of ["joint.classifier.weight", "text.embedding.weight"]) {
      expectClose(gradient(own, name), gradient(joint, name), 1e-5, name);
    }
  });
});

describe("dgl", () => {
  it("sends the task loss to the classifier and the unimodal passes to the encoders", async () => {
    // Joint logits (0, 0), alone (l, 0) and (-l, 0).
    const found = await toyStep({
      ...{ method: "dgl", options: { alpha: 3 } },
      state: { "joint.classifier.weight": [l, 0, -l, 0] },
    });
    expect(found.metrics["alone.image"]).toBeCloseTo(Math.log(4 / 3), 6);
    expect(found.metrics["alone.text"]).toBeCloseTo(Math.log(4), 6);
    const classifier = [-1 / 2, 1 / 2, -1 / 2, 1 / 2];
    expectClose(gradient(found, "joint.classifier.weight"), classifier, 1e-5, "classifier");
    expectClose(gradient(found, "image.embedding.weight"), [(-3 * l) / 4], 1e-5, "image");
    expectClose(gradient(found, "text.embedding.weight"), [(9 * l) / 4], 1e-5, "text");
  });

  it("lets no modality's encoder see the other, as joint training does", async () => {
    const inputs = sceneInputs(3);
    const name = "image.embedding.weight";
    for (const [method, same] of [["dgl", true] as const, ["joint", false] as const]) {
      const whole = await sceneStep(method, inputs);
      const other = await sceneStep(method, filled(inputs, { text: 1 }));
      const equal = gradient(whole, name).every((x, at) => x === gradient(other, name)[at]);
      expect(equal, method).toBe(same);
    }
  });
});

describe("simmlm", () => {
  it("trains the mixture with and without each modality, and ranks them", async () => {
    // Experts (l, 0) and (-l, 0) with equal weights: logits (0, 0), (-l, 0) without the image and (l, 0)
    // without the text, which alone is better than both.
    const found = await toyStep({
      ...{ method: "simmlm", fusion: "mixture", options: { lambda: 2 } },
      state: { "joint.mixture.image.weight": [l, 0], "joint.mixture.text.weight": [-l, 0] },
    });
    expect(found.metrics["without.image"]).toBeCloseTo(Math.log(4), 6);
    expect(found.metrics["without.text"]).toBeCloseTo(Math.log(4 / 3), 6);
    expect(found.metrics["loss.ranking"]).toBeCloseTo(Math.log(3 / 2) / 2, 6);
    // 2 L_T + L(without the image) / 2 - L(without the text) / 2.
    const image = 2 * (-1 / 4) - (1 / 2) * (-1 / 4);
    const text = 2 * (-1 / 4) + (1 / 2) * (-3 / 4);
    const of = (side: string): readonly number[] => gradient(found, `joint.mixture.${side}.weight`);
    expectClose(of("image"), [image, -image], 1e-5, "image's expert");
    expectClose(of("text"), [text, -text], 1e-5, "text's expert");
    // Of L_T, the other two do not ask the gate: 1/4 (-l/2 - l/2) for the image's score.
    const gate = 2 * (-l / 4);
    expectClose(of("gate"), [gate, -gate, gate, -gate], 1e-5, "gate");
  });

  it("ranks nothing where no sample has both modalities", async () => {
    const inputs = filled(sceneInputs(3), { text_present: 0 });
    const { metrics } = await sceneStep("simmlm", inputs, "mixture");
    expect(metrics["loss.ranking"]).toBe(0);
    expect(metrics["without.image"]).toBe(0);
  });
});

describe("dpl", () => {
  it("draws each pattern's prototypes to what is there of it", async () => {
    /*
     * Embeddings (3, 4) and (4, 3). Of both, (3, 4, 4, 3) / sqrt(50), the prototypes (1, 0, 0, 0) and
     * (0, 0, 0, 2) have the same cosine. Of the image alone (1, 0) has 3/5 and (0, 1) has 4/5: logits 9
     * and 12; of the text alone it is the other way round.
     */
    const found = await toyStep({
      ...{ method: "dpl", fusion: "prototypes", embed: 2, options: { missing: 0.6 } },
      state: {
        ...{ "image.embedding.weight": [3, 4], "text.embedding.weight": [4, 3] },
        "joint.prototypes.both.weight": [1, 0, 0, 0, 0, 0, 0, 2],
        ...{ "joint.prototypes.image.weight": [1, 0, 0, 1] },
        ...{ "joint.prototypes.text.weight": [1, 0, 0, 1] },
      },
    });
    expect(found.metrics["loss.task"]).toBeCloseTo(Math.LN2, 5);
    expect(found.metrics["alone.image"]).toBeCloseTo(Math.log(1 + Math.exp(3)), 5);
    expect(found.metrics["alone.text"]).toBeCloseTo(Math.log(1 + Math.exp(-3)), 5);
    const of = (name: string): readonly number[] =>
      gradient(found, `joint.prototypes.${name}.weight`);
    // Weight times 15 (p - t) (u - cos w / |w|) / |w| of class 0 and 1, dimension by dimension.
    const wrong = 0.3 * 15 * (1 / (1 + Math.exp(-3)));
    expectClose(of("image"), [0, (3 / 5) * wrong, (-4 / 5) * wrong, 0], 1e-4, "image");
    const s = (0.4 * 15) / 2 / Math.sqrt(50);
    const [first, second] = [
      [0, -4, -4, -3],
      [3 / 2, 4 / 2, 4 / 2, 0],
    ] as const;
    const both = first.flatMap((x, at) => [x * s, second[at]! * s]);
    expectClose(of("both"), both, 1e-4, "both");
  });

  it("is plain training of the prototypes of both where nothing is to be missing", async () => {
    const { gradients } = await withRunner(
      revealing(sceneSpec("dpl", { missing: 0 }, { fusion: "prototypes" })),
      (runner, { initialState }) => {
        runner.restore(sceneState(initialState, 3));
        return directionOf(runner, sceneInputs(3));
      },
    );
    const isZero = (name: string): boolean => gradients.get(name)!.every((x) => x === 0);
    expect(isZero("joint.prototypes.image.weight")).toBe(true);
    expect(isZero("joint.prototypes.text.weight")).toBe(true);
    expect(isZero("joint.prototypes.both.weight")).toBe(false);
  });
});

describe("udml", () => {
  // The image's noise is estimated to be 2, the text's 1; the logits depend on the text twice as much.
  const step = (noisy: number) =>
    toyStep({
      ...{ method: "udml", fusion: "quality", options: { noise: 2 }, controls: { noisy } },
      state: {
        "joint.quality.classifier.weight": [l, 0, -l, 0],
        "joint.quality.image.bias": [2 * Math.LN2],
        "joint.quality.dependency": [1, 2],
      },
      noise: { udml: [[0.9, 0.5, 0.25, 0.1, 0.2]] },
    });

  it("weighs by noise and dependency, and sends the estimators to the noise that there is", async () => {
    const found = await step(1);
    // 1/4 and 1/2, as a sum of 2: weights 2/3 and 4/3, logits l (5/3 - 7/3).
    const p = 1 / (1 + 3 ** (2 / 3));
    expect(found.metrics["loss.task"]).toBeCloseTo(-Math.log(p), 5);
    expect(found.metrics["alone.image"]).toBeCloseTo(Math.log(10 / 9), 5);
    expect(found.metrics["alone.text"]).toBeCloseTo(Math.log(10), 5);
    // Strengths 1 and 1/2: (2 - 2)^2 and (1 - 3/2)^2.
    expect(found.metrics["loss.estimation"]).toBeCloseTo(1 / 4, 6);
    // Of the task the weights move by 4/9 and -4/9; of the estimation 0.1 * 2 * (1 - 3/2) / 2.
    const expected = (p - 1) * l * (8 / 9) - 0.05;
    expectClose(gradient(found, "joint.quality.text.bias"), [expected], 1e-5, "text's noise");
    const after = numbersOf(found.after.get("joint.quality.dependency")!);
    expectClose(after, [0.9 + 0.2 * l, 1.8 + 0.2 * l], 1e-6, "dependency");
  });

  it("has estimators of 1 for their goal during the warm-up, which is half of the epochs", async () => {
    const { metrics } = await step(0);
    expect(metrics["loss.estimation"]).toBeCloseTo(1, 6);
    const { method, options } = configureMethod("udml", {});
    const noisyAt = (epoch: number) =>
      method.controls!({ epoch, epochs: 10, history: [] }, options);
    expect([4, 5].map(noisyAt)).toEqual([{ noisy: 0 }, { noisy: 1 }]);
  });
});
