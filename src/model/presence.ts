/** @module Whether a sample has an input at all. */

import { abs, cast, greater } from "../graph/functions/elementwise.js";
import { unsqueeze } from "../graph/functions/layout.js";
import { max } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";

/** Whether each sample has anything but a blank input, 0 or 1, `[batch, 1]`. */
export function isThere(input: Tensor): Tensor {
  const axes = [...input.shape.keys()].slice(1);
  const size = input.dtype === "float32" ? abs(input) : cast(greater(input, 0), "float32");
  return unsqueeze(cast(greater(max(size, { axes }), 0), "float32"), [1]);
}
