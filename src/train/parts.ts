/** @module Batches in parts: gradients of several small batches are summed before the optimizer's step. */

import { add, greater, mul, sub, where } from "../graph/functions/elementwise.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { Parameter } from "../nn/parameters.js";

/** Metrics of one step by name. */
export type StepMetrics = Readonly<Record<string, number>>;

/** What one iteration of a step's loop is of its batch. */
export interface BatchPart {
  /** Share of the batch's samples, `(0, 1]`; the shares of a batch add up to 1. */
  readonly share: number;
  /** Whether the batch is complete and the optimizer takes its step. */
  readonly last: boolean;
}

/** Input name of {@link BatchPart.share}. */
export const PART_SHARE = "part.share";
/** Input name of {@link BatchPart.last}, 0 or 1. */
export const PART_LAST = "part.last";

/** Norm of a whole batch's gradient: known with its last part only. */
export const UPDATE_NORM = "norm.update";

/** Gradients of the batch so far, and what becomes of the state at a part's end. */
export interface Accumulation {
  readonly gradients: ReadonlyMap<Parameter, Tensor>;
  /** A state variable's new value: kept as it is until the batch is complete. */
  readonly atEnd: (before: Tensor, after: Tensor) => Tensor;
  /** New values of the sums. */
  readonly updates: ReadonlyMap<string, Tensor>;
}

/**
 * Sums gradients over the parts of a batch, each by its share of the samples: for losses that are means
 * over samples this is the batch's gradient. What a method decides from gradients (coefficients,
 * projections) it decides for each part.
 */
export function accumulate(graph: Graph, gradients: ReadonlyMap<Parameter, Tensor>): Accumulation {
  const share = graph.input(PART_SHARE, "float32", []);
  const last = graph.input(PART_LAST, "float32", []);
  const complete = greater(last, 0);
  const sums = new Map<Parameter, Tensor>();
  const updates = new Map<string, Tensor>();
  gradients.forEach((gradient, parameter) => {
    const { name, tensor } = parameter;
    const shape = tensor.shape as number[];
    const zeros = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
    const soFar = graph.state(`${name}.sum`, shape, zeros, "float32");
    const sum = add(soFar, mul(gradient, share));
    sums.set(parameter, sum);
    updates.set(`${name}.sum`, mul(sum, sub(1, last)));
  });
  return {
    gradients: sums,
    updates,
    atEnd: (before, after) => where(complete, after, before),
  };
}

/**
 * Metrics of whole batches from those of their parts: means by share, and the norm of the last part's
 * sum. Parts of a batch that was begun in an earlier call are not seen; the others stand for it.
 *
 * @returns One entry per batch that is complete; parts of an unfinished one only if they are not finite.
 */
export function batchMetrics(
  iterations: readonly StepMetrics[],
  parts: readonly BatchPart[],
): StepMetrics[] {
  const batches: StepMetrics[] = [];
  let begun: { readonly metrics: StepMetrics; readonly share: number }[] = [];
  iterations.forEach((metrics, at) => {
    const { share, last } = parts[at]!;
    begun.push({ metrics, share });
    if (last) {
      batches.push(meanMetrics(begun));
      begun = [];
    }
  });
  const diverged = begun.find(({ metrics }) => !Object.values(metrics).every(Number.isFinite));
  return diverged ? [...batches, diverged.metrics] : batches;
}

function meanMetrics(parts: readonly { metrics: StepMetrics; share: number }[]): StepMetrics {
  const total = parts.reduce((sum, { share }) => sum + share, 0);
  const latest = parts.at(-1)!.metrics;
  const mean = (name: string): number =>
    parts.reduce((sum, { metrics, share }) => sum + (metrics[name]! * share) / total, 0);
  return Object.fromEntries(
    Object.keys(latest).map((name) => [name, name === UPDATE_NORM ? latest[name]! : mean(name)]),
  );
}
