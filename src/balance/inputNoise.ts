/** @module Noise of a known strength on the inputs of a step. */

import {
  add,
  and,
  cast,
  div,
  greater,
  greaterOrEqual,
  less,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  where,
} from "../graph/functions/elementwise.js";
import { reshapeLike } from "../graph/functions/layout.js";
import { cumulativeSum, sum, sumSquare } from "../graph/functions/reduce.js";
import { sizeOf } from "../graph/shape.js";
import type { Tensor } from "../graph/tensor.js";
import { hasInput } from "../model/presence.js";
import { positionUniform, sampleNormal } from "./coordinateNoise.js";

/** Number of values of one sample. */
const valuesOf = ({ shape }: Tensor): number => sizeOf(shape.slice(1)) as number;

/** Standard deviation over what is there: of all pixels as one number, of features by dimension. */
function deviationOf(input: Tensor, there: Tensor): Tensor {
  const isPicture = input.shape.length > 2;
  const over = { axes: isPicture ? [...input.shape.keys()] : [0], keep: true };
  const each = isPicture ? valuesOf(input) : 1;
  // What is missing is zeros and adds nothing.
  const count = maximum(mul(sum(there), each), 1);
  const average = div(sum(input, over), count);
  const variance = sub(div(sumSquare(input, over), count), square(average));
  return sqrt(maximum(variance, 0));
}

/** How noisy a batch's inputs are to be. */
export interface InputNoise {
  /** Strength of each sample's noise, `[batch, 1]`, 0 to `most`. */
  readonly strength: Tensor;
  readonly most: number;
  /** A number for each sample, `[batch, 1]`, uniform in `[0, 1)`. */
  readonly fresh: Tensor;
  /** Of the noise: another one for each input. */
  readonly name: string;
}

/** Texts without some of their tokens after the first. */
function droppedTokens(ids: Tensor, { strength, most, fresh }: InputNoise): Tensor {
  const position = cumulativeSum(cast(greaterOrEqual(ids, 0), "float32"), 1);
  const gone = less(positionUniform(position, fresh), mul(strength, 1 / most));
  return where(and(gone, greater(position, 1)), 0, ids);
}

/**
 * Inputs with noise. Pictures and features: Gaussian noise of `strength` times their deviation in the batch.
 * Texts: each token after the first is dropped with probability `strength / most`. What is missing stays so.
 *
 * @param input - Pictures, features, or int32 ids.
 */
export function noisyInput(input: Tensor, noise: InputNoise): Tensor {
  if (input.dtype !== "float32") return droppedTokens(input, noise);
  const there = hasInput(input);
  const normal = sampleNormal(valuesOf(input), noise.name, noise.fresh);
  const scaled = mul(normal, mul(noise.strength, there));
  return add(input, mul(reshapeLike(scaled, input), deviationOf(input, there)));
}
