/** @module Which samples each call of an epoch trains on. */

import { randomStream } from "../random.js";
import type { BatchPart } from "./parts.js";

/** The samples of one call of the runtime: a batch, or a part of one. */
export interface PlannedCall {
  /** Indices of the samples. */
  readonly indices: readonly number[];
  /** Where batches are cut into parts: what this one is of its batch. */
  readonly part?: BatchPart;
}

/** How samples are grouped. */
export interface PlanOptions {
  readonly batchSize: number;
  /** Size of the parts that batches are cut into, a divisor of `batchSize`; 0: whole batches. */
  readonly microBatch?: number;
  readonly seed: number;
}

/** Consecutive slices of at most `size` elements. */
function slices(indices: readonly number[], size: number): (readonly number[])[] {
  return Array.from({ length: Math.ceil(indices.length / size) }, (_, at) =>
    indices.slice(at * size, (at + 1) * size),
  );
}

/** The parts of a batch. */
function cutBatch(batch: readonly number[], size: number): PlannedCall[] {
  const parts = slices(batch, size);
  return parts.map((indices, index) => ({
    indices,
    part: { index, share: indices.length / batch.length, last: index === parts.length - 1 },
  }));
}

/**
 * Plans an epoch: samples in an order that depends on seed and epoch alone, in full batches and a last
 * partial one. Every sample is used exactly once.
 */
export function planEpoch(
  samples: number,
  epoch: number,
  { batchSize, microBatch = 0, seed }: PlanOptions,
): PlannedCall[] {
  const order = randomStream(seed, "shuffle", epoch).shuffle(Array(samples).keys());
  const batches = slices(order, batchSize);
  if (microBatch === 0) return batches.map((indices) => ({ indices }));
  return batches.flatMap((batch) => cutBatch(batch, microBatch));
}

/** Number of steps in one epoch. */
export function stepsPerEpoch(samples: number, batchSize: number): number {
  return Math.ceil(samples / batchSize);
}
