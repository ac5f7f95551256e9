/** @module AdamW: Adam with decoupled weight decay, as part of the compiled step. */

import { add, div, mul, type Operand, pow, sqrt, sub } from "../graph/functions/elementwise.js";
import type { Tensor } from "../graph/tensor.js";

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

/** Scalars of one step. */
export interface AdamWStep {
  /** Learning rate of this step, scalar. */
  readonly learningRate: Tensor;
  /** Number of this step, scalar, counted from 1. */
  readonly step: Tensor;
}

/** Factors that all parameters of a step share. */
export interface AdamWScalars {
  readonly learningRate: Tensor;
  /** `learningRate * sqrt(1 - beta2^t) / (1 - beta1^t)`. */
  readonly rate: Tensor;
  /** `epsilon * sqrt(1 - beta2^t)`. */
  readonly epsilon: Tensor;
}

/**
 * Bias corrections, gathered in two scalars so that a parameter's update needs fewer passes over
 * its elements: `m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) = m c / (1 - b1^t) / (sqrt(v) + eps c)`
 * with `c = sqrt(1 - b2^t)`.
 */
export function adamWScalars(
  { learningRate, step }: AdamWStep,
  { beta1, beta2, epsilon }: AdamWOptions,
): AdamWScalars {
  const correction = sqrt(sub(1, pow(beta2, step)));
  return {
    learningRate,
    rate: div(mul(learningRate, correction), sub(1, pow(beta1, step))),
    epsilon: mul(correction, epsilon),
  };
}

/** A parameter and its two moments, before or after a step. */
export interface AdamWState {
  readonly parameter: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * One step of AdamW for one parameter.
 *
 * @param decay - Whether the weight decays.
 *
 * Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, Algorithm 2
 * (with the schedule multiplier inside the learning rate, as PyTorch has it).
 */
export function adamWUpdate(
  { parameter, mean, variance }: AdamWState,
  gradient: Tensor,
  scalars: AdamWScalars,
  { beta1, beta2, weightDecay }: AdamWOptions,
  decay: boolean,
): AdamWState {
  const m = add(mul(mean, beta1), mul(gradient, 1 - beta1));
  const v = add(mul(variance, beta2), mul(mul(gradient, gradient), 1 - beta2));
  const step = div(mul(m, scalars.rate), add(sqrt(v), scalars.epsilon));
  const shrink: Operand =
    decay && weightDecay > 0 ? sub(1, mul(scalars.learningRate, weightDecay)) : 1;
  const kept = shrink === 1 ? parameter : mul(parameter, shrink);
  return { parameter: sub(kept, step), mean: m, variance: v };
}
