/** @module Linear companions: the regression's minimum, its penalty, and what a model answers with them. */

import { describe, expect, test } from "vitest";

import { COMPANIONS, hasCompanions } from "../../src/companion/companions.js";
import { fitCompanions } from "../../src/companion/fit.js";
import { centred, Regression } from "../../src/companion/regression.js";
import {
  type PreparedSplit,
  imagesInMemory,
  textFeaturesInMemory,
} from "../../src/prepare/prepared.js";
import { standardisationOf } from "../../src/encode/features/statistics.js";
import { Predictor, predictionModel } from "../../src/evaluate/predictor.js";
import type { InputNetwork } from "../../src/model/inputs.js";
import { plainModel } from "../support/plainModel.js";
import { vectorNetwork } from "../../src/inputs/vectors.js";
import { randomStream } from "../../src/random.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import type { TrainingState } from "../../src/train/step.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";

const runtime = nodeRuntime({ threads: 1 });

describe("the regression", () => {
  test("is the logistic one: by hand on two samples, where the penalty decides", async () => {
    // x = 1 with label 1 and x = -1 with label 0: the bias stays 0, and the weight w solves
    // penalty * w = sigmoid(-w), for penalty 0.1 about 1.6.
    const labels = { labelKind: "multi-label", classes: 1 } as const;
    const regression = await Regression.create(runtime, 1, labels);
    const features = Float32Array.of(1, -1);
    const data = { features, targets: Float32Array.of(1, 0), samples: 2 };
    const { weight, bias } = await regression.fit(centred(data), 0.1);
    const w = weight[0]!;
    expect(0.1 * w).toBeCloseTo(1 / (1 + Math.exp(w)), 3);
    expect(bias[0]).toBeCloseTo(0, 3);
    expect(await regression.loss(data, { weight, bias })).toBeCloseTo(Math.log1p(Math.exp(-w)), 5);
    await regression.release();
  });

  test("of several classes gives each its share where features say nothing", async () => {
    const regression = await Regression.create(runtime, 1, {
      labelKind: "single-label",
      classes: 3,
    });
    const targets = Float32Array.of(1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1);
    const { bias } = await regression.fit(
      centred({ features: new Float32Array(4), targets, samples: 4 }),
      0,
    );
    const powers = [...bias].map(Math.exp);
    const total = powers.reduce((sum, power) => sum + power, 0);
    [0.5, 0.25, 0.25].forEach((share, at) => {
      expect(powers[at]! / total).toBeCloseTo(share, 2);
    });
    await regression.release();
  });
});

describe("features far from zero and of very different spreads", () => {
  const samples = 40;
  const spreads = [0.01, 1, 30];
  const random = randomStream(3, "far");
  const rows = Array.from({ length: samples }, () => spreads.map(() => random.normal()));
  const targets = Float32Array.from(rows.flatMap(([a, , c]) => (a! + c! > 0 ? [1, 0] : [0, 1])));
  const features = (offset: number): Float32Array =>
    Float32Array.from(rows.flat(), (value, at) => spreads[at % 3]! * (value + offset));

  test("have the regression of the same features around zero, with the bias that belongs to it", async () => {
    const labels = { labelKind: "single-label", classes: 2 } as const;
    const regression = await Regression.create(runtime, 3, labels);
    const fitAt = async (offset: number) => {
      const data = { features: features(offset), targets, samples };
      const found = await regression.fit(centred({ ...data, features: features(offset) }), 0.01);
      const again = await regression.fit(
        centred({ ...data, features: features(offset) }),
        0.01,
        found,
      );
      expect(await regression.loss(data, again)).toBeCloseTo(await regression.loss(data, found), 3);
      return { found, loss: await regression.loss(data, found) };
    };
    const [near, far] = [await fitAt(0), await fitAt(20)];
    expect(far.loss).toBeCloseTo(near.loss, 4);
    far.found.weight.forEach((weight, at) => {
      expect(weight).toBeCloseTo(near.found.weight[at]!, 2);
    });
    expect(far.found.bias[0]! - near.found.bias[0]!).not.toBeCloseTo(0, 1);
    await regression.release();
  });

  test("are centred in place, and their means and variances are known", () => {
    const data = {
      features: Float32Array.of(1, 5, 3, 5),
      targets: new Float32Array(2),
      samples: 2,
    };
    const { mean, variance } = centred(data);
    expect([...mean]).toEqual([2, 5]);
    expect([...variance]).toEqual([1, 0]);
    expect([...data.features]).toEqual([-1, 0, 1, 0]);
  });
});

const SIZE = 6;

/** Two classes that the first number of either side tells, with noise; the third of the texts is missing. */
function split(samples: number, seed: number): PreparedSplit {
  const random = randomStream(seed, "split");
  const truth = Array.from({ length: samples }, () => random.integer(2));
  const side = (strength: number, scale: number): Float32Array =>
    Float32Array.from({ length: samples * SIZE }, (_, at) => {
      const sign = 2 * truth[Math.floor(at / SIZE)]! - 1;
      return scale * (random.normal() + (at % SIZE === 0 ? strength * sign : 0));
    });
  return {
    size: samples,
    ids: truth.map((_, at) => String(at)),
    images: imagesInMemory([SIZE], side(1, 30)),
    texts: textFeaturesInMemory(SIZE, side(2, 0.1)),
    imagePresent: new Uint8Array(samples).fill(1),
    textPresent: Uint8Array.from(truth, (_, at) => Number(at % 3 !== 0)),
    targets: Float32Array.from({ length: 2 * samples }, (_, at) =>
      Number(truth[Math.floor(at / 2)] === at % 2),
    ),
  };
}

describe("companions of a model on features", async () => {
  const [train, validation] = [split(300, 1), split(200, 2)];
  const labels = { labelKind: "single-label", classes: 2 } as const;
  const feature = { type: "features", size: SIZE } as const;
  const plain = plainModel({ image: feature, text: feature, embed: 4, dropout: 0 });
  const { images, texts } = train;
  if (texts.kind !== "features") throw new Error("features expected");
  const standardisation = standardisationOf(SIZE, images.row, train.imagePresent);
  const ofTexts = standardisationOf(SIZE, texts.row, train.textPresent);
  const model = {
    ...plain,
    image: vectorNetwork({ size: SIZE, standardisation }),
    text: vectorNetwork({ size: SIZE, standardisation: ofTexts }),
  };
  const companions = await fitCompanions(runtime, { train, validation }, model, labels);
  const predictor = await Predictor.create(
    runtime,
    predictionModel(model, labels, { companions: true }),
    labels,
  );
  const weights = new Map<string, HostTensor>(companions);
  const network = ["image.embedding", "text.embedding", "image.head", "text.head"];
  const zeros = (...shape: number[]): HostTensor => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    return { dtype: "float32", shape, data: new Float32Array(size) };
  };
  for (const name of network) {
    const [rows, columns] = name.endsWith("head") ? [4, 2] : [SIZE, 4];
    weights.set(`${name}.weight`, zeros(rows, columns));
    weights.set(`${name}.bias`, zeros(columns));
  }
  weights.set("joint.classifier.weight", zeros(8, 2));
  weights.set("joint.classifier.bias", zeros(2));
  const logits = await predictor.runSplit(validation, {}, 1, weights);
  const accuracy = (values: Float32Array, rows: (at: number) => boolean = () => true): number => {
    const chosen = [...Array(validation.size).keys()].filter(rows);
    const right = chosen.filter(
      (at) => Number(values[2 * at + 1]! > values[2 * at]!) === validation.targets[2 * at + 1],
    );
    return right.length / chosen.length;
  };

  test("answer inside the model as well as they can on what they see", () => {
    const there = (at: number): boolean => validation.textPresent[at] === 1;
    // Of a normal distribution: image 84 %, text 97.7 %, both 98.7 %.
    expect(accuracy(logits.linearImage!)).toBeGreaterThan(0.76);
    expect(accuracy(logits.linearText!, there)).toBeGreaterThan(0.94);
    expect(accuracy(logits.linear!)).toBeGreaterThan(accuracy(logits.linearImage!) + 0.05);
  });

  test("are the function that was fitted: the graph's logits are the regression's", () => {
    const { weight, bias } = {
      weight: companions.get("companion.linearImage.weight")!.data,
      bias: companions.get("companion.linearImage.bias")!.data,
    };
    const { mean, scale } = standardisation;
    const row = validation.images.row(5);
    const expected = [0, 1].map((label) =>
      [...row].reduce(
        (sum, x, i) => sum + (x - mean[i]!) * scale[i]! * Number(weight[2 * i + label]),
        Number(bias[label]),
      ),
    );
    expected.forEach((value, label) => {
      expect(logits.linearImage![10 + label]).toBeCloseTo(value, 4);
    });
  });

  test("of many samples are fitted to all of them, with a penalty that some have chosen", async () => {
    const many = { train: split(17_000, 3), validation };
    const state = await fitCompanions(runtime, many, model, labels);
    const weight = state.get("companion.linearImage.weight")!.data as Float32Array;
    const bias = state.get("companion.linearImage.bias")!.data as Float32Array;
    const { mean, scale } = standardisation;
    const features = Float32Array.from({ length: 17_000 * SIZE }, (_, at) => {
      const value = many.train.images.row(Math.floor(at / SIZE))[at % SIZE]!;
      return (value - mean[at % SIZE]!) * scale[at % SIZE]!;
    });
    const data = { features, targets: many.train.targets, samples: 17_000 };
    const regression = await Regression.create(runtime, SIZE, labels);
    const reached = await regression.loss(data, { weight, bias });
    // Of so many samples the penalty moves next to nothing; a fit to half of them loses more than this.
    const best = await regression.fit(centred({ ...data, features: features.slice() }), 1e-6);
    expect(reached - (await regression.loss(data, best))).toBeLessThan(2e-5);
    await regression.release();
  });

  test("give a modality its say however many numbers it comes in", async () => {
    const times = 5;
    const widened = (split: PreparedSplit): PreparedSplit => {
      const values = new Float32Array(split.size * SIZE * times);
      for (let row = 0; row < split.size; row++) {
        for (let copy = 0; copy < times; copy++) {
          values.set(split.images.row(row), (row * times + copy) * SIZE);
        }
      }
      return { ...split, images: imagesInMemory([SIZE * times], values) };
    };
    const wide = { train: widened(train), validation: widened(validation) };
    const { row } = wide.train.images;
    const size = SIZE * times;
    const wider = standardisationOf(size, row, train.imagePresent);
    const image = vectorNetwork({ size, standardisation: wider });
    const found = await fitCompanions(runtime, wide, { ...model, image }, labels);
    const [few, many] = [companions, found].map(
      (state) => state.get("companion.linear.weight")!.data as Float32Array,
    );
    const slopes = (weights: Float32Array, at: number) => weights[2 * at + 1]! - weights[2 * at]!;
    // The first text feature follows the image's; the first image feature is there five times.
    const ofText = [slopes(few!, SIZE), slopes(many!, size)];
    const ofImage = [slopes(few!, 0), times * slopes(many!, 0)];
    expect(ofText[1]! / ofText[0]!).toBeCloseTo(1, 1);
    expect(ofImage[1]! / ofImage[0]!).toBeCloseTo(1, 1);
  });

  test("on both sees each training text a second time with noise, where it is asked to", async () => {
    const noise = { drop: 0.5, seed: 3 };
    const noisy = (row: number): Float32Array => texts.row(row).map((x, i) => (i === 0 ? 0 : x));
    const encoded = { ...texts, degraded: new Map([["drop 0.5", noisy]]) };
    const noised = { ...train, texts: encoded };
    const fitted = await fitCompanions(runtime, { train: noised, validation }, model, labels, {
      noise,
    });
    // The same regression on more samples: those with a text once more.
    const all = [...Array(train.size).keys()];
    const again = all.filter((row) => train.textPresent[row]);
    const rows = [...all, ...again];
    const doubled: PreparedSplit = {
      ...train,
      size: rows.length,
      images: imagesInMemory(
        [SIZE],
        Float32Array.from(rows.flatMap((row) => [...images.row(row)])),
      ),
      texts: textFeaturesInMemory(
        SIZE,
        Float32Array.from([...all.map(texts.row), ...again.map(noisy)].flatMap((row) => [...row])),
      ),
      textPresent: Uint8Array.from(rows, (row) => train.textPresent[row]!),
      imagePresent: Uint8Array.from(rows, (row) => train.imagePresent[row]!),
      targets: Float32Array.from(
        rows.flatMap((row) => [...train.targets.subarray(2 * row, 2 * row + 2)]),
      ),
    };
    const expected = await fitCompanions(runtime, { train: doubled, validation }, model, labels);
    const weights = (state: TrainingState, name: string) =>
      state.get(`companion.${name}.weight`)!.data;
    expect(weights(fitted, "linear")).toEqual(weights(expected, "linear"));
    expect(weights(fitted, "linear")).not.toEqual(weights(companions, "linear"));
    // Alone, a modality has nothing else to rely on.
    for (const name of ["linearImage", "linearText"]) {
      expect(weights(fitted, name)).toEqual(weights(companions, name));
    }
  });

  test("drop values of features that no encoder made", async () => {
    const noise = { drop: 0.5, seed: 3 };
    const [once, again] = [
      await fitCompanions(runtime, { train, validation }, model, labels, { noise }),
      await fitCompanions(runtime, { train, validation }, model, labels, { noise }),
    ];
    const name = "companion.linear.weight";
    expect(once.get(name)!.data).toEqual(again.get(name)!.data);
    expect(once.get(name)!.data).not.toEqual(companions.get(name)!.data);
  });

  test("are the same for the same data, and need both modalities", async () => {
    const again = await fitCompanions(runtime, { train, validation }, model, labels);
    for (const [name, { data }] of companions) expect(again.get(name)!.data).toEqual(data);
    expect([...companions.keys()]).toHaveLength(2 * COMPANIONS.length);
    expect(hasCompanions({ ...model, modalities: "image" })).toBe(false);
    const { dtype, shape, encode } = model.image;
    const trained: InputNetwork = { dtype, shape, encode };
    expect(hasCompanions({ ...model, image: trained })).toBe(false);
    await expect(
      fitCompanions(runtime, { train, validation }, { ...model, image: trained }, labels),
    ).rejects.toThrow(/the pretrained image encoder is trained/);
  });
});

/** Pictures with upright or level stripes, and texts with a token of their class, and one that no other has. */
function rawSplit(samples: number): PreparedSplit {
  const side = 8;
  const width = 3 * side * side;
  const pixels = Float32Array.from({ length: samples * width }, (_, at) => {
    const [row, x, y] = [Math.floor(at / width), at % side, Math.floor(at / side) % side];
    const stripe = row % 2 === 0 ? x : y;
    return stripe % 4 < 2 ? 0 : 255;
  });
  const tokens = Array.from({ length: samples }, (_, row) => Int32Array.of(1 + (row % 2), 3 + row));
  return {
    size: samples,
    ids: tokens.map((_, at) => String(at)),
    images: imagesInMemory([3, side, side], Uint8Array.from(pixels)),
    texts: { kind: "tokens", tokens },
    imagePresent: new Uint8Array(samples).fill(1),
    textPresent: new Uint8Array(samples).fill(1),
    targets: Float32Array.from({ length: 2 * samples }, (_, at) =>
      Number(Math.floor(at / 2) % 2 === at % 2),
    ),
  };
}

describe("companions of encoders that train from scratch", async () => {
  const labels = { labelKind: "single-label", classes: 2 } as const;
  const samples = 20;
  const split = rawSplit(samples);
  const model = plainModel({
    image: { type: "convolutional", side: 8, channels: [2] },
    text: { type: "bag", buckets: 63, width: 2 },
    embed: 2,
    blank: "head",
  });
  const data = { train: split, validation: split };
  const companions = await fitCompanions(runtime, data, model, labels);
  const options = { regressions: true, state: companions };
  const onnx = predictionModel(model, labels, options);
  const predictor = await Predictor.create(runtime, onnx, labels);
  const rightOf = (logits: Float32Array): number =>
    [...Array(samples).keys()].filter(
      (row) => Number(logits[2 * row + 1]! > logits[2 * row]!) === row % 2,
    ).length;

  test("see edges of pictures and words of texts, and answer alone", async () => {
    const { joint, image, text } = await predictor.runSplit(split, {}, 1);
    for (const logits of [joint, image, text]) expect(rightOf(logits)).toBe(samples);
    const blind = await predictor.runSplit(split, { image: "missing" }, 1);
    expect(blind.joint).toEqual(blind.text);
  });

  test("give no weight to words of one training sample", () => {
    const weight = companions.get("companion.linearText.weight")!.data as Float32Array;
    const rows = Array.from({ length: 64 }, (_, id) => [...weight.slice(2 * id, 2 * id + 2)]);
    rows.forEach((row, id) => {
      expect(row.some((value) => value !== 0)).toBe(id === 1 || id === 2);
    });
  });

  test("on both see texts with dropped words, too", async () => {
    const noise = { drop: 0.5, seed: 3 };
    const fitted = await fitCompanions(runtime, data, model, labels, { noise });
    const length = (state: TrainingState, name: string, from: number, to?: number): number =>
      Math.hypot(...(state.get(`companion.${name}.weight`)!.data as Float32Array).slice(from, to));
    const pictures = 2 * model.image.descriptor!.size;
    const share = (state: TrainingState): number =>
      length(state, "linear", 0, pictures) / length(state, "linear", pictures);
    expect(share(fitted)).toBeGreaterThan(share(companions));
    expect(length(fitted, "linearText", 0)).toBe(length(companions, "linearText", 0));
  });
});
