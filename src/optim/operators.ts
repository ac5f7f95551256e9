/** @module The optimizer as operators of a graph, for devices that its kernel cannot reach: clipping and AdamW. */

import { add, div, minimum, mul, sqrt, square, sub } from "../graph/functions/elementwise.js";
import { addAll } from "../graph/functions/layout.js";
import { sum, sumSquare } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import { type AdamWOptions, adamWFactors } from "./adamw.js";
import { TINY } from "./clipping.js";

/** Factors of one step that are the same for all parameters, scalars. */
export interface StepFactors<Value> {
  /** See `KernelFactors.rate`. */
  readonly rate: Value;
  readonly epsilon: Value;
  /** Share of a parameter that decays which is lost. */
  readonly decay: Value;
}

/** A parameter's tensors, all of its shape. */
export interface Moments {
  readonly parameter: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** What differs from parameter to parameter. */
export interface ParameterUpdate {
  readonly gradient: Tensor;
  /** Factor of the learning rate; default: 1. */
  readonly rate?: Tensor | number;
  /** Whether weight decay shrinks the parameter. */
  readonly decays: boolean;
  /** Factor of the gradient; default: 1. */
  readonly scale?: Tensor;
}

/** Factors of a step, to be fed. */
export function stepFactors(
  options: AdamWOptions,
  step: number,
  learningRate: number,
): StepFactors<number> {
  const of = { step, learningRate, decays: true, scale: 1 };
  const { rate, epsilon, shrink } = adamWFactors(options, of);
  return { rate, epsilon, decay: 1 - shrink };
}

/** Sum of squares, rows first: a device sums them side by side. */
const squares = (x: Tensor): Tensor =>
  x.shape.length > 1 ? sum(sumSquare(x, { axes: [-1] })) : sumSquare(x);

/** Global norm of some tensors, scalar. */
export const globalNorm = (tensors: readonly Tensor[]): Tensor =>
  sqrt(addAll(tensors.map(squares)));

/** Factor of gradients of a global norm, see `clippingScale`. */
export const clippingFactor = (norm: Tensor, limit: number): Tensor =>
  minimum(div(limit, add(norm, TINY)), 1);

/** Next values of a parameter and its moments, as the kernel computes them. */
export function adamWUpdate(
  { beta1, beta2 }: AdamWOptions,
  factors: StepFactors<Tensor>,
  { parameter, mean, variance }: Moments,
  { gradient, rate = 1, decays, scale }: ParameterUpdate,
): Moments {
  const scaled = (factor: Tensor): Tensor => (rate === 1 ? factor : mul(factor, rate));
  const followed = scale ? mul(gradient, scale) : gradient;
  const nextMean = add(mul(mean, beta1), mul(followed, 1 - beta1));
  const nextVariance = add(mul(variance, beta2), mul(square(followed), 1 - beta2));
  const kept = decays ? mul(parameter, sub(1, scaled(factors.decay))) : parameter;
  const step = div(mul(nextMean, scaled(factors.rate)), add(sqrt(nextVariance), factors.epsilon));
  return { parameter: sub(kept, step), mean: nextMean, variance: nextVariance };
}
