/** @module Multimodal methods that look at samples, gradients and past steps, one step at a time. */

import { describe, expect, it } from "vitest";

import { maskedShare } from "../../src/balance/multimodal/amco.js";
import { contrastiveLoss, nextWeight } from "../../src/balance/multimodal/lfm.js";
import { contributions, copies } from "../../src/balance/multimodal/modalityValuation.js";
import { relearningStrength, roundOf } from "../../src/balance/multimodal/relearning.js";
import { Graph } from "../../src/graph/graph.js";
import { plainModel } from "../support/plainModel.js";
import { evaluate } from "../reference/evaluate.js";
import {
  callOf,
  directionOf,
  dot,
  expectClose,
  floats,
  numbersOf,
  revealing,
  valueIn,
  withRunner,
} from "./harness.js";
import { type Inputs, sceneInputs, sceneSpec, sceneState, withValues } from "./scenes.js";
import { valuesOf } from "./vectors.js";

describe("LFM", () => {
  it("has the contrastive loss of two unlike pairs", () => {
    const graph = new Graph();
    const pairs = graph.constant("float64", [2, 2], [3, 0, 0, 2]);
    const [loss] = evaluate([contrastiveLoss(pairs, pairs, 0.5)], {}).map(({ data }) => data[0]!);
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(-2)), 6);
  });

  it("weighs the contrastive loss more where its step lowers the task loss more, within bounds", () => {
    const found = valuesOf((row) => [
      nextWeight(row(0.5), row(2), row(3), 0.1),
      nextWeight(row(0.5), row(3), row(2), 0.1),
      nextWeight(row(0.5), row(90), row(2), 0.1),
      nextWeight(row(0.5), row(2), row(90), 0.1),
    ]);
    expect(found.flat()).toEqual([0.6, 0.4, 0.05, 0.95].map((x) => expect.closeTo(x, 9) as number));
  });

  it("follows the derivative of the task loss after a step", async () => {
    const [alpha, eta, delta] = [0.5, 0.02, 0.2];
    // Slow enough for the bounds to stay out of sight.
    const rate = 1e-3;
    const spec = revealing(sceneSpec("lfm", { initial: alpha, rate }));
    await withRunner(spec, async (runner, { initialState }) => {
      const inputs = sceneInputs(3);
      const start = sceneState(initialState, 3);
      const lossAfter = async (weight: number): Promise<number> => {
        runner.restore(withValues(start, { "method.alpha": [weight] }));
        const { gradients } = await directionOf(runner, inputs);
        const stepped = [...start].map(([name, tensor]) => {
          const gradient = name.includes(".head.") ? undefined : gradients.get(name);
          const values = numbersOf(tensor).map((x, at) => x - eta * (gradient?.[at] ?? 0));
          return [name, floats(tensor.shape, values)] as const;
        });
        runner.restore(new Map(stepped));
        return (await directionOf(runner, inputs)).metrics["loss.task"]!;
      };
      const slope = (await lossAfter(alpha + delta)) - (await lossAfter(alpha - delta));
      runner.restore(withValues(start, { "method.alpha": [alpha] }));
      await runner.run(callOf(inputs));
      const change = (valueIn(runner, "method.alpha")[0]! - alpha) / rate;
      // Up to terms of second order in eta.
      expect(Math.abs(change + slope / (2 * delta * eta))).toBeLessThan(0.1 * Math.abs(change));
    });
  });
});

describe("MBSD", () => {
  it("teaches the worse head by the better one, weighed by how far they are apart", async () => {
    const l = Math.log(3);
    const spec = {
      ...sceneSpec("mbsd"),
      model: plainModel({
        ...{ image: { type: "features", size: 1 }, text: { type: "features", size: 1 } },
        ...{ embed: 1, fusion: "add", dropout: 0 },
      }),
      labels: { labelKind: "single-label", classes: 2 } as const,
    };
    const inputs: Inputs = {
      ...{ image: floats([1, 1], [1]), text: floats([1, 1], [1]) },
      ...{ image_present: floats([1], [1]), text_present: floats([1], [1]) },
      targets: floats([1, 2], [1, 0]),
    };
    const weights = (image: number, text: number) => ({
      ...{ "image.embedding.weight": [1], "text.embedding.weight": [1] },
      ...{ "image.head.weight": [image, 0], "text.head.weight": [text, 0] },
    });
    await withRunner(revealing(spec), async (runner, { initialState }) => {
      const step = (image: number, text: number) => {
        runner.restore(withValues(initialState, weights(image, text)));
        return directionOf(runner, inputs);
      };
      // Logits (l, 0) and (0, 0): p_v(y) = 3/4, p_l(y) = 1/2, so w = 1/4.
      const kl = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
      const { metrics, gradients } = await step(l, 0);
      expect(metrics["loss.distillation"]).toBeCloseTo((l ** 2 / 2 + kl) / 4, 5);
      // Of the logit of class 0: the image's own loss and the distance; no divergence.
      const image = gradients.get("image.head.weight")![0]!;
      expect(image).toBeCloseTo(-1 / 4 + l / 4, 5);
      // The text's own loss, the distance, and the divergence's (p_l - p_v) w.
      const text = gradients.get("text.head.weight")![0]!;
      expect(text).toBeCloseTo(-1 / 2 - l / 4 + (1 / 2 - 3 / 4) / 4, 5);
      // Where neither is right nothing is taught.
      expect((await step(-l, -2)).metrics["loss.distillation"]).toBe(0);
    });
  });
});

describe("AMCo", () => {
  it("masks more with time, along a sine that is at its largest after the ramp", () => {
    const at = (epoch: number) => maskedShare({ epoch, epochs: 10 }, { ramp: 0.4, most: 0.8 });
    expect(at(0)).toBe(0);
    expect(at(2)).toBeCloseTo(0.8 * Math.SQRT1_2, 12);
    expect(at(4)).toBeCloseTo(0.8, 12);
    expect(at(9)).toBeCloseTo(0.8, 12);
  });

  it("takes the leading modality away where all is masked, and no other", async () => {
    const spec = revealing(sceneSpec("amco", {}, { fusion: "concat" }));
    await withRunner(spec, async (runner, { initialState }) => {
      const inputs = sceneInputs(1);
      runner.restore(sceneState(initialState, 1));
      const classifier = async (masked: number) => {
        const { gradients, metrics } = await directionOf(runner, inputs, { masked });
        const weight = gradients.get("joint.classifier.weight")!;
        const half = weight.length / 2;
        const moves = (values: readonly number[]): boolean => dot(values, values) > 0;
        const leads = metrics["share.image"]! > 0.5 ? "image" : "text";
        return { leads, image: moves(weight.slice(0, half)), text: moves(weight.slice(half)) };
      };
      expect(await classifier(0)).toMatchObject({ image: true, text: true });
      const { leads, image, text } = await classifier(1);
      expect({ image, text }).toEqual({ image: leads !== "image", text: leads !== "text" });
    });
  });
});

describe("modality valuation", () => {
  it("gives Shapley values that add up to the worth of both, and copies by them", () => {
    const [image, text, more] = valuesOf((row) => {
      // Right with the image alone, the text alone, both: 000, 001, 010, 100, 011, 111.
      const alone = { image: row(0, 0, 0, 1, 0, 1), text: row(0, 0, 1, 0, 1, 1) };
      const value = contributions(alone, row(0, 1, 0, 0, 1, 1));
      return [value.image, value.text, copies(value.image)];
    }) as [number[], number[], number[]];
    expect(image).toEqual([0, 1, -0.5, 0.5, 0.5, 1]);
    expect(text).toEqual([0, 1, 0.5, -0.5, 1.5, 1]);
    expect(image.map((x, at) => x + text[at]!)).toEqual([0, 2, 0, 0, 2, 2]);
    expect(more).toEqual([2, 0, 3, 1, 1, 0]);
  });
});

describe("Diagnosing and re-learning", () => {
  const settings = { lambda: 3, every: 2, times: 2 };
  const epochOf = (train: number, validation: number) => ({
    ...{ "train.accuracy.image": train, imageRight: 100 * validation },
  });
  const history = [epochOf(0.5, 0.5), epochOf(0.9, 0.6), epochOf(1, 0.6), epochOf(1, 1)];

  it("goes back by tanh of the gap in the epoch before each re-initialisation", () => {
    const strength = (epoch: number) =>
      relearningStrength("image", { epoch, history: history.slice(0, epoch) }, settings);
    expect(strength(1)).toBe(0);
    expect(strength(2)).toBeCloseTo(Math.tanh(3 * 0.3), 12);
    expect(strength(3)).toBeCloseTo(Math.tanh(3 * 0.3), 12);
    expect(strength(4)).toBe(0);
    expect([1, 2, 3, 4, 9].map((epoch) => roundOf({ epoch }, settings))).toEqual([0, 1, 1, 2, 2]);
  });

  it("compares shares of right decisions, whatever the main score is", () => {
    const figures = { ...epochOf(0.9, 0.6), image: 10 };
    const strength = relearningStrength(
      "image",
      { epoch: 2, history: [figures, figures] },
      settings,
    );
    expect(strength).toBeCloseTo(Math.tanh(3 * 0.3), 12);
  });

  it("mixes encoders with their initial values once, and leaves the classifier alone", async () => {
    const still = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
    const spec = { ...sceneSpec("relearning"), optimizer: still };
    await withRunner(spec, async (runner, { initialState }) => {
      const moved = sceneState(initialState, 1);
      const start = withValues(moved, { "method.round": [0] });
      runner.restore(start);
      const controls = { round: 1, "back.image": 0.25, "back.text": 0 };
      const step = () => runner.run(callOf(sceneInputs(1), { learningRate: 0, controls }));
      const initial = numbersOf(initialState.get("image.embedding.weight")!);
      const before = numbersOf(moved.get("image.embedding.weight")!);
      const mixed = before.map((x, at) => 0.75 * x + 0.25 * initial[at]!);
      for (let time = 0; time < 2; time++) {
        await step();
        expectClose(valueIn(runner, "image.embedding.weight"), mixed, 1e-6, "image");
        for (const name of ["text.embedding.weight", "joint.classifier.weight"]) {
          expect(valueIn(runner, name)).toEqual(numbersOf(moved.get(name)!));
        }
      }
    });
  });
});
