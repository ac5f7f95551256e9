/** @module From an imported encoder's output to one vector per sample, inside the graph. */

import {
  kindsOf,
  type Pooling,
  type PoolingKind,
  type VectorStep,
} from "../encode/pretrained/encoder.js";
import {
  add,
  cast,
  div,
  equal,
  maximum,
  mul,
  relu,
  sigmoid,
  sqrt,
  sub,
  tanh,
  where,
} from "../graph/functions/elementwise.js";
import { concat, reshape, slice, squeeze, unsqueeze } from "../graph/functions/layout.js";
import { matmul } from "../graph/functions/linear.js";
import { max, mean, sum, sumSquare } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";

/** Below every value of a hidden state. */
const LOWEST = -1e30;

/** Square of the smallest length that a vector is divided by, as in PyTorch. */
const SHORTEST = 1e-24;

/** Sum over positions with weights `[batch, positions]` or `[1, positions]`. */
const weightedSum = (output: Tensor, weights: Tensor): Tensor =>
  sum(mul(output, unsqueeze(weights, [2])), { axes: [1] });

/** `[batch, positions, size]` to `[batch, size]` over the positions that are a text's own. */
function poolTokens(output: Tensor, kind: PoolingKind, present: Tensor): Tensor {
  const { graph } = output;
  const mask = cast(present, output.dtype); // [batch, positions]
  const count = maximum(sum(mask, { axes: [1], keep: true }), 1); // [batch, 1]
  const length = output.shape[1] as number;
  const places = graph.constant("float32", [1, length], [...Array(length).keys()]);
  switch (kind) {
    case "cls":
      return squeeze(slice(output, [{ axis: 1, start: 0, end: 1 }]), [1]);
    case "lasttoken":
      return weightedSum(output, cast(equal(places, sub(count, 1)), output.dtype));
    case "mean":
      return weightedSum(output, div(mask, count));
    case "mean_sqrt_len_tokens":
      return weightedSum(output, div(mask, sqrt(count)));
    case "weightedmean": {
      const weights = mul(mask, add(places, 1));
      return weightedSum(output, div(weights, sum(weights, { axes: [1], keep: true })));
    }
    case "max":
      return max(where(unsqueeze(present, [2]), output, LOWEST), { axes: [1] });
  }
}

/** `[batch, positions, size]` of a picture, all of whose positions count. */
function poolPatches(output: Tensor, kind: PoolingKind): Tensor {
  if (kind === "cls") return squeeze(slice(output, [{ axis: 1, start: 0, end: 1 }]), [1]);
  if (kind === "mean") return mean(output, { axes: [1] });
  const positions = output.shape[1] as number;
  const all = output.graph.constant("float32", [1, positions], new Float32Array(positions).fill(1));
  return poolTokens(output, kind, cast(all, "bool"));
}

/** One vector per sample, `[batch, size]`, before the steps that follow. */
function pool(output: Tensor, pooling: Pooling, present?: Tensor): Tensor {
  const rank = output.shape.length;
  if (rank === 2) return output;
  const kinds = kindsOf(pooling);
  if (rank === 3 && kinds.length > 0) {
    const vectors = kinds.map((kind) =>
      present ? poolTokens(output, kind, present) : poolPatches(output, kind),
    );
    return vectors.length === 1 ? vectors[0]! : concat(vectors, 1);
  }
  if (pooling.kind === "mean") return mean(output, { axes: [...output.shape.keys()].slice(2) });
  // Feature maps of size 1 x 1 are vectors.
  return reshape(output, output.shape.slice(0, 2));
}

type Dense = Extract<VectorStep, { readonly type: "dense" }>;

const ACTIVATED: Readonly<Record<Dense["activation"], (x: Tensor) => Tensor>> = {
  Identity: (x) => x,
  Tanh: tanh,
  ReLU: relu,
  Sigmoid: sigmoid,
};

/** `[outputs, inputs]` as `[inputs, outputs]`. */
function transposed({ weight, inputs, outputs }: Dense): Float32Array {
  const result = new Float32Array(weight.length);
  for (let output = 0; output < outputs; output++) {
    for (let at = 0; at < inputs; at++)
      result[at * outputs + output] = weight[output * inputs + at]!;
  }
  return result;
}

function afterStep(x: Tensor, step: VectorStep): Tensor {
  const { graph } = x;
  if (step.type === "normalize") {
    const length = sqrt(maximum(sumSquare(x, { axes: [1], keep: true }), SHORTEST));
    return div(x, length);
  }
  const weight = graph.constant("float32", [step.inputs, step.outputs], transposed(step));
  const bias = graph.constant("float32", [step.outputs], step.bias);
  return ACTIVATED[step.activation](add(matmul(x, weight), bias));
}

/**
 * The vector of each sample, `[batch, size]`; what follows pooling is not trained.
 *
 * @param output - `[batch, size]`, `[batch, positions, size]`, or maps `[batch, size, height, width]`.
 * @param present - Which positions are a text's own, `[batch, positions]` bool, the first ones; absent for
 *   pictures, whose positions all count.
 */
export const pooledVector = (
  output: Tensor,
  pooling: Pooling,
  steps: readonly VectorStep[],
  present?: Tensor,
): Tensor => steps.reduce(afterStep, pool(output, pooling, present));
