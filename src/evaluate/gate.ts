/** @module A gate over answers: whom to trust for one sample, from how sure and how agreed they are. */

import type { LabelKind } from "../data/dataset.js";
import { minimise } from "../optim/lbfgs.js";
import { normalisedEntropy } from "./scores/probabilities.js";

/** Probabilities `[samples, classes]` of several answers to the same samples: joint, image, text. */
export type Answers = readonly Float32Array[];

/** A fitted gate; plain JSON. */
export interface GateModel {
  /** Mean of each feature on clean validation samples, and the inverse of its deviation, `[features]`. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  /** Weight of each feature for each answer, `[answers][features]`. */
  readonly weights: readonly (readonly number[])[];
  /** `[answers]`. */
  readonly bias: readonly number[];
}

/** Signals about the samples' inputs, `[samples]` each, in one order. */
export type Signals = readonly Float32Array[];

/** Samples that a gate is fitted to. */
export interface GateSet {
  readonly answers: Answers;
  readonly signals: Signals;
  /** `[samples, classes]`, 0 or 1. */
  readonly targets: Float32Array;
  /** Weight of the set's mean loss. */
  readonly weight: number;
}

const SMALLEST = 1e-7;
/** Strength of the L2 penalty on standardised weights, times the root of the labels per sample. */
const PENALTY = 0.2;
/** Standardised features count up to here: no input is so strange that one feature decides alone. */
export const FURTHEST = 8;
/** Deviation of a feature below which it says ever less: what varies by rounding alone says nothing. */
const HARDLY = 1e-4;
const ITERATIONS = 200;
const TOLERANCE = 1e-7;

const surprise = (p: number): number => (p > 0 ? -p * Math.log(p) : 0);

/** Root of the Jensen-Shannon divergence of two answers to each sample, `[samples]`, `0..1`. */
export function disagreement(
  a: Float32Array,
  b: Float32Array,
  classes: number,
  labelKind: LabelKind,
): Float64Array {
  const result = new Float64Array(a.length / classes);
  const entropy = (p: number): number =>
    surprise(p) + (labelKind === "multi-label" ? surprise(1 - p) : 0);
  const most = Math.LN2 * (labelKind === "multi-label" ? classes : 1);
  a.forEach((p, at) => {
    const q = b[at]!;
    const term = entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2;
    result[Math.floor(at / classes)]! += term / most;
  });
  return result.map((value) => Math.sqrt(Math.max(0, value)));
}

/** Features that the answers give: three entropies and how far image and text disagree. */
const OF_ANSWERS = 4;

/** Whether a gate can be given signals about inputs: gates of older runs look at the answers alone. */
export const takesSignals = ({ mean }: GateModel): boolean => mean.length !== OF_ANSWERS;

/**
 * Features of each sample, `[samples][features]`: the answers' entropies, how far image and text disagree, and
 * signals about the inputs.
 */
function featuresOf(
  { answers, signals }: Pick<GateSet, "answers" | "signals">,
  classes: number,
  labelKind: LabelKind,
): number[][] {
  const entropies = answers.map((answer) => normalisedEntropy(answer, classes, labelKind));
  const apart = disagreement(answers[1]!, answers[2]!, classes, labelKind);
  const columns = [...entropies, apart, ...signals];
  return Array.from(apart, (_, row) => columns.map((column) => column[row]!));
}

const standardised = ({ mean, scale }: Pick<GateModel, "mean" | "scale">, features: number[]) =>
  mean.map((average, at) => {
    const z = (features[at]! - average) * scale[at]!;
    return Math.max(-FURTHEST, Math.min(FURTHEST, z));
  });

function scaleOf(rows: readonly number[][]): Pick<GateModel, "mean" | "scale"> {
  const columns = (rows[0] ?? []).map((_, at) => rows.map((row) => row[at]!));
  const average = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const mean = columns.map(average);
  const scale = columns.map((values, at) => {
    const variance = average(values.map((value) => (value - mean[at]!) ** 2));
    return Math.sqrt(variance) / (variance + HARDLY ** 2);
  });
  return { mean, scale };
}

/** A set with its standardised features, `[samples, features]` in one array: the fit's inner loop is over these. */
interface FittedSet extends GateSet {
  readonly features: Float64Array;
}

/**
 * Writes the shares of one sample's answers.
 *
 * @param point - Weights `[answers, features]`, then biases `[answers]`.
 * @param features - Standardised; the sample's begin at `from`.
 */
function writeShares(
  shares: Float64Array,
  point: Float64Array,
  features: Float64Array,
  from: number,
): void {
  const count = shares.length;
  const size = point.length / count - 1;
  let highest = -Infinity;
  for (let m = 0; m < count; m++) {
    let score = point[count * size + m]!;
    for (let i = 0; i < size; i++) score += point[m * size + i]! * features[from + i]!;
    shares[m] = score;
    highest = Math.max(highest, score);
  }
  let total = 0;
  for (let m = 0; m < count; m++) total += shares[m] = Math.exp(shares[m]! - highest);
  for (let m = 0; m < count; m++) shares[m]! /= total;
}

/** Loss of a set at a point; its gradient is added to `gradient`, which is laid out as the point. */
function addSet(
  { answers, targets, weight, features }: FittedSet,
  point: Float64Array,
  gradient: Float64Array,
  classes: number,
  labelKind: LabelKind,
): number {
  const count = answers.length;
  const size = point.length / count - 1;
  const samples = targets.length / classes;
  const factor = weight / samples;
  const shares = new Float64Array(count);
  const slopes = new Float64Array(count);
  let loss = 0;
  for (let row = 0; row < samples; row++) {
    writeShares(shares, point, features, row * size);
    slopes.fill(0);
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      if (labelKind === "single-label" && !targets[at]) continue;
      let p = 0;
      for (let m = 0; m < count; m++) p += shares[m]! * answers[m]![at]!;
      const safe = Math.min(1 - SMALLEST, Math.max(SMALLEST, p));
      loss -= factor * Math.log(targets[at] ? safe : 1 - safe);
      const slope = (targets[at] ? -1 / safe : 1 / (1 - safe)) * factor;
      for (let m = 0; m < count; m++) slopes[m]! += slope * answers[m]![at]!;
    }
    let mean = 0;
    for (let m = 0; m < count; m++) mean += slopes[m]! * shares[m]!;
    for (let m = 0; m < count; m++) {
      const slope = shares[m]! * (slopes[m]! - mean);
      for (let i = 0; i < size; i++) gradient[m * size + i]! += slope * features[row * size + i]!;
      gradient[count * size + m]! += slope;
    }
  }
  return loss;
}

/**
 * Fits a gate `p = sum_m g_m(f) q_m`, `g = softmax(A f + b)`, by L-BFGS on the log-loss of several sets of
 * validation samples: clean ones first, then noisy and wrong copies, on which it learns to notice both.
 * `A` is penalised, so that few samples give nearly constant shares.
 *
 * @param sets - The first is clean: features are standardised by it.
 */
export async function fitGate(
  sets: readonly GateSet[],
  classes: number,
  labelKind: LabelKind,
): Promise<GateModel> {
  const raw = sets.map((set) => featuresOf(set, classes, labelKind));
  const scale = scaleOf(raw[0]!);
  const fitted = sets.map((set, at): FittedSet => {
    const features = Float64Array.from(raw[at]!.flatMap((row) => standardised(scale, row)));
    return { ...set, features };
  });
  const clean = sets[0]!;
  const count = clean.answers.length;
  const size = scale.mean.length;
  const labels = clean.targets.reduce((sum, value) => sum + value, 0) / (raw[0]!.length || 1);
  const penalty = PENALTY * Math.sqrt(Math.max(1, labels));
  const evaluate = (point: Float64Array) => {
    const gradient = new Float64Array(point.length);
    let value = 0;
    for (const set of fitted) value += addSet(set, point, gradient, classes, labelKind);
    for (let i = 0; i < count * size; i++) {
      value += (penalty / 2) * point[i]! ** 2;
      gradient[i]! += penalty * point[i]!;
    }
    return Promise.resolve({ value, gradient });
  };
  const start = new Float64Array(count * (size + 1));
  const { point } = await minimise(evaluate, start, {
    iterations: ITERATIONS,
    tolerance: TOLERANCE,
  });
  return {
    ...scale,
    weights: Array.from({ length: count }, (_, m) => [...point.slice(m * size, (m + 1) * size)]),
    bias: [...point.slice(count * size)],
  };
}

/** Score of an answer that has no share: its power is zero beside any other. */
const NEVER = -1000;

/** A gate that looks at nothing: the same shares, which sum to 1, for every sample. */
export const fixedGate = (shares: readonly number[]): GateModel => ({
  mean: [],
  scale: [],
  weights: shares.map(() => []),
  bias: shares.map((share) => (share > 0 ? Math.log(share) : NEVER)),
});

/** Shares of the answers for every sample, `[samples][answers]`; they sum to 1. */
export function gateShares(
  gate: GateModel,
  samples: Pick<GateSet, "answers" | "signals">,
  classes: number,
  labelKind: LabelKind,
): number[][] {
  const point = Float64Array.from([...gate.weights.flat(), ...gate.bias]);
  const shares = new Float64Array(gate.bias.length);
  return featuresOf(samples, classes, labelKind).map((features) => {
    writeShares(shares, point, Float64Array.from(standardised(gate, features)), 0);
    return [...shares];
  });
}
