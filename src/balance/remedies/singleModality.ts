/** @module Training on one modality alone. */

import { joint, type JointOptions } from "../joint.js";
import type { BalanceMethod } from "../method.js";
import type { Modality } from "../../data/dataset.js";

const only = (side: Modality): BalanceMethod<JointOptions> => ({
  ...joint,
  name: `${side}-only`,
  summary: `plain training on the ${side} alone, in training and in prediction`,
  source: "baseline",
  model: { modalities: side },
});

/** Plain training that never looks at the text. */
export const imageOnly = only("image");

/** Plain training that never looks at the image. */
export const textOnly = only("text");
