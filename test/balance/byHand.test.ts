/** @module BalGrad: one step of one sample, worked out by hand. */

import { describe, expect, it } from "vitest";

import { plainModel } from "../support/plainModel.js";
import type { StepSpec } from "../../src/train/step.js";
import { directionOf, expectClose, floats, revealing, withRunner } from "./harness.js";
import { type Inputs, sceneSpec } from "./scenes.js";

describe("a case worked out by hand", () => {
  /*
   * One sample of class 0 out of two, one feature x = 1 on either side, embeddings of length 1 with
   * weight 1 and bias 0, so z_v = z_l = 1; fusion by addition, z = 2. With l = ln 3:
   *
   *   image head   weights ( l, 0): o_v = ( l, 0), p_v = (3/4, 1/4), L_v = ln(4/3)
   *   text head    weights (-l, 0): o_l = (-l, 0), p_l = (1/4, 3/4), L_l = ln 4
   *   classifier   weights (l/2, 0): o = (l, 0),   p   = (3/4, 1/4), L_T = ln(4/3)
   *   KL(p_l || p_v) = 1/4 ln(1/3) + 3/4 ln 3 = l/2 = KL(p_v || p_l)
   *
   * Cotangents of the embeddings (p - target, times the weight of class 0):
   *
   *   L_T:  (3/4 - 1) l/2 = -l/8 on both     L_v: (3/4 - 1) l = -l/4    L_l: (1/4 - 1)(-l) = 3l/4
   *   KL_v: (3/4 - 1/4) l = l/2              KL_l: (1/4 - 3/4)(-l) = l/2
   *
   * They are the gradients of weight and bias alike, because x = 1. With lambda = 1,
   * g_kl = l (w_v, w_v, w_l, w_l) and g_T = -l/8 (1, 1, 1, 1), so <g_T, g_kl> = -l^2/4 < 0, a
   * conflict, and ||g_kl||^2 = 2 l^2 W with W = w_v^2 + w_l^2. The projection adds 1/(8W) g_kl.
   */
  const l = Math.log(3);
  const image = Math.log(4 / 3) / (Math.log(4 / 3) + Math.log(4));
  const text = 1 - image;
  const W = image ** 2 + text ** 2;
  const spec: StepSpec = {
    ...sceneSpec("balgrad"),
    model: plainModel({
      image: { type: "features", size: 1 },
      text: { type: "features", size: 1 },
      embed: 1,
      fusion: "add",
      dropout: 0,
    }),
    labels: { labelKind: "single-label", classes: 2 },
  };
  const inputs: Inputs = {
    image: floats([1, 1], [1]),
    text: floats([1, 1], [1]),
    image_present: floats([1], [1]),
    text_present: floats([1], [1]),
    targets: floats([1, 2], [1, 0]),
  };
  const parameters: Readonly<Record<string, readonly number[]>> = {
    "image.embedding.weight": [1],
    "image.embedding.bias": [0],
    "text.embedding.weight": [1],
    "text.embedding.bias": [0],
    "joint.classifier.weight": [l / 2, 0],
    "joint.classifier.bias": [0, 0],
    "image.head.weight": [l, 0],
    "image.head.bias": [0, 0],
    "text.head.weight": [-l, 0],
    "text.head.bias": [0, 0],
  };
  const found = withRunner(revealing(spec), (runner) => {
    const given = [...runner.state].map(([name, tensor]) => {
      const values = parameters[name];
      return [name, values ? floats(tensor.shape, values) : tensor] as const;
    });
    runner.restore(new Map(given));
    return directionOf(runner, inputs);
  });

  it("has the losses, weights, norms and cosine of the paper's equations", async () => {
    const { metrics } = await found;
    const expected: Readonly<Record<string, number>> = {
      "loss.task": Math.log(4 / 3),
      "loss.image": Math.log(4 / 3),
      "loss.text": Math.log(4),
      "loss.klImage": l / 2,
      "loss.klText": l / 2,
      "weight.image": image,
      "weight.text": text,
      "norm.task": l / 4,
      "norm.kl": l * Math.sqrt(2 * W),
      cosine: -1 / Math.sqrt(2 * W),
      conflict: 1,
    };
    for (const [name, value] of Object.entries(expected)) {
      expect(metrics[name], name).toBeCloseTo(value, 5);
    }
  });

  it("gives shared parameters g_T' + grad L_v + grad L_l + g_kl", async () => {
    const { gradients } = await found;
    const pull = 1 + 1 / (8 * W);
    const expected: Readonly<Record<string, number>> = {
      "image.embedding.weight": l * (-1 / 8 - 1 / 4 + pull * image),
      "image.embedding.bias": l * (-1 / 8 - 1 / 4 + pull * image),
      "text.embedding.weight": l * (-1 / 8 + 3 / 4 + pull * text),
      "text.embedding.bias": l * (-1 / 8 + 3 / 4 + pull * text),
    };
    for (const [name, value] of Object.entries(expected)) {
      expect(gradients.get(name)![0], name).toBeCloseTo(value, 5);
    }
  });

  it("gives heads their own loss and unprojected KL, and the classifier the task loss", async () => {
    const { gradients } = await found;
    // Of the logit of class 0, times z; the other class has the opposite.
    const expected: Readonly<Record<string, number>> = {
      "image.head.weight": -1 / 4 + 2 * image * (1 / 2),
      "text.head.weight": -3 / 4 + 2 * text * (-1 / 2),
      "joint.classifier.weight": 2 * (-1 / 4),
    };
    for (const [name, value] of Object.entries(expected)) {
      expectClose(gradients.get(name)!, [value, -value], 1e-5, name);
    }
  });
});
