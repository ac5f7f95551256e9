/** @module Which samples each call of an epoch trains on. */

import { randomStream } from "../random.js";
import type { BatchPart } from "./parts.js";

/** The samples of one call: `steps` batches, or parts of batches, of equal size. */
export interface PlannedCall {
  /** Indices of `steps * batch` samples, batch after batch. */
  readonly indices: readonly number[];
  readonly steps: number;
  readonly batch: number;
  /** Where batches are cut into parts: what each of the `steps` is of its batch. */
  readonly parts?: readonly BatchPart[];
}

/** How samples are grouped. */
export interface PlanOptions {
  readonly batchSize: number;
  /** Size of the parts that batches are cut into, a divisor of `batchSize`; 0: whole batches. */
  readonly microBatch?: number;
  readonly stepsPerCall: number;
  readonly seed: number;
}

/** A batch of `size` samples cut into parts of at most `part`, those of equal size in one call. */
function cutBatch(indices: readonly number[], part: number): PlannedCall[] {
  const size = indices.length;
  const whole = Math.floor(size / part);
  const rest = size - whole * part;
  const partsOf = (count: number, length: number, ends: boolean): BatchPart[] =>
    Array.from({ length: count }, (_, at) => ({
      share: length / size,
      last: ends && at === count - 1,
    }));
  const calls: PlannedCall[] = [];
  if (whole > 0) {
    const parts = partsOf(whole, part, rest === 0);
    calls.push({ indices: indices.slice(0, whole * part), steps: whole, batch: part, parts });
  }
  if (rest > 0) {
    const parts = partsOf(1, rest, true);
    calls.push({ indices: indices.slice(whole * part), steps: 1, batch: rest, parts });
  }
  return calls;
}

/**
 * Plans an epoch: samples in an order that depends on seed and epoch alone, full batches grouped
 * into calls, and a last partial batch in a call of its own. Every sample is used exactly once.
 */
export function planEpoch(
  samples: number,
  epoch: number,
  { batchSize, microBatch = 0, stepsPerCall, seed }: PlanOptions,
): PlannedCall[] {
  const order = randomStream(seed, "shuffle", epoch).shuffle(Array(samples).keys());
  const full = Math.floor(samples / batchSize);
  const rest = order.slice(full * batchSize);
  const cut = microBatch > 0;
  const perBatch = cut ? batchSize / microBatch : 1;
  const perCall = Math.max(1, Math.floor(stepsPerCall / perBatch));
  const calls: PlannedCall[] = [];
  for (let step = 0; step < full; step += perCall) {
    const batches = Math.min(perCall, full - step);
    const indices = order.slice(step * batchSize, (step + batches) * batchSize);
    const parts = Array.from({ length: batches * perBatch }, (_, at) => ({
      share: 1 / perBatch,
      last: (at + 1) % perBatch === 0,
    }));
    const [steps, batch] = [batches * perBatch, batchSize / perBatch];
    calls.push({ indices, steps, batch, ...(cut && { parts }) });
  }
  if (rest.length === 0) return calls;
  if (cut) return [...calls, ...cutBatch(rest, microBatch)];
  return [...calls, { indices: rest, steps: 1, batch: rest.length }];
}

/** Number of steps in one epoch. */
export function stepsPerEpoch(samples: number, batchSize: number): number {
  return Math.ceil(samples / batchSize);
}

/**
 * Number of the step that each iteration of a call belongs to.
 *
 * @param first - Number of the first step.
 */
export function stepNumbers({ steps, parts }: PlannedCall, first: number): number[] {
  let number = first;
  return Array.from({ length: steps }, (_, at) =>
    (parts?.[at]?.last ?? true) ? number++ : number,
  );
}
