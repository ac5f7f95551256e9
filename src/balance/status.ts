/** @module How far each modality has learned: the weights of inter-modality reweighting. */

import {
  add,
  cast,
  div,
  greater,
  maximum,
  sqrt,
  stopGradient,
  sub,
} from "../graph/functions/elementwise.js";
import type { Tensor } from "../graph/tensor.js";

/** Measures of learning status; `loss` is the default, the choice among them is ours. */
export const STATUSES = ["loss", "progress", "lead", "gradient-norm", "uniform"] as const;

/** A measure of learning status. */
export type Status = (typeof STATUSES)[number];

/** Weights of the two KL gradients, scalars that take no gradient; they sum to 1, of `lead` to at most 1. */
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

/** What a loss has learned over chance, `max(0, 1 - L / L_prior)`. */
export const learnedOverChance = (loss: Tensor, prior: Tensor): Tensor =>
  maximum(sub(1, div(loss, prior)), 0);

/** What each modality has learned over chance. */
function progressOf({ imageLoss, textLoss, priorLoss }: StatusInputs): ModalityWeights {
  const prior = priorLoss();
  return {
    image: learnedOverChance(imageLoss, prior),
    text: learnedOverChance(textLoss, prior),
  };
}

/**
 * Weights by learning status: the modality that has learned less is pulled harder.
 *
 * - `loss`: `w_v = L_v / (L_v + L_l)`.
 * - `gradient-norm`: `w_v = ||grad L_v|| / (||grad L_v|| + ||grad L_l||)`.
 * - `progress`: by learning over chance, `s_m = max(0, 1 - L_m / L_prior)`; the image is pulled with
 *   the text's share `w_v = s_l / (s_v + s_l)`, so that a modality that knows nothing pulls nobody.
 * - `lead`: by the same `s_m`, one-sided: `w_v = 1` where `s_l > s_v`, else 0, and the other way round. Only the
 *   modality that is ahead teaches, with full strength, and is not pulled back itself.
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
      const { image, text } = progressOf(inputs);
      return ratio(text, image);
    }
    case "lead": {
      const { image, text } = progressOf(inputs);
      const ahead = (one: Tensor, other: Tensor): Tensor =>
        stopGradient(cast(greater(one, other), "float32"));
      return { image: ahead(text, image), text: ahead(image, text) };
    }
    case "uniform": {
      const half = imageLoss.graph.scalar(0.5);
      return { image: half, text: half };
    }
  }
}
