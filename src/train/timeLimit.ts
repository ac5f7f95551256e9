/** @module Training in a limited time: how many epochs fit, and when to stop. */

import type { TrainConfig } from "./config.js";
import type { PlannedCall } from "./plan.js";

/** What a training does that has a limited time. */
export interface TimePlan {
  /** Epochs that the learning rate is planned for. */
  readonly epochs: number;
  /** Epochs that the settings allow at most. */
  readonly most: number;
  /** Seconds of one epoch with its validation, as measured at the beginning. */
  readonly perEpoch: number;
}

/**
 * Epochs that fit a time, at least one and at most as many as the settings say.
 *
 * @param time - Seconds.
 * @param perEpoch - Seconds of one epoch with its validation.
 */
export const planFor = (time: number, perEpoch: number, most: number): TimePlan => ({
  epochs: Math.min(most, Math.max(1, Math.floor(time / perEpoch))),
  most,
  perEpoch,
});

/** Epochs of a run: as planned where its time is limited. */
export const epochsOf = ({ epochs, plannedEpochs }: TrainConfig): number => plannedEpochs ?? epochs;

/**
 * Whether a training should stop at the end of an epoch: another one would exceed the time by more than half
 * of an epoch.
 *
 * @param spent - Seconds so far.
 * @param epochs - Epochs so far; after none nothing can be said.
 * @param time - Seconds in all; `undefined`: no limit.
 */
export const isTimeUp = (spent: number, epochs: number, time: number | undefined): boolean =>
  time !== undefined && epochs > 0 && spent + spent / epochs / 2 > time;

/** Calls that are timed, after one that warms up. */
const TIMED = 32;

/**
 * Seconds of an epoch with its validation, from its first calls.
 *
 * @param calls - Of the epoch.
 */
export async function secondsPerEpoch(
  calls: readonly PlannedCall[],
  work: {
    readonly train: (call: PlannedCall) => Promise<unknown>;
    readonly validate: () => Promise<unknown>;
  },
): Promise<number> {
  const [warmUp, ...others] = calls.slice(0, TIMED + 1);
  const samplesOf = (some: readonly PlannedCall[]): number =>
    some.reduce((sum, { indices }) => sum + indices.length, 0);
  await work.train(warmUp!);
  // The first call is slower; where there is no other, it is timed a second time.
  const timed = others.length > 0 ? others : [warmUp!];
  const start = performance.now();
  for (const call of timed) await work.train(call);
  const middle = performance.now();
  await work.validate();
  const training = ((middle - start) * samplesOf(calls)) / samplesOf(timed);
  return (training + performance.now() - middle) / 1000;
}
