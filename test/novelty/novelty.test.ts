/** @module Novelty: the subspace, the shared space, and the signals as a model gives them. */

import { describe, expect, test } from "vitest";

import {
  type PreparedSplit,
  imagesInMemory,
  textFeaturesInMemory,
} from "../../src/prepare/prepared.js";
import { at } from "../../src/impairments/impairment.js";
import { gaussianNoise } from "../../src/impairments/noisy.js";
import { Predictor, predictionModel } from "../../src/evaluate/predictor.js";
import { plainModel } from "../support/plainModel.js";
import { canonicalSpace } from "../../src/novelty/canonical.js";
import { fitNovelty } from "../../src/novelty/novelty.js";
import { principalSubspace } from "../../src/novelty/subspace.js";
import { randomStream } from "../../src/random.js";
import { nodeRuntime } from "../../src/runtime/node.js";

const runtime = nodeRuntime({ threads: 1 });

test("the subspace is that of the largest variance, by hand: two axes of four, off the origin", async () => {
  const random = randomStream(1, "subspace");
  const spread = [5, 0.1, 3, 0.1];
  const values = Float32Array.from({ length: 4 * 400 }, (_, at) => {
    return 10 + spread[at % 4]! * random.normal();
  });
  const { mean, basis } = await principalSubspace(runtime, { values, size: 4 }, 2);
  for (const value of mean) expect(Math.abs(value - 10)).toBeLessThan(1);
  // The projection on the subspace is the one on the first and the third axis.
  const projection = (i: number, j: number): number =>
    basis[2 * i]! * basis[2 * j]! + basis[2 * i + 1]! * basis[2 * j + 1]!;
  [1, 0, 1, 0].forEach((expected, i) => {
    expect(projection(i, i)).toBeCloseTo(expected, 2);
  });
  expect(projection(0, 2)).toBeCloseTo(0, 2);
});

test("directions that depend on others become zeros, not numbers without meaning", async () => {
  const values = Float32Array.from({ length: 3 * 20 }, (_, at) => (at % 3 === 0 ? at / 3 : 1));
  const { basis } = await principalSubspace(runtime, { values, size: 3 }, 3);
  expect([...basis].every(Number.isFinite)).toBe(true);
  const lengths = [0, 1, 2].map((k) => Math.hypot(basis[k]!, basis[3 + k]!, basis[6 + k]!));
  expect(lengths.filter((length) => length > 0.5)).toHaveLength(1);
});

test("the shared space finds what two sides have in common, and ignores what one side has alone", () => {
  const random = randomStream(2, "canonical");
  const common = Array.from({ length: 500 }, () => random.normal());
  const side = (at: number) =>
    common.map((value) =>
      Float64Array.from([0, 1, 2], (k) => (k === at ? value : 4 * random.normal())),
    );
  const { image, text } = canonicalSpace(side(0), side(2));
  // The first direction, in units of the input's spread: the common one.
  const weight = (map: typeof image, k: number, spread: number) => Math.abs(map.get(k, 0) * spread);
  expect(weight(image, 0, 1)).toBeGreaterThan(5 * weight(image, 1, 4));
  expect(weight(text, 2, 1)).toBeGreaterThan(5 * weight(text, 1, 4));
  expect(Math.sign(image.get(0, 0))).toBe(Math.sign(text.get(2, 0)));
});

const SIZE = 12;

/** Both sides follow one hidden number along a direction each, with little noise around it. */
function split(samples: number, seed: number, noise = 0.2): PreparedSplit {
  const random = randomStream(seed, "split");
  const hidden = Array.from({ length: samples }, () => random.normal());
  const side = (first: number): Float32Array =>
    Float32Array.from({ length: samples * SIZE }, (_, at) => {
      const along = at % SIZE === first ? 3 * hidden[Math.floor(at / SIZE)]! : 0;
      return along + noise * random.normal();
    });
  return {
    size: samples,
    ids: hidden.map((_, at) => String(at)),
    images: imagesInMemory([SIZE], side(0)),
    texts: textFeaturesInMemory(SIZE, side(1)),
    imagePresent: new Uint8Array(samples).fill(1),
    textPresent: new Uint8Array(samples).fill(1),
    targets: Float32Array.from({ length: 2 * samples }, (_, at) => Number(at % 2 === 0)),
  };
}

describe("signals of a model", async () => {
  const labels = { labelKind: "single-label", classes: 2 } as const;
  const feature = { type: "features", size: SIZE } as const;
  const model = plainModel({ image: feature, text: feature, embed: 4, dropout: 0 });
  const novelty = (await fitNovelty(runtime, split(300, 1), model, labels, new Map()))!;
  const zeros = (...shape: number[]) => ({
    dtype: "float32" as const,
    shape,
    data: new Float32Array(shape.reduce((product, dim) => product * dim, 1)),
  });
  const state = new Map([
    ...["image", "text"].flatMap((side) => [
      [`${side}.embedding.weight`, zeros(SIZE, 4)] as const,
      [`${side}.embedding.bias`, zeros(4)] as const,
      [`${side}.head.weight`, zeros(4, 2)] as const,
      [`${side}.head.bias`, zeros(2)] as const,
    ]),
    ["joint.classifier.weight", zeros(8, 2)] as const,
    ["joint.classifier.bias", zeros(2)] as const,
  ]);
  const predictor = await Predictor.create(
    runtime,
    predictionModel(model, labels, { novelty }),
    labels,
  );
  const clean = await predictor.runSplit(split(200, 2), {}, 1, state);
  const mean = (values: Float32Array): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;

  test("noisy inputs are novel, each on its own side", async () => {
    const noisy = await predictor.runSplit(
      split(200, 2),
      { image: at(gaussianNoise, 1) },
      1,
      state,
    );
    expect(mean(noisy.imageNovelty!)).toBeGreaterThan(mean(clean.imageNovelty!) + 1);
    expect(noisy.textNovelty).toEqual(clean.textNovelty);
  });

  test("image and text of one sample are similar, those of two are not", async () => {
    const wrong = await predictor.runSplit(split(200, 2), { text: "wrong" }, 1, state);
    expect(mean(clean.similarity!)).toBeGreaterThan(0.5);
    expect(Math.abs(mean(wrong.similarity!))).toBeLessThan(0.3);
    for (const value of clean.similarity!) expect(Math.abs(value)).toBeLessThanOrEqual(1.00001);
  });

  test("novelty within the training samples' subspace is no rounding error", async () => {
    const flat = split(300, 1, 0);
    const exact = (await fitNovelty(runtime, flat, model, labels, new Map()))!;
    const own = await Predictor.create(
      runtime,
      predictionModel(model, labels, { novelty: exact }),
      labels,
    );
    const { imageNovelty } = await own.runSplit(flat, {}, 1, state);
    await own.release();
    const { mean: centre } = exact.image;
    imageNovelty!.forEach((found, row) => {
      const values = flat.images.row(row);
      const length = centre.reduce((sum, m, at) => sum + (values[at]! - m) ** 2, 0);
      expect(found).toBeCloseTo(Math.log(Math.max(1e-5 * length, 1e-9)), 3);
    });
  });

  test("say of which class an input is typical, and whether it would be more so of the other's", async () => {
    // Class 0 has a positive hidden number, so that both sides tell it; heads answer by their first feature.
    const labelled = (seed: number): PreparedSplit => {
      const own = split(300, seed);
      const isPositive = (row: number): boolean => (own.images.row(row)[0] as number) > 0;
      const targets = own.targets.map((_, at) =>
        Number(isPositive(Math.floor(at / 2)) === (at % 2 === 0)),
      );
      return { ...own, targets };
    };
    const known = (await fitNovelty(runtime, labelled(1), model, labels, new Map()))!;
    const telling = await Predictor.create(
      runtime,
      predictionModel(model, labels, { novelty: known }),
      labels,
    );
    // Two rectified units, for either sign of the feature that follows the hidden number.
    const embedding = (first: number) => {
      const weight = zeros(SIZE, 4);
      weight.data[4 * first] = 1;
      weight.data[4 * first + 1] = -1;
      return weight;
    };
    const head = zeros(4, 2);
    head.data[0] = 1;
    head.data[3] = 1;
    const answering = new Map([
      ...state,
      ["image.embedding.weight", embedding(0)] as const,
      ["text.embedding.weight", embedding(1)] as const,
      ["image.head.weight", head] as const,
      ["text.head.weight", head] as const,
    ]);
    const own = await telling.runSplit(labelled(2), {}, 1, answering);
    const wrong = await telling.runSplit(labelled(2), { text: "wrong" }, 1, answering);
    // Directions of noise count as much as the one that tells.
    expect(mean(own.imageTypical!)).toBeGreaterThan(0.25);
    // Image and text answer alike, so that nothing would be more typical.
    expect(Math.abs(mean(own.imageOfText!))).toBeLessThan(0.1);
    // Half of the wrong texts are of the other class, of which the image is not typical.
    expect(mean(wrong.imageOfText!)).toBeLessThan(-0.3);
    expect(wrong.imageTypical).toEqual(own.imageTypical);
    await telling.release();
  });

  test("need samples with both modalities", async () => {
    const few = split(300, 1);
    few.textPresent.fill(0, 5);
    expect(await fitNovelty(runtime, few, model, labels, new Map())).toBeNull();
    const one = { ...model, modalities: "image" as const };
    expect(await fitNovelty(runtime, split(50, 1), one, labels, new Map())).toBeNull();
  });
});
