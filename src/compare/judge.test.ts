import { describe, expect, test } from "vitest";

import { ALL_CASES } from "../impairments/cases.js";
import type { CaseAnswers } from "../evaluate/crossfit.js";
import { figuresOf, judge } from "./judge.js";

/** Answers to two classes in turn, right where `isRight` says so: on all cases, or where they are impaired. */
function answers(
  samples: number,
  isRight: (row: number) => boolean,
  impaired: (row: number) => boolean = isRight,
): CaseAnswers {
  const truth = Array.from({ length: samples }, (_, row) => row % 2);
  const oneHot = (labels: readonly number[]): Float32Array =>
    Float32Array.from(labels.flatMap((label) => (label === 0 ? [1, 0] : [0, 1])));
  const entries = ALL_CASES.map((name) => {
    const right = name === "full" ? isRight : impaired;
    const decided = truth.map((label, row) => (right(row) ? label : 1 - label));
    const common = { labelKind: "single-label", classes: 2, targets: oneHot(truth) } as const;
    return [name, { ...common, probabilities: oneHot(decided) }] as const;
  });
  return Object.fromEntries(entries) as unknown as CaseAnswers;
}

describe("the verdict", () => {
  test("takes the simplest of equals and says that nothing can be told apart", () => {
    const same = answers(100, (row) => row % 3 > 0);
    const { chosen, undecided, judgements } = judge([[same], [same], [same]], "accuracy");
    expect([chosen, undecided]).toEqual([0, true]);
    for (const { difference } of judgements)
      expect(difference).toEqual({ mean: 0, low: 0, high: 0 });
  });

  test("takes the best that is clearly better", () => {
    const worse = answers(200, (row) => row % 4 > 0);
    const better = answers(200, () => true);
    const verdict = judge([[worse], [better], [worse]], "accuracy");
    expect([verdict.best, verdict.chosen, verdict.undecided]).toEqual([1, 1, false]);
    const { figures, difference } = verdict.judgements[0]!;
    expect(figures).toEqual({ full: 75, missing: 75, noisy: 75, wrong: 75, overall: 75 });
    expect(difference.mean).toBe(-25);
    // Paired: one sample in four differs, so that the interval is 25 ± 1.96 sqrt(.25 * .75 / 200).
    expect(difference.low).toBeCloseTo(-31, -0.5);
    expect(difference.high).toBeCloseTo(-19, -0.5);
  });

  test("does not take a later one for the better when one sample in a hundred says so", () => {
    const simple = answers(100, (row) => row % 4 > 0);
    const other = answers(100, (row) => row % 4 > 0 || row === 0);
    const verdict = judge([[simple], [other]], "accuracy");
    expect([verdict.best, verdict.chosen, verdict.undecided]).toEqual([1, 0, true]);
    expect(verdict.judgements[0]!.difference.mean).toBeCloseTo(-1, 9);
  });

  test("takes the simplest of those that are as good as the best, not the simplest of all", () => {
    const bad = answers(200, (row) => row % 2 > 0);
    const good = answers(200, (row) => row % 10 > 0);
    const hardlyBetter = answers(200, (row) => row % 10 > 0 || row === 0);
    const verdict = judge([[bad], [good], [hardlyBetter]], "accuracy");
    expect([verdict.best, verdict.chosen, verdict.undecided]).toEqual([2, 1, false]);
  });

  test("looks at all conditions: what is as good on full input and fails when impaired is worse", () => {
    const fragile = answers(
      200,
      (row) => row % 10 > 0,
      (row) => row % 2 > 0,
    );
    const robust = answers(200, (row) => row % 10 > 0);
    const verdict = judge([[fragile], [robust]], "accuracy");
    expect(verdict.chosen).toBe(1);
    const { full, missing, overall } = verdict.judgements[0]!.figures;
    expect([full, missing, overall]).toEqual([90, 50, 70]);
  });

  test("knows more from more folds", () => {
    const few = [answers(10, (row) => row > 1), answers(10, (row) => row > 0)] as const;
    expect(judge([[few[0]], [few[1]]], "accuracy").chosen).toBe(0);
    const four = (one: CaseAnswers): CaseAnswers[] => [one, one, one, one];
    expect(judge([four(few[0]), four(few[1])], "accuracy").chosen).toBe(1);
  });
});

test("overall, full input counts one half and the three impairments one sixth each", () => {
  const scores = { full: 90, "image-missing": 80, "text-missing": 40, "image-noisy": 70 };
  const rest = { "text-noisy": 50, "image-wrong": 20, "text-wrong": 40 };
  expect(figuresOf({ ...scores, ...rest })).toEqual({
    ...{ full: 90, missing: 60, noisy: 60, wrong: 30 },
    overall: 45 + 25,
  });
});
