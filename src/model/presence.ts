/** @module Whether a sample has an input at all. */

import { abs, add, cast, greater, mul, sub } from "../graph/functions/elementwise.js";
import { unsqueeze } from "../graph/functions/layout.js";
import { max } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";

/** Whether each sample has anything but a blank input, 0 or 1, `[batch, 1]`. */
export function hasInput(input: Tensor): Tensor {
  const axes = [...input.shape.keys()].slice(1);
  const size = input.dtype === "float32" ? abs(input) : cast(greater(input, 0), "float32");
  return unsqueeze(cast(greater(max(size, { axes }), 0), "float32"), [1]);
}

/** One tensor per modality. */
interface Pair {
  readonly image: Tensor;
  readonly text: Tensor;
}

/**
 * One answer for samples with one modality, another for those that have both, or none: then all answers are
 * as good.
 *
 * @param there - Whether each sample has the modality, `[batch, 1]` each, 0 or 1.
 * @param both - `[batch, classes]`.
 * @param alone - Of samples that have nothing but the modality, `[batch, classes]` each.
 */
export function byPresence({ image, text }: Pair, both: Tensor, alone: Pair): Tensor {
  const only = (own: Tensor, other: Tensor): Tensor => mul(own, sub(1, other));
  const [onlyImage, onlyText] = [only(image, text), only(text, image)];
  const rest = sub(sub(1, onlyImage), onlyText);
  return add(mul(both, rest), add(mul(alone.image, onlyImage), mul(alone.text, onlyText)));
}
