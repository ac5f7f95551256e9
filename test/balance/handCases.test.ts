/** @module Methods without a case of their own elsewhere: one step of each, worked out by hand. */

import { describe, expect, it } from "vitest";

import { expectClose } from "./harness.js";
import { toyStep } from "./toy.js";

// The softmax of (l, 0) is (3/4, 1/4), that of (2l, 0) (9/10, 1/10), of (3l, 0) (27/28, 1/28).
const l = Math.log(3);

/*
 * The heads say (l, 0) and (-l, 0), L_v = ln(4/3) and L_l = ln 4; with fusion `add` and a classifier of
 * (l/2, 0) the joint logits are (l, 0), L_T = ln(4/3). Gradients of the embeddings, image and text:
 * L_T -l/8 and -l/8, L_v -l/4, L_l 3l/4.
 */
const HEADS = { "image.head.weight": [l, 0], "text.head.weight": [-l, 0] } as const;
const ADDED = {
  fusion: "add",
  state: { ...HEADS, "joint.classifier.weight": [l / 2, 0] },
} as const;
const LOSSES = { task: Math.log(4 / 3), image: Math.log(4 / 3), text: Math.log(4) } as const;

describe("cml", () => {
  it("has three losses and a penalty on the confidence that a missing text raises", async () => {
    // Logits (2l, 0), (3l, 0) without the text, (-l, 0) without the image: confidences 9/10, 27/28, 3/4.
    const { metrics, gradients } = await toyStep({
      method: "cml",
      options: { lambda: 2 },
      state: { "joint.classifier.weight": [3 * l, 0, -l, 0] },
    });
    expect(metrics["loss.confidence"]).toBeCloseTo(27 / 28 - 9 / 10, 6);
    // A confidence p falls by p (1 - p) with the logit of the other class.
    const penalty = 2 * (27 / 28 / 28 - 9 / 100);
    const image = (-1 / 10 - 1 / 28) / 3 + penalty;
    const text = (-1 / 10 - 3 / 4) / 3 - 2 * (9 / 100);
    const expected = [image, -image, text, -text];
    expectClose(gradients.get("joint.classifier.weight")!, expected, 1e-5, "classifier");
  });
});

describe("umt", () => {
  it("pulls embeddings to the teachers', which learn from their own loss", async () => {
    // The teacher's image embedding is 3, the student's 1; the texts agree.
    const { metrics, gradients } = await toyStep({
      method: "umt",
      options: { strength: 5 },
      state: {
        ...{ "teacher.image.embedding.weight": [3], "teacher.text.embedding.weight": [1] },
        "teacher.image.head.weight": [l / 3, 0],
      },
    });
    expect(metrics["loss.distillation"]).toBeCloseTo(4, 6);
    expect(metrics["loss.teachers"]).toBeCloseTo(Math.log(4 / 3) + Math.LN2, 6);
    expectClose(gradients.get("image.embedding.weight")!, [5 * 2 * (1 - 3)], 1e-6, "image");
    expectClose(gradients.get("text.embedding.weight")!, [0], 1e-6, "text");
    // z (p - t) with z = 3; to the embedding (p - t) times l/3.
    expectClose(gradients.get("teacher.image.head.weight")!, [-3 / 4, 3 / 4], 1e-5, "teacher");
    expectClose(gradients.get("teacher.image.embedding.weight")!, [-l / 12], 1e-5, "teacher");
  });
});

describe("mmcosine", () => {
  it("turns embeddings and never stretches them", async () => {
    // Embeddings (3, 4) and (4, 3), class weights (1, 0) and (0, 1): cosines (3/5, 4/5) and (4/5, 3/5),
    // logits 15 * 7/5 in both classes, p = 1/2.
    const { metrics, gradients } = await toyStep({
      method: "mmcosine",
      fusion: "cosine",
      embed: 2,
      state: {
        ...{ "image.embedding.weight": [3, 4], "text.embedding.weight": [4, 3] },
        ...{ "joint.cosine.image.weight": [1, 0, 0, 2], "joint.cosine.text.weight": [5, 0, 0, 1] },
      },
    });
    expect(metrics["loss.task"]).toBeCloseTo(Math.LN2, 5);
    // 15 / |z| sum_c (p_c - t_c) (w_c - cos_c u) with u = z / |z|:
    // 3/2 (-(16/25, -12/25) + (-12/25, 9/25)) and 3/2 (-(9/25, -12/25) + (-12/25, 16/25)).
    const image = gradients.get("image.embedding.weight")!;
    const text = gradients.get("text.embedding.weight")!;
    expectClose(image, [-1.68, 1.26], 1e-5, "image");
    expectClose(text, [-1.26, 1.68], 1e-5, "text");
  });
});

describe("modality-dropout", () => {
  it("blanks the image below its probability, the text above one minus its own", async () => {
    const { gradients } = await toyStep({
      method: "modality-dropout",
      options: { image: 0.25, text: 0.35 },
      targets: [
        [1, 0],
        [1, 0],
        [1, 0],
      ],
      state: { "joint.classifier.weight": [l, 0, -l, 0] },
      noise: { "modality-dropout": [0.24, 0.5, 0.66] },
    });
    // Without the image, with both, without the text: logits -l, 0 and l, p - t = -3/4, -1/2, -1/4.
    const [image, text] = [(-1 / 2 - 1 / 4) / 3, (-3 / 4 - 1 / 2) / 3];
    const expected = [image, -image, text, -text];
    expectClose(gradients.get("joint.classifier.weight")!, expected, 1e-5, "classifier");
  });
});

describe("unimodal-losses", () => {
  it("adds the weighted unimodal losses over embeddings; heads follow theirs unweighted", async () => {
    const { gradients } = await toyStep({
      ...ADDED,
      method: "unimodal-losses",
      options: { weight: 2 },
    });
    const of = (name: string): readonly number[] => gradients.get(name)!;
    expectClose(of("image.embedding.weight"), [-l / 8 - (2 * l) / 4], 1e-5, "image");
    expectClose(of("text.embedding.weight"), [-l / 8 + (2 * 3 * l) / 4], 1e-5, "text");
    expectClose(of("joint.classifier.weight"), [-1 / 2, 1 / 2], 1e-5, "classifier");
    expectClose(of("image.head.weight"), [-1 / 4, 1 / 4], 1e-5, "image head");
    expectClose(of("text.head.weight"), [-3 / 4, 3 / 4], 1e-5, "text head");
  });
});

describe("late-fusion", () => {
  it("trains each modality's share by its own loss, with half of the bias", async () => {
    const { gradients } = await toyStep({
      method: "late-fusion",
      state: { "joint.classifier.weight": [l, 0, -l, 0] },
    });
    const of = (name: string): readonly number[] => gradients.get(name)!;
    const expected = [-1 / 4, 1 / 4, -3 / 4, 3 / 4];
    expectClose(of("joint.classifier.weight"), expected, 1e-5, "classifier");
    expectClose(of("joint.classifier.bias"), [-1 / 2, 1 / 2], 1e-5, "bias");
    expectClose(of("image.embedding.weight"), [-l / 4], 1e-5, "image");
    expectClose(of("text.embedding.weight"), [(3 * l) / 4], 1e-5, "text");
  });
});

describe("uncertainty-weighting", () => {
  it("weighs by the precisions exp(-s), which descend L exp(-s) + s / 2", async () => {
    const start = { task: Math.LN2, image: 0, text: -Math.LN2 };
    const weights = { task: 1 / 2, image: 1, text: 2 };
    const { metrics, gradients, memory } = await toyStep({
      ...ADDED,
      method: "uncertainty-weighting",
      options: { rate: 0.1 },
      state: {
        ...ADDED.state,
        ...{ "method.logVariance.task": [start.task], "method.logVariance.text": [start.text] },
      },
    });
    for (const name of ["task", "image", "text"] as const) {
      expect(metrics[`weight.${name}`], name).toBeCloseTo(weights[name], 6);
      const next = start[name] - 0.1 * (1 / 2 - weights[name] * LOSSES[name]);
      expect(memory[`logVariance.${name}`]![0], name).toBeCloseTo(next, 6);
    }
    const text = -l / 8 / 2 + (2 * 3 * l) / 4;
    expectClose(gradients.get("text.embedding.weight")!, [text], 1e-5, "text");
  });
});

describe("random-weighting", () => {
  it("weighs by three times the softmax of Box and Muller's normals", async () => {
    // Radius sqrt(-2 ln exp(-1/2)) = 1; cosines 1, -1 and 0.
    const radius = Math.exp(-1 / 2);
    const { metrics, gradients } = await toyStep({
      ...ADDED,
      method: "random-weighting",
      noise: {
        "random-weighting.radius": [radius, radius, radius],
        "random-weighting.angle": [0, 1 / 2, 1 / 4],
      },
    });
    const total = Math.E + 1 / Math.E + 1;
    const [task, image, text] = [(3 * Math.E) / total, 3 / Math.E / total, 3 / total];
    expect(metrics["weight.task"]).toBeCloseTo(task, 5);
    expect(metrics["weight.image"]).toBeCloseTo(image, 5);
    expect(metrics["weight.text"]).toBeCloseTo(text, 5);
    const expected = (-task * l) / 8 - (image * l) / 4;
    expectClose(gradients.get("image.embedding.weight")!, [expected], 1e-5, "image");
  });
});

describe("robust", () => {
  it("pulls the text towards the image that is ahead, and the image not at all", async () => {
    // With a prior loss of 1 the image has learned 1 - L_v; the text, whose loss is above it, nothing.
    const { metrics } = await toyStep({ ...ADDED, method: "robust" });
    expect(LOSSES.image).toBeLessThan(1);
    expect(metrics["weight.text"]).toBeCloseTo(1, 5);
    expect(metrics["weight.image"]).toBe(0);
  });
});

describe("balgrad-plus", () => {
  const plus = (drop: number, schedule: string, image: number, text: number) =>
    toyStep({
      ...ADDED,
      method: "balgrad-plus",
      options: { drop, schedule },
      state: {
        ...ADDED.state,
        ...{ "method.progress.image": [image], "method.progress.text": [text] },
      },
    });

  it("drops by dominance: 2 drop s_m / (s_v + s_l), at most one half", async () => {
    const { metrics, memory } = await plus(0.2, "dominance", 0.3, 0.1);
    expect(metrics["drop.image"]).toBeCloseTo(0.3, 5);
    expect(metrics["drop.text"]).toBeCloseTo(0.1, 5);
    // Learning over chance is 1 - L_v with a prior loss of 1; L_l is above it.
    expect(memory["progress.image"]![0]).toBeCloseTo(0.98 * 0.3 + 0.02 * (1 - LOSSES.image), 6);
    expect(memory["progress.text"]![0]).toBeCloseTo(0.98 * 0.1, 6);
    const { metrics: far } = await plus(0.4, "dominance", 0.9, 0);
    expect(far["drop.image"]).toBe(0.5);
    expect(far["drop.text"]).toBeCloseTo(0, 5);
  });

  it("drops both alike where nothing is known yet, and with the even schedule always", async () => {
    for (const { metrics } of [
      await plus(0.2, "dominance", 0, 0),
      await plus(0.2, "even", 0.9, 0.1),
    ]) {
      expect(metrics["drop.image"]).toBeCloseTo(0.2, 6);
      expect(metrics["drop.text"]).toBeCloseTo(0.2, 6);
    }
  });
});
