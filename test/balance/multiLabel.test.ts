/** @module What methods make of several labels a sample, on steps worked out by hand. */

import { describe, expect, it } from "vitest";

import { expectClose } from "./harness.js";
import { type Toy, type ToyStep, toyStep } from "./toy.js";

// sigmoid(l) = 3/4, sigmoid(2l) = 9/10, sigmoid(3l) = 27/28.
const l = Math.log(3);

const step = (toy: Toy): Promise<ToyStep> => toyStep({ ...toy, labelKind: "multi-label" });

function expectMetrics(found: ToyStep, expected: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(expected)) {
    expect(found.metrics[name], name).toBeCloseTo(value, 5);
  }
}

const gradient = ({ gradients }: ToyStep, name: string): readonly number[] => gradients.get(name)!;

describe("scores of each modality's share of the logits", () => {
  /*
   * Three samples with both labels, the first, and none. The image's share of the logits is (l, 0),
   * the text's (0, 0): mean probabilities of a sample's labels 5/8, 3/4 and 0 by the image, 1/2, 1/2
   * and 0 by the text, so the scores are 11/24 and 1/3, rho = 11/8 and the lead is 1/8.
   *
   * Joint logits (l, 0): p - t = (-1/4, -1/2), (-1/4, 1/2), (3/4, 1/2).
   */
  const scene = {
    targets: [
      [1, 1],
      [1, 0],
      [0, 0],
    ],
    state: { "joint.classifier.weight": [l, 0, 0, 0] },
  } as const;

  it("ogm slows the leader by its mean probability of a sample's labels", async () => {
    const found = await step({ ...scene, method: "ogm", controls: { on: 1 } });
    const k = 1 - Math.tanh(0.3 * (11 / 8));
    expectMetrics(found, { "score.image": 11 / 24, "score.text": 1 / 3 });
    expectMetrics(found, { "weight.image": k, "weight.text": 1 });
    // l (-1/4 - 1/4 + 3/4) / 3 without the modulation.
    expectClose(gradient(found, "image.embedding.weight"), [(k * l) / 12], 1e-5, "image");
  });

  it("opm drops the leader by the same scores", async () => {
    const noise = { opm: [0.1, 0.99, 0.99] };
    const found = await step({ ...scene, method: "opm", noise });
    expectMetrics(found, {
      "drop.image": 0.4 * (1 + 0.5 * Math.tanh(3 / 8)),
      "drop.text": 0,
    });
    // The first sample lost its image and has p - t = (-1/2, -1/2).
    const expected = [(-1 / 4 + 3 / 4) / 3, (1 / 2 + 1 / 2) / 3, 0, (-1 / 2 + 1 / 2 + 1 / 2) / 3];
    expectClose(gradient(found, "joint.classifier.weight"), expected, 1e-5, "classifier");
  });

  it("info-reg pulls the leader back and adds each share's binary cross-entropy", async () => {
    const found = await step({ ...scene, method: "info-reg", controls: { epoch: 0, open: 1 } });
    expectMetrics(found, {
      "weight.image": 0.5 * Math.exp(Math.tanh(1 / 8)),
      "weight.text": 0,
    });
    // Joint (1/4, 1/2), the same of the image's share, (-1/2, 1/2) of the text's; each over 3.
    const expected = [1 / 2 / 3, 1 / 3, -1 / 4 / 3, 1 / 3];
    expectClose(gradient(found, "joint.classifier.weight"), expected, 1e-5, "classifier");
  });
});

describe("cml", () => {
  it("takes the mean distance of the probabilities from one half for confidence", async () => {
    // Logits (2l, 0), (3l, 0) without the text and (-l, 0) without the image: confidences
    // (9/10 - 1/2) / 2 = 1/5, (27/28 - 1/2) / 2 = 13/56 and 1/8. Only the second is above the first.
    const found = await step({
      method: "cml",
      state: { "joint.classifier.weight": [3 * l, 0, -l, 0] },
    });
    expectMetrics(found, { "loss.confidence": 13 / 56 - 1 / 5 });
    // Of label 0: the mean of three losses, and half of sigmoid' = p (1 - p) of both confidences.
    const penalty = (27 / 28 / 28 - 9 / 100) / 2;
    const [image] = gradient(found, "joint.classifier.weight");
    expect(image).toBeCloseTo((-1 / 10 - 1 / 28) / 3 + 0.1 * penalty, 6);
  });
});

describe("shares of right decisions", () => {
  it("cggm compares the heads' over all labels", async () => {
    // Heads (l, l) and (l, -l): right in 1, 1 and 1/2 against 1/2, 1/2 and 1 of the labels, so the
    // heads gained 5/6 and 2/3: k_v = (2/3) / (3/2) = 4/9. Both have cosine 1 / sqrt(2) with (1, 0).
    const found = await step({
      method: "cggm",
      targets: [
        [1, 1],
        [1, 1],
        [1, 0],
      ],
      state: {
        ...{ "image.head.weight": [l, l], "text.head.weight": [l, -l] },
        "joint.classifier.weight": [1, 0, 1, 0],
      },
    });
    expectMetrics(found, {
      ...{ "weight.image": 4 / 9, "weight.text": 5 / 9 },
      "loss.direction": (1 - Math.SQRT1_2) / 2,
    });
    expect(found.memory["accuracy.image"]![0]).toBeCloseTo(5 / 6, 6);
  });

  it("mbsd weighs by them, and sums divergences over labels", async () => {
    // Heads (l, -l) and (-l, -l), both labels true: mean probabilities 1/2 and 1/4, right in 1/2 and
    // 0 of the labels, w = 1/4 * 1/2. KL(3/4 || 1/4) = l/2 in label 0, distance (2l)^2 / 2.
    const found = await step({
      method: "mbsd",
      targets: [[1, 1]],
      state: { "image.head.weight": [l, -l], "text.head.weight": [-l, -l] },
    });
    expectMetrics(found, { "loss.distillation": (2 * l ** 2 + l / 2) / 8 });
    // The text's own loss, the distance, and the divergence's p_l - p_v; the image takes none of it.
    const text = [-3 / 4 - (2 * l) / 8 - 1 / 2 / 8, -3 / 4];
    expectClose(gradient(found, "text.head.weight"), text, 1e-5, "text");
    const image = [-1 / 4 + (2 * l) / 8, -3 / 4];
    expectClose(gradient(found, "image.head.weight"), image, 1e-5, "image");
  });

  it("modality-valuation counts them as the worth of a decision", async () => {
    // Logits (l, -l) of the image alone, (-2l, -l) of the text alone, (-l, -2l) of both: right in 1/2,
    // 0 and 0 of the labels. Contributions 1/4 and -1/4, so 3/2 and 5/2 copies.
    const found = await step({
      method: "modality-valuation",
      targets: [[1, 1]],
      state: { "joint.classifier.weight": [l, -l, -2 * l, -l] },
    });
    expectMetrics(found, { "contribution.image": 1 / 4, "contribution.text": -1 / 4 });
    // p - t of both, and 3/2 times that of the image alone, over 1 + 3/2 + 5/2.
    const image = [(-3 / 4 - 3 / 8) / 5, (-9 / 10 - 9 / 8) / 5];
    const rows = gradient(found, "joint.classifier.weight").slice(0, 2);
    expectClose(rows, image, 1e-5, "image");
  });

  it("relearning records them", async () => {
    const found = await step({
      method: "relearning",
      targets: [
        [1, 1],
        [1, 0],
      ],
      state: { "image.head.weight": [l, -l], "text.head.weight": [-l, l] },
      controls: { round: 0, "back.image": 0, "back.text": 0 },
    });
    expectMetrics(found, { "accuracy.image": 3 / 4, "accuracy.text": 1 / 4 });
  });
});

describe("amco", () => {
  it("depends on the modality whose head gives the labels more probability", async () => {
    // (3/4 + 3/4) against (1/2 + 1/4): a share of 2/3, so the image is masked; what is left is (0, 0).
    const found = await step({
      method: "amco",
      state: {
        ...{ "image.head.weight": [l, l], "text.head.weight": [0, -l] },
        "joint.classifier.weight": [5, 5, 0, 0],
      },
      controls: { masked: 1 },
      noise: { amco: [0.5] },
    });
    expectMetrics(found, { "share.image": 2 / 3, "loss.masked": 2 * Math.LN2 });
  });
});
