/** @module Shape inference of normalisation layers. */

import { intOf } from "../attributes.js";
import { checkAxis } from "../shape.js";
import { type InferRule, required } from "./rule.js";

/** Outputs: normalised input, mean and inverse standard deviation (kept axes of size 1). */
const layerNormalization: InferRule = (inputs, attributes, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const axis = checkAxis(op, intOf(attributes, "axis", -1), shape);
  const statistics = { dtype, shape: shape.map((dim, at) => (at < axis ? dim : 1)) };
  return [{ dtype, shape }, statistics, statistics];
};

export const normalizeInfer = {
  LayerNormalization: layerNormalization,
} satisfies Record<string, InferRule>;
