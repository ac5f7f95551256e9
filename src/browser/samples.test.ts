import { describe, expect, it } from "vitest";

import { type LabelledSample, prepareSamples } from "./samples.js";
import { checkSettings } from "./settings.js";

const SIDE = 2;
const settings = checkSettings({ image: { side: SIDE }, text: { buckets: 8 } });
const classes = ["a", "b"];

const sample = (label: number, given: Partial<LabelledSample> = {}): LabelledSample => ({
  ...{ label, pixels: new Uint8Array(12).fill(10 + label), text: "word" },
  ...given,
});

const alternating = (count: number) => Array.from({ length: count }, (_, at) => sample(at % 2));

describe("samples of a page", () => {
  it("are split by seed, a fifth of each class for validation", () => {
    const { train, validation, isSelfValidated } = prepareSamples(
      { classes, samples: alternating(20) },
      settings,
    );
    expect([train.size, validation.size, isSelfValidated]).toEqual([16, 4, false]);
    expect(Array.from(validation.targets).filter((_, at) => at % 2 === 0)).toEqual(
      expect.arrayContaining([0, 0, 1, 1]),
    );
  });

  it("validate themselves where there are too few", () => {
    const found = prepareSamples({ classes, samples: alternating(4) }, settings);
    expect(found.isSelfValidated).toBe(true);
    expect(found.validation).toBe(found.train);
    expect(found.train.size).toBe(4);
  });

  it("keep the split that they say", () => {
    const samples = [
      sample(0, { split: "train" }),
      sample(1, { split: "train" }),
      sample(1, { split: "validation" }),
    ];
    const { train, validation } = prepareSamples({ classes, samples }, settings);
    expect(Array.from(train.targets)).toEqual([1, 0, 0, 1]);
    expect(Array.from(validation.targets)).toEqual([0, 1]);
  });

  it("may lack a picture or a text", () => {
    const { text, pixels } = sample(0);
    const samples = [
      { label: 0, text: text! },
      { label: 1, pixels: pixels! },
      sample(0, { text: "..." }),
    ];
    const { train } = prepareSamples({ classes, samples }, settings);
    expect(Array.from(train.imagePresent)).toEqual([0, 1, 1]);
    expect(Array.from(train.textPresent)).toEqual([1, 0, 0]);
    expect(Array.from(train.images.row(0))).toEqual(Array(12).fill(0));
  });

  it.each([
    [[{ label: 0, text: "?" }], "Sample 1 has neither a picture nor a word."],
    [[sample(2)], "Sample 1: its label is 2; there are 2 classes, counted from 0."],
    [
      [sample(0), sample(1, { pixels: new Uint8Array(3) })],
      "Sample 2: a picture has 3 values; expected 3 * 2 * 2.",
    ],
    [[sample(0, { split: "train" }), sample(1)], "1 of 2 samples do not say their split."],
    [
      [sample(0, { split: "validation" })],
      "All samples are for validation; none is left to train on.",
    ],
  ])("are refused where they cannot be trained on", (samples, message) => {
    expect(() => prepareSamples({ classes, samples }, settings)).toThrow(message);
  });
});

describe("settings of a page", () => {
  it("have the method's own model beneath what is given", () => {
    const { network } = checkSettings({ method: "robust", network: { inputDropout: 0.1 } });
    expect(network).toMatchObject({ blank: "head", inputDropout: 0.1 });
  });

  it.each([
    [{ train: { device: "webgpu" } }, "train.device has no effect here."],
    [{ train: { threads: 2 } }, "train.threads has no effect here."],
    [{ network: { finetune: { mode: "all" } } }, "network.finetune has no effect here."],
    [{ epochs: 3 }, 'epochs = 3: there is no setting "epochs".'],
    [{ image: { side: 0 } }, "image.side = 0: expected "],
  ])("are refused where they are unknown or mean nothing", (given, message) => {
    expect(() => checkSettings(given)).toThrow(message);
  });
});
