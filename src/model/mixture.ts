/** @module A gated mixture of one expert per modality. */

import { add, mul, softmax, sub } from "../graph/functions/elementwise.js";
import { concat, slice } from "../graph/functions/layout.js";
import type { Tensor } from "../graph/tensor.js";
import { linear } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";
import type { Modality } from "../data/dataset.js";

// Below every score of a gate, so that what is missing has no weight.
const NEVER = 1e3;

/**
 * Joint logits as a mixture: each modality's expert gives logits of its own, and a gate that sees both
 * embeddings weighs them, `g_v o_v + g_l o_l` with `g = softmax(G [z_v, z_l])` over what is there. What is
 * missing has no weight and is shown to the gate as zeros; where nothing is there the gate's scores stand.
 *
 * Source: Li et al., "SimMLM", ICCV 2025, arXiv 2507.19264, the dynamic mixture of modality experts. One
 * linear layer for each expert and for the gate, on the embeddings, is ours.
 *
 * @param z - `z_v` and `z_l`, `[batch, embed]` each.
 * @param there - Whether each sample has the modality, `[batch, 1]`, 0 or 1.
 * @returns `[batch, classes]`.
 */
export function mixtureLogits(
  scope: ParameterScope,
  z: { readonly image: Tensor; readonly text: Tensor },
  there: { readonly image: Tensor; readonly text: Tensor },
  classes: number,
): Tensor {
  const own = scope.child("mixture");
  const seen = concat([mul(z.image, there.image), mul(z.text, there.text)], 1);
  const missing = sub(1, concat([there.image, there.text], 1)); // [batch, 2]
  const weights = softmax(sub(linear(own.child("gate"), seen, 2), mul(missing, NEVER)));
  const weightOf = (at: number): Tensor => slice(weights, [{ axis: 1, start: at, end: at + 1 }]);
  const expert = (side: Modality): Tensor => linear(own.child(side), z[side], classes);
  return add(mul(expert("image"), weightOf(0)), mul(expert("text"), weightOf(1)));
}
