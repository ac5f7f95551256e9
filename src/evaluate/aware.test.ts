import { describe, expect, test } from "vitest";

import { type Random, randomStream } from "../random.js";
import { fitAware, type LabelledLogits, predictAware } from "./aware.js";
import { fitTemperature } from "./scores/calibration.js";
import { goldenSection } from "./scores/goldenSection.js";
import { thresholdRows } from "./decisions.js";
import { logLoss, scorePredictions } from "./scores/metrics.js";
import { toProbabilities } from "./scores/probabilities.js";

const CLASSES = 4;

/** Logits that know the truth with a given strength, times a scale that miscalibrates them. */
function head(targets: Float32Array, strength: number, scale: number, random: Random) {
  return targets.map((truth) => scale * (strength * truth + random.normal()));
}

function labels(samples: number, random: Random): Float32Array {
  const targets = new Float32Array(samples * CLASSES);
  for (let row = 0; row < samples; row++) targets[row * CLASSES + random.integer(CLASSES)] = 1;
  return targets;
}

function labelled(random: Random, strengths: { joint: number; image: number; text: number }) {
  const targets = labels(400, random);
  const logits = {
    joint: head(targets, strengths.joint, 1, random),
    image: head(targets, strengths.image, 3, random),
    text: head(targets, strengths.text, 0.3, random),
  };
  return { logits, targets } satisfies LabelledLogits;
}

describe("temperature", () => {
  test("undoes a known scale", () => {
    const random = randomStream(1, "temperature");
    const targets = labels(3000, random);
    // Gaussian logits with mean 2 for the truth are calibrated when their scale is 2.
    const calibrated = head(targets, 2, 2, random);
    const scaled = calibrated.map((logit) => 3 * logit);
    const base = fitTemperature(calibrated, targets, CLASSES, "single-label");
    expect(base).toBeCloseTo(1, 0);
    expect(fitTemperature(scaled, targets, CLASSES, "single-label") / base).toBeCloseTo(3, 3);
  });

  test.each(["single-label", "multi-label"] as const)(
    "never raises the log-loss: %s",
    (labelKind) => {
      const random = randomStream(2, labelKind);
      const targets = labels(200, random);
      const logits = head(targets, 2, 5, random);
      const loss = (temperature: number): number =>
        logLoss({
          labelKind,
          classes: CLASSES,
          targets,
          probabilities: toProbabilities(logits, CLASSES, labelKind, temperature),
        });
      const fitted = fitTemperature(logits, targets, CLASSES, labelKind);
      for (const other of [1, fitted * 0.9, fitted * 1.1]) {
        expect(loss(fitted)).toBeLessThanOrEqual(loss(other));
      }
    },
  );

  // By another way: the loss in full precision, looked at where a search asks for it.
  const searched = (logits: Float32Array, targets: Float32Array, isSingle: boolean): number => {
    const loss = (logTemperature: number): number => {
      const scaled = Array.from(logits, (logit) => logit / Math.exp(logTemperature));
      let total = 0;
      for (let start = 0; start < scaled.length; start += CLASSES) {
        const row = scaled.slice(start, start + CLASSES);
        const highest = Math.max(...row);
        const ofRow = row.reduce((sum, z) => sum + Math.exp(z - highest), 0);
        if (isSingle) total += highest + Math.log(ofRow);
        row.forEach((z, at) => {
          total -= targets[start + at]! * z;
          if (!isSingle) total += Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0);
        });
      }
      return total;
    };
    return Math.exp(goldenSection(loss, Math.log(0.05), Math.log(20)));
  };

  test.each(["single-label", "multi-label"] as const)("is what a search finds: %s", (labelKind) => {
    const random = randomStream(7, labelKind);
    for (const scale of [0.1, 0.5, 1, 4, 15]) {
      for (const strength of [0.3, 2, 5]) {
        const targets = labels(150, random);
        const logits = head(targets, strength, scale, random);
        const expected = searched(logits, targets, labelKind === "single-label");
        const found = fitTemperature(logits, targets, CLASSES, labelKind);
        expect(found / expected, `${scale} ${strength}`).toBeCloseTo(1, 4);
      }
    }
  });

  test.each(["single-label", "multi-label"] as const)(
    "stays within its bounds: %s",
    (labelKind) => {
      const targets = labels(20, randomStream(8));
      const fit = (logit: (truth: number) => number): number =>
        fitTemperature(targets.map(logit), targets, CLASSES, labelKind);
      expect(fit((truth) => 2 * truth - 1)).toBeCloseTo(0.05, 12);
      expect(fit((truth) => 1 - 2 * truth)).toBeCloseTo(20, 12);
      expect(fit(() => 0)).toBeCloseTo(0.05, 12);
      expect(fit((truth) => (truth === 1 ? 1 : -Infinity))).toBeCloseTo(0.05, 12);
    },
  );

  test("does not count a sample whose class has no probability", () => {
    const targets = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0);
    const possible = Float32Array.of(2, 1, 0, 0, 1.5, 1, 0, 0);
    const impossible = Float32Array.of(-Infinity, 1, 2, 3);
    const logits = Float32Array.of(...possible, ...impossible);
    const fitted = fitTemperature(logits, targets, CLASSES, "single-label");
    expect(fitted).toBe(fitTemperature(possible, targets.slice(0, 8), CLASSES, "single-label"));
  });
});

describe("modality-aware prediction", async () => {
  const random = randomStream(4, "aware");
  const model = await fitAware(
    {
      full: labelled(random, { joint: 3, image: 1, text: 2 }),
      imageMissing: labelled(random, { joint: 0.5, image: 0, text: 3 }),
      textMissing: labelled(random, { joint: 3, image: 0.1, text: 0 }),
      impaired: [labelled(random, { joint: 2, image: 1, text: 2 })],
    },
    CLASSES,
    "single-label",
  );

  test("beats the joint classifier where the joint classifier is blind, and survives JSON", () => {
    const { logits, targets } = labelled(random, { joint: 0.5, image: 0, text: 3 });
    const present = {
      imagePresent: new Float32Array(400),
      textPresent: new Float32Array(400).fill(1),
    };
    const copy = JSON.parse(JSON.stringify(model)) as typeof model;
    const probabilities = predictAware(copy, { ...logits, ...present });
    const loss = (p: Float32Array): number =>
      logLoss({ labelKind: "single-label", classes: CLASSES, targets, probabilities: p });
    expect(loss(probabilities)).toBeLessThan(
      0.7 * loss(toProbabilities(logits.joint, CLASSES, "single-label")),
    );
    const sums = Array.from({ length: 400 }, (_, row) =>
      probabilities.subarray(row * CLASSES, (row + 1) * CLASSES).reduce((sum, p) => sum + p, 0),
    );
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
  });

  test("does not depend on the logits of a missing modality's head", () => {
    const { logits } = labelled(random, { joint: 1, image: 1, text: 1 });
    const present = {
      imagePresent: new Float32Array(400),
      textPresent: new Float32Array(400).fill(1),
    };
    const before = predictAware(model, { ...logits, ...present });
    const wild = logits.image.map((logit) => 100 - logit);
    expect(predictAware(model, { ...logits, image: wild, ...present })).toEqual(before);
  });
});

describe("answers that no gate weighs", () => {
  const random = randomStream(6, "fixed");
  const seen = labelled(random, { joint: 1, image: 2, text: 2 });
  const data = { full: seen, imageMissing: seen, textMissing: seen, impaired: [] };
  const present = {
    imagePresent: new Float32Array(400).fill(1),
    textPresent: new Float32Array(400).fill(1),
  };

  test.each(["joint", "heads"] as const)("are those of %s, calibrated", async (answering) => {
    const { logits } = seen;
    const model = await fitAware(data, CLASSES, "single-label", answering);
    const copy = JSON.parse(JSON.stringify(model)) as typeof model;
    const found = predictAware(copy, { ...logits, ...present });
    const calibrated = (head: "joint" | "image" | "text"): Float32Array =>
      toProbabilities(logits[head], CLASSES, "single-label", model.temperatures[head]);
    const [joint, image, text] = [calibrated("joint"), calibrated("image"), calibrated("text")];
    found.forEach((p, at) => {
      const expected = answering === "joint" ? joint[at]! : (image[at]! + text[at]!) / 2;
      expect(p).toBeCloseTo(expected, 6);
    });
  });
});

describe("decisions for several labels", async () => {
  const random = randomStream(5, "labels");
  /** Rare labels, known to some degree, with logits that a scale has made too sure or too shy. */
  const rare = (strength: number, scale: number): LabelledLogits => {
    const targets = Float32Array.from({ length: 600 * CLASSES }, () =>
      Number(random.uniform() < 0.08),
    );
    const logits = targets.map((truth) => scale * (strength * truth + random.normal() - 4));
    return { logits: { joint: logits, image: logits, text: logits }, targets };
  };
  const data = {
    full: rare(3, 0.5),
    imageMissing: rare(2, 1),
    textMissing: rare(2, 2),
    impaired: [],
  };
  const model = await fitAware(data, CLASSES, "multi-label");
  const fresh = rare(3, 0.5);
  const present = {
    imagePresent: new Float32Array(600).fill(1),
    textPresent: new Float32Array(600).fill(1),
  };
  const macroF1 = (probabilities: Float32Array, thresholds?: Float32Array): number =>
    scorePredictions({
      ...{ labelKind: "multi-label", classes: CLASSES, probabilities, targets: fresh.targets },
      ...(thresholds && { thresholds }),
    }).macroF1;

  test("find rare labels that 0.5 hardly ever decides for", () => {
    const joint = toProbabilities(fresh.logits.joint, CLASSES, "multi-label");
    const thresholds = thresholdRows(model.thresholds!.joint, present);
    expect(macroF1(joint, thresholds)).toBeGreaterThan(macroF1(joint) + 0.25);
    const aware = predictAware(model, { ...fresh.logits, ...present });
    const own = thresholdRows(model.thresholds!.aware, present);
    expect(macroF1(aware, own)).toBeGreaterThan(macroF1(aware) + 0.05);
  });

  test("follow what each sample has", () => {
    const mixed = { imagePresent: Float32Array.of(1, 0, 1), textPresent: Float32Array.of(1, 1, 0) };
    const rows = [...thresholdRows(model.thresholds!.aware, mixed)];
    const { aware } = model.thresholds!;
    const expected = [...aware.both, ...aware["image-missing"], ...aware["text-missing"]];
    rows.forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, 6);
    });
  });

  test("need no thresholds where one class is right", async () => {
    const single = labelled(random, { joint: 1, image: 1, text: 1 });
    const one = { full: single, imageMissing: single, textMissing: single, impaired: [] };
    expect((await fitAware(one, CLASSES, "single-label")).thresholds).toBeNull();
  });
});

test.each(["single-label", "multi-label"] as const)(
  "samples that lack a modality say nothing about its answer, %s",
  async (labelKind) => {
    const random = randomStream(8, "lacking");
    const set = (samples: number) => {
      const targets = labels(samples, random);
      const expert = () => head(targets, 2, 1, random);
      const present = () => new Float32Array(samples).fill(1);
      return {
        logits: {
          ...{ joint: expert(), image: expert(), text: expert() },
          ...{ imagePresent: present(), textPresent: present() },
        },
        targets,
      };
    };
    /** The same samples and as many without a picture, where the image's head says something absurd. */
    const diluted = ({ logits, targets }: ReturnType<typeof set>) => {
      const twice = (values: Float32Array, fill: number) =>
        Float32Array.from([...values, ...values.map(() => fill)]);
      return {
        logits: {
          ...{ joint: twice(logits.joint, 9), image: twice(logits.image, -9) },
          ...{ text: Float32Array.from([...logits.text, ...logits.text]) },
          ...{
            imagePresent: twice(logits.imagePresent, 0),
            textPresent: twice(logits.textPresent, 1),
          },
        },
        targets: Float32Array.from([...targets, ...targets]),
      };
    };
    const [clean, noisy] = [set(200), set(200)];
    const fit = (full: typeof clean, impaired: typeof clean) =>
      fitAware(
        { full, imageMissing: full, textMissing: full, impaired: [impaired] },
        CLASSES,
        labelKind,
      );
    const [whole, half] = [await fit(clean, noisy), await fit(diluted(clean), diluted(noisy))];
    expect(half.temperatures.image).toBeCloseTo(whole.temperatures.image!, 6);
    expect(half.temperatures.joint).toBeCloseTo(whole.temperatures.joint!, 6);
    expect(half.gate.bias).toEqual(whole.gate.bias);
    expect(half.thresholds?.aware.both).toEqual(whole.thresholds?.aware.both);
    expect(half.thresholds?.aware["text-missing"]).toEqual(whole.thresholds?.aware["text-missing"]);
  },
);

describe("unusual inputs", () => {
  const fit = async (samples: number, missing: number) => {
    const random = randomStream(7, "unusual");
    const values = Array.from({ length: samples }, () => random.normal());
    const targets = labels(samples + missing, random);
    const expert = head(targets, 2, 1, random);
    // A blank picture is far from all others.
    const novelty = Float32Array.from([...values, ...Array<number>(missing).fill(50)]);
    const imagePresent = novelty.map((value) => Number(value < 50));
    const logits = {
      ...{ joint: expert, image: expert, text: expert, imagePresent },
      ...{ imageNovelty: novelty, textNovelty: novelty.map(() => 0) },
    };
    const set = { logits, targets };
    return fitAware(
      { full: set, imageMissing: set, textMissing: set, impaired: [] },
      CLASSES,
      "single-label",
    );
  };

  test("are told by the samples that have the modality", async () => {
    const [whole, some] = [await fit(100, 0), await fit(100, 100)];
    expect(whole.unusual!.image).toBeGreaterThan(2);
    expect(some.unusual!.image).toBeCloseTo(whole.unusual!.image, 6);
  });

  test("are not told by a handful of samples, whose deviation says nothing", async () => {
    for (const samples of [1, 2, 4]) expect((await fit(samples, 0)).unusual).toBeNull();
    expect((await fit(5, 0)).unusual).not.toBeNull();
  });
});
