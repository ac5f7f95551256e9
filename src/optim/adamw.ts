/** @module AdamW: Adam with decoupled weight decay, its options and the factors of one step. */

import type { KernelFactors } from "./kernel.js";

/** Options of AdamW; defaults are PyTorch's but for `weightDecay`. */
export interface AdamWOptions {
  /** Decay of the running mean of gradients; `[0, 1)`. */
  readonly beta1: number;
  /** Decay of the running mean of squared gradients; `[0, 1)`. */
  readonly beta2: number;
  readonly epsilon: number;
  /** Share of a weight that a step of learning rate 1 would remove; biases and norms are spared. */
  readonly weightDecay: number;
}

/** What differs from parameter to parameter. */
export interface AdamWStep {
  /** Number of the step, counted from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** Whether the parameter decays. */
  readonly decays: boolean;
  /** Factor of the gradient: clipping. */
  readonly scale: number;
}

/**
 * Factors of one step. Bias corrections are gathered in two of them, so that the kernel needs one division for each
 * value: `m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) = m c / (1 - b1^t) / (sqrt(v) + eps c)` with
 * `c = sqrt(1 - b2^t)`.
 *
 * Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, Algorithm 2
 * (with the schedule multiplier inside the learning rate, as PyTorch has it).
 */
export function adamWFactors(
  { beta1, beta2, epsilon, weightDecay }: AdamWOptions,
  { step, learningRate, decays, scale }: AdamWStep,
): KernelFactors {
  const correction = Math.sqrt(1 - beta2 ** step);
  return {
    scale,
    beta1,
    beta2,
    rate: (learningRate * correction) / (1 - beta1 ** step),
    epsilon: epsilon * correction,
    shrink: decays ? 1 - learningRate * weightDecay : 1,
  };
}
