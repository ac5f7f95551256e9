/**
 * @module Activations that are computed once more on the way back. What a weight's gradient needs of the forward pass is kept
 * until then; these are cheap to make of what is kept for other derivatives anyway.
 */

import { add, erf, mul, sub } from "../functions/elementwise.js";
import type { Node, Tensor } from "../tensor.js";
import { inputOf } from "./rule.js";

/** Cumulative distribution of the standard normal. */
export const normalCumulative = (x: Tensor): Tensor => mul(0.5, add(1, erf(mul(x, Math.SQRT1_2))));

/** A layer normalisation's input, normalised. */
export function normalised(node: Node): Tensor {
  const [, average, inverse] = node.outputs as [Tensor, Tensor, Tensor];
  return mul(sub(inputOf(node, 0), average), inverse);
}

/** The same values in other operators, so that the runtime keeps none of them; what is not cheap stays as it is. */
export function again(x: Tensor): Tensor {
  const { node } = x;
  if (x.index > 0) return x;
  switch (node.op) {
    case "Gelu":
      return mul(inputOf(node, 0), normalCumulative(inputOf(node, 0)));
    case "LayerNormalization": {
      const scaled = mul(normalised(node), inputOf(node, 1));
      return node.inputs[2] ? add(scaled, node.inputs[2]) : scaled;
    }
    default:
      return x;
  }
}
