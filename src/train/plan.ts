/** @module Which samples each call of an epoch trains on. */

import { randomStream } from "../random.js";

/** The samples of one call: `steps` batches of equal size. */
export interface PlannedCall {
  /** Indices of `steps * batch` samples, batch after batch. */
  readonly indices: readonly number[];
  readonly steps: number;
  readonly batch: number;
}

/** How samples are grouped. */
export interface PlanOptions {
  readonly batchSize: number;
  readonly stepsPerCall: number;
  readonly seed: number;
}

/**
 * Plans an epoch: samples in an order that depends on seed and epoch alone, full batches grouped
 * into calls, and a last partial batch in a call of its own. Every sample is used exactly once.
 */
export function planEpoch(
  samples: number,
  epoch: number,
  { batchSize, stepsPerCall, seed }: PlanOptions,
): PlannedCall[] {
  const order = randomStream(seed, "shuffle", epoch).shuffle(Array(samples).keys());
  const full = Math.floor(samples / batchSize);
  const calls: PlannedCall[] = [];
  for (let step = 0; step < full; step += stepsPerCall) {
    const steps = Math.min(stepsPerCall, full - step);
    const start = step * batchSize;
    const indices = order.slice(start, start + steps * batchSize);
    calls.push({ indices, steps, batch: batchSize });
  }
  const rest = order.slice(full * batchSize);
  if (rest.length > 0) calls.push({ indices: rest, steps: 1, batch: rest.length });
  return calls;
}

/** Number of steps in one epoch. */
export function stepsPerEpoch(samples: number, batchSize: number): number {
  return Math.ceil(samples / batchSize);
}
