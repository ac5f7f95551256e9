/** @module A gate over answers: whom to trust for one sample, from how sure and how agreed they are. */

import type { Task } from "../data/dataset.js";
import { minimise } from "../optim/lbfgs.js";
import { normalisedEntropy } from "./probabilities.js";

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
  task: Task,
): Float64Array {
  const result = new Float64Array(a.length / classes);
  const entropy = (p: number): number =>
    surprise(p) + (task === "multi-label" ? surprise(1 - p) : 0);
  const most = Math.LN2 * (task === "multi-label" ? classes : 1);
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
  task: Task,
): number[][] {
  const entropies = answers.map((answer) => normalisedEntropy(answer, classes, task));
  const apart = disagreement(answers[1]!, answers[2]!, classes, task);
  const columns = [...entropies, apart, ...signals];
  return Array.from(apart, (_, row) => columns.map((column) => column[row]!));
}

/** Shares of the answers for one sample; they sum to 1. */
function sharesOf({ weights, bias }: Pick<GateModel, "weights" | "bias">, features: number[]) {
  const scores = weights.map((own, m) =>
    own.reduce((sum, weight, at) => sum + weight * features[at]!, bias[m]!),
  );
  const highest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
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

/** Loss of a set and its gradient by every answer's score, summed into `into`. */
function addSet(
  { answers, targets, weight }: GateSet,
  rows: readonly number[][],
  model: Pick<GateModel, "weights" | "bias">,
  classes: number,
  task: Task,
  add: (m: number, features: number[], slope: number) => void,
): number {
  const factor = weight / rows.length;
  let loss = 0;
  rows.forEach((features, row) => {
    const shares = sharesOf(model, features);
    const slopes = answers.map(() => 0);
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      if (task === "single-label" && !targets[at]) continue;
      const p = answers.reduce((sum, answer, m) => sum + shares[m]! * answer[at]!, 0);
      const safe = Math.min(1 - SMALLEST, Math.max(SMALLEST, p));
      loss -= factor * Math.log(targets[at] ? safe : 1 - safe);
      const slope = (targets[at] ? -1 / safe : 1 / (1 - safe)) * factor;
      answers.forEach((answer, m) => (slopes[m]! += slope * answer[at]!));
    }
    const mean = slopes.reduce((sum, slope, m) => sum + slope * shares[m]!, 0);
    shares.forEach((share, m) => {
      add(m, features, share * (slopes[m]! - mean));
    });
  });
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
  task: Task,
): Promise<GateModel> {
  const raw = sets.map((set) => featuresOf(set, classes, task));
  const scale = scaleOf(raw[0]!);
  const rows = raw.map((set) => set.map((features) => standardised(scale, features)));
  const count = sets[0]!.answers.length;
  const size = scale.mean.length;
  const clean = sets[0]!;
  const labels = clean.targets.reduce((sum, value) => sum + value, 0) / (raw[0]!.length || 1);
  const penalty = PENALTY * Math.sqrt(Math.max(1, labels));
  const modelAt = (point: Float64Array): Pick<GateModel, "weights" | "bias"> => ({
    weights: Array.from({ length: count }, (_, m) => [...point.slice(m * size, (m + 1) * size)]),
    bias: [...point.slice(count * size)],
  });
  const evaluate = (point: Float64Array) => {
    const model = modelAt(point);
    const gradient = new Float64Array(point.length);
    let value = 0;
    sets.forEach((set, at) => {
      value += addSet(set, rows[at]!, model, classes, task, (m, features, slope) => {
        features.forEach((feature, i) => (gradient[m * size + i]! += slope * feature));
        gradient[count * size + m]! += slope;
      });
    });
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
  return { ...scale, ...modelAt(point) };
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

/** Shares of the answers for every sample, `[samples][answers]`. */
export function gateShares(
  gate: GateModel,
  samples: Pick<GateSet, "answers" | "signals">,
  classes: number,
  task: Task,
): number[][] {
  return featuresOf(samples, classes, task).map((features) =>
    sharesOf(gate, standardised(gate, features)),
  );
}
