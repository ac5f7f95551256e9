import { describe, expect, test } from "vitest";

import { randomStream } from "../random.js";
import { disagreement, fitGate, gateShares, type GateSet } from "./gate.js";
import { logLoss } from "./scores/metrics.js";

const CLASSES = 3;
const random = randomStream(1, "gate");

/** Probabilities that give the truth a share, the others the rest. */
function answer(truth: readonly number[], share: (at: number) => number): Float32Array {
  return Float32Array.from({ length: truth.length * CLASSES }, (_, at) => {
    const row = Math.floor(at / CLASSES);
    const p = share(row);
    return at % CLASSES === truth[row] ? p : (1 - p) / (CLASSES - 1);
  });
}

const truths = (samples: number): number[] =>
  Array.from({ length: samples }, () => random.integer(CLASSES));

const targetsOf = (truth: readonly number[]): Float32Array =>
  Float32Array.from({ length: truth.length * CLASSES }, (_, at) =>
    Number(truth[Math.floor(at / CLASSES)] === at % CLASSES),
  );

/** Clean samples: image and text both know, the joint answer a little more. */
function clean(samples: number): GateSet {
  const truth = truths(samples);
  const answers = [0.8, 0.6, 0.7].map((sure) =>
    answer(truth, () => Math.min(0.99, sure + 0.1 * random.normal())),
  );
  return { answers, signals: [], targets: targetsOf(truth), weight: 1 };
}

/** The text answers for another class, and takes the joint answer along. */
function wrongText(samples: number): GateSet {
  const truth = truths(samples);
  const other = truth.map((label) => (label + 1) % CLASSES);
  const answers = [answer(other, () => 0.7), answer(truth, () => 0.6), answer(other, () => 0.8)];
  return { answers, signals: [], targets: targetsOf(truth), weight: 0.2 };
}

const lossOf = (shares: readonly (readonly number[])[], { answers, targets }: GateSet): number =>
  logLoss({
    ...{ labelKind: "single-label", classes: CLASSES, targets },
    probabilities: targets.map((_, at) =>
      answers.reduce((sum, own, m) => sum + shares[Math.floor(at / CLASSES)]![m]! * own[at]!, 0),
    ),
  });

describe("the gate", async () => {
  const sets = [clean(300), wrongText(300)];
  const gate = await fitGate(sets, CLASSES, "single-label");
  const sharesOf = (set: GateSet) => gateShares(gate, set, CLASSES, "single-label");

  test("gives shares that sum to 1", () => {
    for (const shares of sharesOf(sets[0]!)) {
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
      for (const share of shares) expect(share).toBeGreaterThanOrEqual(0);
    }
  });

  test("trusts the best answer to clean samples, and another where image and text disagree", () => {
    const mean = (rows: readonly number[][], m: number): number =>
      rows.reduce((sum, row) => sum + row[m]!, 0) / rows.length;
    const [fresh, wrong] = [sharesOf(clean(200)), sharesOf(wrongText(200))];
    expect(mean(fresh, 0)).toBeGreaterThan(0.5);
    expect(mean(wrong, 1)).toBeGreaterThan(mean(fresh, 1) + 0.3);
  });

  test("is better than equal shares on new samples of both kinds", () => {
    for (const set of [clean(200), wrongText(200)]) {
      const equal = sharesOf(set).map(() => [1 / 3, 1 / 3, 1 / 3]);
      expect(lossOf(sharesOf(set), set)).toBeLessThan(lossOf(equal, set));
    }
  });

  test("survives JSON, and answers that never vary", async () => {
    const copy = JSON.parse(JSON.stringify(gate)) as typeof gate;
    expect(gateShares(copy, sets[0]!, CLASSES, "single-label")).toEqual(sharesOf(sets[0]!));
    const flat = new Float32Array(CLASSES * 4).fill(1 / CLASSES);
    const still = {
      answers: [flat, flat, flat],
      signals: [new Float32Array(4)],
      targets: targetsOf([0, 1, 2, 0]),
      weight: 1,
    };
    const [shares] = gateShares(
      await fitGate([still], CLASSES, "single-label"),
      still,
      CLASSES,
      "single-label",
    );
    for (const share of shares!) expect(share).toBeCloseTo(1 / 3, 6);
  });
});

test("a signal about the inputs tells whom to trust where the answers look alike", async () => {
  const truth = truths(400);
  const noisy = truth.map(() => random.uniform() < 0.5);
  const other = truth.map((label, at) => (noisy[at] ? (label + 1) % CLASSES : label));
  // As sure as ever: only the signal tells that half of the texts mislead.
  const answers = [answer(other, () => 0.7), answer(truth, () => 0.5), answer(other, () => 0.7)];
  const signal = Float32Array.from(noisy, (is) => (is ? 3 : 0) + 0.3 * random.normal());
  const set = { answers, targets: targetsOf(truth), weight: 1 };
  const [blind, seeing] = [[], [signal]].map((signals) => ({ ...set, signals }));
  const loss = async (given: GateSet): Promise<number> => {
    const gate = await fitGate([given], CLASSES, "single-label");
    return lossOf(gateShares(gate, given, CLASSES, "single-label"), given);
  };
  expect(await loss(seeing!)).toBeLessThan((await loss(blind!)) - 0.03);
});

test("disagreement is 0 for equal answers and 1 for opposite certain ones", () => {
  const [a, b] = [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0)];
  expect([...disagreement(a, a, 3, "single-label")]).toEqual([0]);
  expect(disagreement(a, b, 3, "single-label")[0]).toBeCloseTo(1, 6);
  expect(disagreement(a, b, 3, "multi-label")[0]).toBeCloseTo(Math.sqrt(2 / 3), 6);
});

test("a signal that varies by rounding alone decides nothing", async () => {
  const signalled = (set: GateSet, value: (row: number) => number): GateSet => ({
    ...set,
    signals: [Float32Array.from({ length: 300 }, (_, row) => value(row))],
  });
  const still = signalled(clean(300), (row) => -20 + 2e-6 * (row % 2));
  const gate = await fitGate(
    [still, signalled(wrongText(300), () => -20 + 2e-5)],
    CLASSES,
    "single-label",
  );
  const sharesAt = (signal: number): number[] =>
    gateShares(
      gate,
      signalled(still, () => signal),
      CLASSES,
      "single-label",
    )[0]!;
  const shifted = sharesAt(-20 + 2e-5);
  sharesAt(-20).forEach((share, m) => {
    expect(shifted[m]!).toBeCloseTo(share, 2);
  });
});
