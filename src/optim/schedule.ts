/** @module Learning-rate schedules, computed on the host and fed to the step. */

/** A linear warm-up followed by a cosine decay. */
export interface ScheduleOptions {
  /** Highest learning rate. */
  readonly learningRate: number;
  /** Share of all steps that warm up, `[0, 1)`. */
  readonly warmup: number;
  /** Learning rate at the end as a share of the highest, `[0, 1]`. */
  readonly finalRate: number;
  /** Number of steps planned. */
  readonly totalSteps: number;
}

/**
 * Learning rate of a step counted from 1. Beyond `totalSteps` the final rate stays.
 *
 * Source: Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5, one period.
 */
export function learningRateAt(
  step: number,
  { learningRate, warmup, finalRate, totalSteps }: ScheduleOptions,
): number {
  const warmupSteps = Math.round(warmup * totalSteps);
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  const cosine = (1 + Math.cos(Math.PI * progress)) / 2;
  return learningRate * (finalRate + (1 - finalRate) * cosine);
}
