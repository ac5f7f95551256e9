/** @module Equal modalities: what methods do where image and text are the same in every respect. */

import { describe, expect, it } from "vitest";

import { findMethod } from "../../src/balance/methods.js";
import type { TrainingState } from "../../src/train/step.js";
import {
  type Direction,
  directionOf,
  expectClose,
  numbersOf,
  revealing,
  withRunner,
} from "./harness.js";
import { type Inputs, sceneInputs, sceneSpec, sceneState, withValues } from "./scenes.js";

interface Case {
  readonly method: string;
  readonly options?: object;
  readonly controls?: Readonly<Record<string, number>>;
  /** Metrics of the step by their names without the modality, the same of both. */
  readonly both?: Readonly<Record<string, number>>;
  /** Other metrics. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** The method whose encoders' and embeddings' gradients it then has, and their factor. */
  readonly like?: readonly [string, number];
}

const SEED = 3;

/** Batches whose text is the image. */
function twinInputs(): Inputs {
  const inputs = sceneInputs(SEED);
  return { ...inputs, text: inputs["image"]!, text_present: inputs["image_present"]! };
}

/** Random parameters, the text's those of the image; the method's memory as it starts, but prototypes. */
function twinsFrom(initial: TrainingState): TrainingState {
  const drawn = sceneState(initial, SEED);
  const entries = [...initial.keys()].map((name) => {
    const twin = name.replace(/\btext\b/, "image");
    const starts = name.startsWith("method.") && !name.includes(".prototypes.");
    return [name, (starts ? initial : drawn).get(twin)!] as const;
  });
  return new Map(entries);
}

function stepOf({ method, options = {}, controls = {} }: Case, state = {}): Promise<Direction> {
  const spec = revealing(sceneSpec(method, options, { fusion: "add" }));
  return withRunner(spec, (runner, { initialState }) => {
    runner.restore(withValues(twinsFrom(initialState), state));
    return directionOf(runner, twinInputs(), controls);
  });
}

const EMBEDDING = ["embedding.weight", "embedding.bias"] as const;

const CASES: readonly Case[] = [
  { method: "ogm", controls: { on: 1 }, both: { weight: 1 }, like: ["joint", 1] },
  { method: "agm", both: { weight: 1 }, like: ["joint", 1] },
  { method: "opm", both: { drop: 0 }, like: ["joint", 1] },
  { method: "pmr", controls: { early: 1 }, both: { weight: 0 }, like: ["joint", 1] },
  { method: "mslr", controls: { image: 1, text: 1 }, both: { weight: 1 }, like: ["joint", 1] },
  { method: "greedy", options: { threshold: 0 }, controls: { unlocked: 1 }, like: ["joint", 1] },
  // Each gained half of what both did: rho / 2.
  { method: "cggm", options: { rho: 1.3 }, both: { weight: 1 / 2 }, like: ["joint", 1.3 / 2] },
  { method: "info-reg", controls: { epoch: 0, open: 1 }, both: { weight: 0 } },
  {
    method: "mbsd",
    metrics: { "loss.distillation": 0 },
    like: ["unimodal-losses", 1],
  },
  // Both say the same, so there is nothing to pull.
  {
    method: "balgrad",
    both: { weight: 1 / 2 },
    metrics: { "loss.klImage": 0, "loss.klText": 0 },
    like: ["unimodal-losses", 1],
  },
  // The model depends on neither, so nothing is masked.
  {
    method: "amco",
    controls: { masked: 1 },
    metrics: { "share.image": 1 / 2 },
    like: ["unimodal-losses", 1],
  },
  { method: "mmpareto" },
  { method: "cml" },
  { method: "lfm" },
  { method: "modality-valuation" },
  // Neither leads, so nobody is guided.
  {
    method: "mnl",
    both: { guided: 0 },
    metrics: { "loss.guidance": 0 },
    like: ["unimodal-losses", 1],
  },
  { method: "tcmax" },
  { method: "dgl" },
];

describe.each(CASES)("$method with equal modalities", (given) => {
  const found = stepOf(given);

  it("treats both alike", async () => {
    const { gradients, metrics } = await found;
    for (const name of EMBEDDING) {
      const image = gradients.get(`image.${name}`)!;
      expect(image.some((x) => Math.abs(x) > 1e-3)).toBe(true);
      expectClose(gradients.get(`text.${name}`)!, image, 1e-5, name);
    }
    for (const [name, value] of Object.entries(metrics)) {
      // Its complement is the text's.
      if (!/\.image$/.test(name) || name === "share.image") continue;
      expect(metrics[name.replace("image", "text")], name).toBeCloseTo(value, 5);
    }
    for (const [name, value] of Object.entries(given.both ?? {})) {
      expect(metrics[`${name}.image`], name).toBeCloseTo(value, 5);
      expect(metrics[`${name}.text`], name).toBeCloseTo(value, 5);
    }
    for (const [name, value] of Object.entries(given.metrics ?? {})) {
      expect(metrics[name], name).toBeCloseTo(value, 5);
    }
  });
});

const REDUCED = CASES.flatMap(({ like, ...given }) =>
  like ? [{ ...given, other: like[0], factor: like[1] }] : [],
);

it.each(REDUCED)("$method with equal modalities is $factor times $other", async (given) => {
  const { other, factor } = given;
  const [own, reference] = await Promise.all([stepOf(given), stepOf({ method: other })]);
  for (const name of EMBEDDING) {
    const expected = reference.gradients.get(`image.${name}`)!.map((x) => factor * x);
    expectClose(own.gradients.get(`image.${name}`)!, expected, 1e-4, name);
  }
});

describe("methods with turns or rates, with equal modalities", () => {
  it("mla's turns do to each modality the same", async () => {
    const turns = await Promise.all(
      [0, 1].map((turn) => stepOf({ method: "mla" }, { "method.turn": [turn] })),
    );
    const [image, text] = turns.map(({ gradients }) => gradients) as [
      Direction["gradients"],
      Direction["gradients"],
    ];
    for (const name of EMBEDDING) {
      expectClose(text.get(`text.${name}`)!, image.get(`image.${name}`)!, 1e-5, name);
      expect(image.get(`text.${name}`)!.every((x) => x === 0)).toBe(true);
    }
    const classifier = "joint.classifier.weight";
    expectClose(text.get(classifier)!, image.get(classifier)!, 1e-5, classifier);
  });

  it("greedy gives no modality steps of its own", async () => {
    const { after } = await stepOf(CASES.find(({ method }) => method === "greedy")!);
    const at = (name: string): number[] => numbersOf(after.get(`method.${name}`)!);
    expect(at("turn")[0]).toBe(0);
    expect(at("own.text")).toEqual(at("own.image"));
    expect(at("other.text")).toEqual(at("other.image"));
  });

  it("mslr has the same rates for equal scores and multiples", () => {
    const mslr = findMethod("mslr");
    for (const strategy of ["keep", "smooth", "dynamic"]) {
      const history = [30, 50, 40, 60, 55].map((score) => ({ image: score, text: score }));
      const settings = mslr.options.parse({ strategy, image: 1.2, text: 1.2 });
      const { image, text } = mslr.controls!({ epoch: 5, epochs: 9, history }, settings);
      expect(text).toBe(image);
    }
  });
});
