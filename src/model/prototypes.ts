/** @module Prototypes of each class, for every pattern of what is there. */

import { concat } from "../graph/functions/layout.js";
import type { Tensor } from "../graph/tensor.js";
import { lecunUniform } from "../nn/initializers.js";
import type { ParameterScope } from "../nn/parameters.js";
import { scaledCosines } from "./cosine.js";
import { byPresence } from "./presence.js";

/**
 * Joint logits as scaled cosines between what is there of an embedding and each class's prototype. A class
 * has a prototype for each pattern: of both modalities, made of a part for each, of the image alone and of
 * the text alone. Where nothing is there, those of both answer.
 *
 * Source: Lu et al., "DPL", CVPR 2026, arXiv 2505.08283, the prediction head. The scale is MMCosine's.
 *
 * @param z - `z_v` and `z_l`, `[batch, embed]` each.
 * @param there - Whether each sample has the modality, `[batch, 1]`, 0 or 1.
 * @returns `[batch, classes]`.
 */
export function prototypeLogits(
  scope: ParameterScope,
  z: { readonly image: Tensor; readonly text: Tensor },
  there: { readonly image: Tensor; readonly text: Tensor },
  classes: number,
): Tensor {
  const logits = (pattern: string, seen: Tensor): Tensor => {
    const size = seen.shape[1] as number;
    const own = scope.child(`prototypes.${pattern}`);
    return scaledCosines(
      seen,
      own.parameter("weight", [size, classes], lecunUniform(size), { decays: true }),
    );
  };
  const both = logits("both", concat([z.image, z.text], 1));
  const alone = { image: logits("image", z.image), text: logits("text", z.text) };
  return byPresence(there, both, alone);
}
