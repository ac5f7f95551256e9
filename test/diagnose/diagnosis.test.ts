/** @module Diagnoses of figures that are known: dominance, costs, signs, classes, conditions. */

import { describe, expect, test } from "vitest";

import { classNeeds } from "../../src/diagnose/classes.js";
import { FIGURES, holds, parseCondition } from "../../src/diagnose/conditions.js";
import { costsOf } from "../../src/diagnose/costs.js";
import { diagnosisOf, figuresOf } from "../../src/diagnose/diagnosis.js";
import { dominanceOf } from "../../src/diagnose/dominance.js";
import { isRight, type JudgedSample, worstFirst } from "../../src/diagnose/samples.js";
import { signsOf } from "../../src/diagnose/signs.js";
import { ALL_CASES, type AnyCase } from "../../src/impairments/cases.js";
import type { ProtocolResult, ProtocolRow } from "../../src/evaluate/result.js";
import type { RunRecord } from "../../src/run/records.js";

type Figures = Readonly<Record<AnyCase, number>>;

/** A row of results with given scores, whose intervals reach `around` points to both sides. */
function row(scores: Figures, around: number): ProtocolRow {
  const gapOf = (name: string) => {
    const [image, text] = [scores[`image-${name}` as AnyCase], scores[`text-${name}` as AnyCase]];
    return { average: (image + text) / 2, gap: Math.abs(image - text) };
  };
  const intervals = Object.fromEntries(
    ALL_CASES.map((name) => [name, { low: scores[name] - around, high: scores[name] + around }]),
  );
  const wrong = { "image-wrong": scores["image-wrong"], "text-wrong": scores["text-wrong"] };
  return {
    ...{ scores, intervals, missing: gapOf("missing"), noisy: gapOf("noisy") },
    wrong: { ...gapOf("wrong"), scores: wrong },
  } as unknown as ProtocolRow;
}

const figures = (full: number, missing: [number, number], rest = full): Figures => ({
  full,
  ...{ "image-missing": missing[0], "text-missing": missing[1] },
  ...{ "image-noisy": rest, "text-noisy": rest, "image-wrong": rest, "text-wrong": rest },
});

const result = (joint: Figures, aware: Figures, around = 3): ProtocolResult =>
  ({
    ...{ split: "test", samples: 100, mainScore: "accuracy" },
    ...{ protocol: row(joint, around), aware: row(aware, around) },
    shapley: { image: 10, text: 40 },
  }) as unknown as ProtocolResult;

describe("dominance", () => {
  test("is a bias where the other modality could give more", () => {
    const found = dominanceOf(result(figures(80, [75, 20]), figures(81, [76, 50])));
    expect(found).toMatchObject({ dominant: "text", kind: "bias", gap: 55, full: 80 });
    expect(found.absences.text).toEqual({
      ...{ missing: "text", joint: 20, drop: 60, alone: 50, unused: 30 },
    });
    expect(found.absences.image).toMatchObject({ drop: 5, unused: 1 });
  });

  test("is in the data where it could not", () => {
    const found = dominanceOf(result(figures(80, [40, 75]), figures(81, [41, 76])));
    expect(found).toMatchObject({ dominant: "image", kind: "data" });
  });

  test("is not claimed where intervals overlap", () => {
    const found = dominanceOf(result(figures(80, [60, 52]), figures(81, [76, 76]), 5));
    expect(found).toMatchObject({ dominant: null, kind: "none", gap: 8 });
  });
});

test("costs are those of the answer, against the same without the impaired input", () => {
  const aware = { ...figures(80, [70, 60]), "text-wrong": 40, "image-noisy": 75 };
  const costs = costsOf(result(figures(78, [50, 50], 55), aware));
  expect(costs.map(({ name }) => name)).toEqual(ALL_CASES.slice(1));
  const cost = (name: AnyCase) => costs.find((one) => one.name === name);
  expect(cost("text-wrong")).toEqual({
    ...{ name: "text-wrong", impaired: "text", joint: 55, aware: 40 },
    ...{ drop: 40, ignoring: 60, harm: 20 },
  });
  expect(cost("image-noisy")).toMatchObject({ impaired: "image", drop: 5, ignoring: 70, harm: 0 });
});

const record = (steps: readonly object[], epochs: readonly object[] = []): RunRecord =>
  ({
    ...{ method: "balgrad", seed: 1, steps, epochs, config: {} },
    meanings: { "norm.kl": "length of the KL gradient" },
  }) as unknown as RunRecord;

describe("signs", () => {
  const steps = Array.from({ length: 20 }, (_, at) => ({
    ...{ step: at + 1, epoch: 0, learningRate: 0.1 },
    ...{ "norm.kl": at === 0 ? 0 : at, cosine: at === 0 ? 0 : -0.05, conflict: at % 2 },
  }));

  test("are shares and means of what was recorded, without steps that have no gradient", () => {
    const signs = signsOf(record(steps));
    expect(signs.conflict).toBeCloseTo(10 / 19, 10);
    expect(signs.cosine).toEqual([0, 0, 0, 0, 19, 0, 0, 0, 0, 0]);
    expect(signs.developments).toEqual([
      { metric: "norm.kl", meaning: "length of the KL gradient", first: 0.5, last: 18.5 },
    ]);
    expect(signs.heads).toBeNull();
  });

  test("of a method that records none are none; cosines at the ends have their bins", () => {
    const plain = [{ step: 1, epoch: 0, learningRate: 0.1, "loss.task": 2 }];
    expect(signsOf(record(plain))).toMatchObject({ conflict: null, cosine: null });
    expect(signsOf(record([]))).toMatchObject({ steps: 0, developments: [] });
    const ends = [1, -1].map((cosine) => ({ ...plain[0], cosine, "norm.kl": 1 }));
    expect(signsOf(record(ends)).cosine).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test("have the heads of the epoch that was kept", () => {
    const epoch = (image: number, best: boolean) => ({
      ...{ best, validation: { imageRight: image, textRight: 60 } },
    });
    const epochs = [epoch(10, true), epoch(40, true), epoch(70, false)];
    expect(signsOf(record([], epochs)).heads).toEqual({ image: 40, text: 60 });
  });
});

/** A sample of a class whose answers are right in some cases. */
function sample(id: string, truth: string, right: readonly AnyCase[], sure = 0.8): JudgedSample {
  const answers = Object.fromEntries(
    ALL_CASES.map((name) => {
      const label = right.includes(name) ? truth : "other";
      return [name, { labels: [label], first: label, probability: sure, sure, decidedBy: "both" }];
    }),
  );
  return { id, truth: [truth], answers } as unknown as JudgedSample;
}

describe("samples", () => {
  const cats = Array.from({ length: 12 }, (_, at) =>
    sample(`cat ${at}`, "cat", at < 2 ? ["full"] : ["full", "text-missing"]),
  );
  const dogs = [sample("dog 1", "dog", ["image-missing"]), sample("dog 2", "dog", ["full"])];

  test("show which classes need which modality, where chance does not explain it", () => {
    expect(classNeeds([...cats, ...dogs], ["cat", "dog", "none"])).toEqual([
      {
        ...{ label: "cat", samples: 12, full: 100, precision: 100, f1: 100 },
        ...{ imageMissing: 0, textMissing: expect.closeTo(83.33, 1) as number, needs: "image" },
      },
      {
        ...{ label: "dog", samples: 2, full: 50, precision: 100 },
        ...{ f1: expect.closeTo(66.67, 1) as number, imageMissing: 50, textMissing: 0 },
        needs: null,
      },
    ]);
  });

  test("come the worst first: surely wrong, then wrong, then right and unsure", () => {
    const list = [
      sample("right, sure", "x", ["full"], 0.9),
      sample("wrong, unsure", "x", [], 0.3),
      sample("right, unsure", "x", ["full"], 0.4),
      sample("wrong, sure", "x", [], 0.95),
    ];
    expect(worstFirst(list).map(({ id }) => id)).toEqual([
      ...["wrong, sure", "wrong, unsure", "right, unsure", "right, sure"],
    ]);
    expect(isRight(list[0]!, "full")).toBe(true);
    expect(isRight(list[0]!, "text-wrong")).toBe(false);
  });
});

describe("conditions", () => {
  test.each([
    ["text-missing-drop>2", 3, true],
    ["text-missing-drop > 2", 2, false],
    ["text-missing-drop>=2", 2, true],
    ["text-missing-drop<-1.5", -2, true],
    ["text-missing-drop<=-1.5", -1, false],
  ])("%s of %d is %s", (text, value, expected) => {
    expect(holds(parseCondition(text), { "text-missing-drop": value })).toBe(expected);
  });

  test("that are none, or name what is not there, are refused", () => {
    for (const text of ["", "full", "full>", "full>x", ">2", "full=2"]) {
      expect(() => parseCondition(text)).toThrow(`"${text}" is no condition.`);
    }
    expect(() => parseCondition("fall>2")).toThrow('there is no figure "fall"');
    const condition = parseCondition("conflict>2");
    expect(() => holds(condition, { full: 1 })).toThrow('this run has no figure "conflict"');
  });

  test("name the figures that a diagnosis has", () => {
    const given = result(figures(80, [75, 20]), figures(81, [76, 50]));
    const steps = [{ step: 1, epoch: 0, learningRate: 0.1, cosine: -0.5, conflict: 1 }];
    const circumstances = { method: "joint", source: "a.csv", scratch: [] };
    const diagnosis = diagnosisOf(record(steps), given, [], circumstances);
    expect(Object.keys(figuresOf(diagnosis)).sort()).toEqual([...FIGURES].sort());
    expect(figuresOf(diagnosis)).toMatchObject({
      ...{ full: 80, dominance: 55, "image-unused": 30, "text-unused": 1, conflict: 100 },
      ...{ "text-missing": 50, "text-missing-drop": 31 },
    });
  });
});

describe("findings and remedies", () => {
  const said = (joint: Figures, aware: Figures, method = "joint", scratch = ["image" as const]) => {
    const given = result(joint, aware);
    const circumstances = { method, source: "photos.csv", scratch };
    const { findings, remedies } = diagnosisOf(record([]), given, [], circumstances);
    return { findings, remedies: remedies.map(String) };
  };

  test("name the bias, what it costs and what to try", () => {
    const { findings, remedies } = said(figures(80, [75, 20]), figures(81, [80, 50]));
    expect(findings[0]).toBe(
      "The joint classifier leans on the text: without it, it falls from 80.0 to 20.0 (60.0 points), where the image alone could give 50.0. 30.0 points of the image stay unused: this is dominant modality bias.",
    );
    expect(findings).toContain("Where the text is missing, predict loses 31.0 points (50.0).");
    expect(remedies[0]).toContain("robust");
  });

  test("are commands for the same data, which name each method once", () => {
    const { remedies } = said(figures(80, [75, 20]), figures(81, [80, 50]), "balgrad");
    expect(remedies[0]).toContain("train (photos.csv, method=robust)");
    expect(remedies[0]).toContain("compare (photos.csv, methods=balgrad,robust)");
  });

  test("do not send those who have the remedy to it, and say where the data are to blame", () => {
    const { findings, remedies } = said(figures(80, [75, 20]), figures(81, [76, 20.5]), "robust");
    expect(findings[0]).toContain("the text simply tells more in these data");
    expect(remedies).toHaveLength(1);
    expect(remedies[0]).toContain("model.image.encoder");
  });

  test("have nothing to say where nothing is wrong", () => {
    const { findings, remedies } = said(figures(80, [79, 79]), figures(80, [79, 79]));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain("No modality dominates");
    expect(remedies).toEqual([]);
  });
});
