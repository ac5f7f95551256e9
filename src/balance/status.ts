/** @module How far each modality has learned: the weights of inter-modality reweighting. */

import { add, div, maximum, sqrt, stopGradient, sub } from "../graph/functions/elementwise.js";
import type { Tensor } from "../graph/tensor.js";

/** Measures of learning status; `loss` is the default, the choice among them is ours. */
export const STATUSES = ["loss", "progress", "gradient-norm", "uniform"] as const;

/** A measure of learning status. */
export type Status = (typeof STATUSES)[number];

/** Weights of the two KL gradients, scalars that sum to 1 and take no gradient. */
export interface ModalityWeights {
  readonly image: Tensor;
  readonly text: Tensor;
}

/** Scalars that the measures need; each is built only if its measure is chosen. */
export interface StatusInputs {
  readonly imageLoss: Tensor;
  readonly textLoss: Tensor;
  /** Loss of the best constant prediction on this batch. */
  readonly priorLoss: () => Tensor;
  /** Squared norm of the image loss's gradient. */
  readonly imageSquaredNorm: () => Tensor;
  /** Squared norm of the text loss's gradient. */
  readonly textSquaredNorm: () => Tensor;
}

// The smallest normal float32 with room to double: only decides the case of two zeros.
const TINY = 1e-37;

/** `a / (a + b)` and its complement; one half each where both are zero. */
function ratio(a: Tensor, b: Tensor): ModalityWeights {
  const image = stopGradient(div(add(a, TINY), add(add(a, b), 2 * TINY)));
  return { image, text: sub(1, image) };
}

/**
 * Weights by learning status: the modality that has learned less is pulled harder.
 *
 * - `loss`: `w_v = L_v / (L_v + L_l)`.
 * - `gradient-norm`: `w_v = ||grad L_v|| / (||grad L_v|| + ||grad L_l||)`.
 * - `progress`: by learning over chance, `s_m = max(0, 1 - L_m / L_prior)`; the image is pulled with
 *   the text's share `w_v = s_l / (s_v + s_l)`, so that a modality that knows nothing pulls nobody.
 * - `uniform`: one half each.
 */
export function modalityWeights(status: Status, inputs: StatusInputs): ModalityWeights {
  const { imageLoss, textLoss } = inputs;
  switch (status) {
    case "loss":
      return ratio(imageLoss, textLoss);
    case "gradient-norm":
      return ratio(sqrt(inputs.imageSquaredNorm()), sqrt(inputs.textSquaredNorm()));
    case "progress": {
      const prior = inputs.priorLoss();
      const learned = (loss: Tensor): Tensor => maximum(sub(1, div(loss, prior)), 0);
      return ratio(learned(textLoss), learned(imageLoss));
    }
    case "uniform": {
      const half = imageLoss.graph.scalar(0.5);
      return { image: half, text: half };
    }
  }
}
